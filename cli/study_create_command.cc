// parzen study create.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_client.h"
#include "cli/study_input.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

struct Options {
  StudyInputOptions input;
  std::string coordinator;
};

absl::Status CreateStudy(const Options& options, const Stop&) {
  const std::string address = options.coordinator.empty() ? DefaultCoordinator("127.0.0.1:7717") : options.coordinator;
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyClient> client, StudyClient::Create(address));
  ASSIGN_OR_RETURN(const StudyInput input, ReadStudyInput(options.input));
  std::vector<Field> fields;
  if (input.spec.has_train()) {
    ASSIGN_OR_RETURN(const DatasetFacts facts, InspectDataset(input));
    fields.emplace_back("dataset", DescribeDataset(facts));
  }
  ASSIGN_OR_RETURN(const StudySummary study, client->CreateStudy(input.spec, input.files));
  const std::string budget = study.budget() > 0 ? absl::StrCat(study.budget()) : "no limit";
  fields.emplace(fields.begin(), "study", Printable(study.name()));
  fields.emplace_back("trials", budget);
  return PrintResult(RenderFields(fields));
}

}  // namespace

void AddStudyCreateCommand(CLI::App& study, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command =
      AddCommand(study, "create",
                 "Checks a study file and gives the study to a coordinator, whose workers start on it at once. A study "
                 "of the same "
                 "name and content is resumed, with the new number of trials.",
                 "  parzen study create studies/catalog/digits_forest.textproto\n"
                 "  parzen study create mnist.textproto --data ~/mnist --trials 100 --coordinator 127.0.0.1:7717");
  AddStudyInputOptions(command, options->input);
  command
      .add_option("--coordinator", options->coordinator,
                  "The coordinator: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR, else 127.0.0.1:7717)")
      ->type_name("ADDRESS");
  Choose(command, chosen, options, &CreateStudy);
}

}  // namespace parzen
