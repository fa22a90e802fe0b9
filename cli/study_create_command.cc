// parzen study create.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/coordinated.h"
#include "cli/study_input.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/tls_options.h"
#include "cli/wanted_worker.h"

namespace parzen {
namespace {

struct Options {
  StudyInputOptions input;
  SourceOptions source;
};

absl::Status CreateStudy(const Options& options, const Stop&) {
  SourceOptions where = options.source;
  if (where.db.empty() && where.coordinator.empty()) where.coordinator = DefaultCoordinator("127.0.0.1:7717");
  ASSIGN_OR_RETURN(const StudyInput input, ReadStudyInput(options.input, [&] { return OpenStudySource(where); }));
  std::vector<Field> fields;
  if (input.spec.has_train()) {
    ASSIGN_OR_RETURN(const DatasetFacts facts, InspectDataset(input));
    fields.emplace_back("dataset", DescribeDataset(facts));
  }
  CreateStudyRequest request;
  *request.mutable_spec() = input.spec;
  request.mutable_file()->Assign(input.files.begin(), input.files.end());
  spdlog::set_level(spdlog::level::warn);  // what is printed says the rest
  const bool coordinated = IsCoordinated(where);
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(where, /*create=*/true));
  RETURN_IF_ERROR(editor->ProvideFiles(input.files));
  ASSIGN_OR_RETURN(const StudySummary study, editor->CreateStudy(request));
  const std::string budget = study.budget() > 0 ? absl::StrCat(study.budget()) : "no limit";
  fields.emplace(fields.begin(), "study", Printable(study.name()));
  fields.emplace_back("trials", budget);
  RETURN_IF_ERROR(PrintResult(RenderFields(fields)));
  if (!coordinated) return absl::OkStatus();
  return PrintResult(WantedWorkerLine(*editor, study));
}

}  // namespace

void AddStudyCreateCommand(CLI::App& study, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      study, "create",
      "Checks a study file and gives the study to a coordinator, whose workers start on it at once, or "
      "writes it into a study database. Dataset files that the coordinator does not have are uploaded. A study of "
      "the same name and content is resumed, with the new number of trials.",
      "  parzen study create studies/catalog/digits_forest.textproto\n"
      "  parzen study create mnist.textproto --data ~/mnist --trials 100 --coordinator 127.0.0.1:7717\n"
      "  parzen study create my_program.textproto --db m.db");
  AddStudyInputOptions(command, options->input);
  const Option db =
      AddOption(command, "--db FILE", options->source.db, "Study database to write to, made when it does not exist");
  AddCoordinatorOption(command, options->source.coordinator).Excludes(db);
  AddTlsFolder(command, options->source.tls, Role::kClient).Excludes(db);
  Choose(command, chosen, options, &CreateStudy);
}

}  // namespace parzen
