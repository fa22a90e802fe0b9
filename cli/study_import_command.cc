// parzen study import.
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/import_file.h"
#include "cli/study_source.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions target;
  std::string file;
  ImportOptions import;
  std::vector<std::string> directions;  // import.directions by their names
};

// What became of one study.
struct Imported {
  std::string name;
  int64_t trials = 0;
  int64_t waiting = 0;
};

// Tells on a terminal how many trials came in, once that takes longer than a second.
class TrialCount {
 public:
  TrialCount() : next_(ReadClock().steady + absl::Seconds(1)) {}
  ~TrialCount() {
    if (drawn_) std::fputs("\r\033[K", stderr);
  }
  void Show(int64_t trials) {
    if (!terminal_ || trials % 100 != 0 || ReadClock().steady < next_) return;
    next_ = ReadClock().steady + absl::Milliseconds(100);
    drawn_ = true;
    std::fputs(absl::StrCat("\rimporting  ", trials, " trials").c_str(), stderr);
  }

 private:
  const bool terminal_ = IsTerminal(STDERR_FILENO);
  absl::Duration next_;
  bool drawn_ = false;
};

// `parts` one by one, counted.
StudyEditor::NextImportPart Counted(StudyParts& parts, Imported& imported, TrialCount& count) {
  return [&](ImportStudyRequest& part) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const bool more, parts.Next(part));
    if (!more) return false;
    if (part.has_study()) imported.name = part.study().name();
    if (part.has_trial()) {
      const TrialState state = part.trial().state();
      imported.waiting += state == WAITING || state == RUNNING;
      count.Show(++imported.trials);
    }
    return true;
  };
}

absl::Status Explained(const absl::Status& status) {
  if (!absl::IsAlreadyExists(status)) return status;
  return absl::AlreadyExistsError(absl::StrCat(status.message(), ", with --as NEW_NAME"));
}

// Each study is made whole or not at all; when one cannot be made, those before it are taken back.
absl::Status ImportAll(StudyEditor& target, std::vector<std::unique_ptr<StudyParts>>& studies,
                       std::vector<Imported>& imported) {
  TrialCount count;
  for (size_t i = 0; i < studies.size(); ++i) {
    const absl::Status status = target.ImportStudy(Counted(*studies[i], imported[i], count)).status();
    if (status.ok()) continue;
    for (size_t made = 0; made < i; ++made) {
      DeleteStudyRequest request;
      request.set_study(imported[made].name);
      request.set_even_if_running(true);
      const absl::Status taken_back = target.DeleteStudy(request).status();
      if (!taken_back.ok()) {
        return absl::Status(status.code(),
                            absl::StrCat(status.message(), "; study \"", Printable(imported[made].name),
                                         "\" came in before that and is still there: ", taken_back.message()));
      }
    }
    return Explained(status);
  }
  return absl::OkStatus();
}

absl::Status CheckName(const std::string& name) {
  const bool fits = !name.empty() && name.size() <= 512 && name.find_first_of("\n\r\t") == std::string::npos &&
                    name[0] != ' ' && name[0] != '/';
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("\"", Printable(name.substr(0, 80)),
                                                 "\" is no name of a study: 1 to 512 bytes, no line end, no tab, ",
                                                 "no leading blank or slash"));
}

absl::Status ImportStudies(const Options& options, const Stop&) {
  if (!options.import.name.empty()) RETURN_IF_ERROR(CheckName(options.import.name));
  ImportOptions import = options.import;
  for (const std::string& name : options.directions) {
    import.directions.push_back(name == "minimize" ? MINIMIZE : MAXIMIZE);
  }
  ASSIGN_OR_RETURN(auto studies, ReadImportFile(options.file, import));
  std::vector<Imported> imported(studies.size());
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> target, OpenStudyEditor(options.target, /*create=*/true));
  RETURN_IF_ERROR(ImportAll(*target, studies, imported));
  std::string text;
  for (size_t i = 0; i < studies.size(); ++i) {
    for (const std::string& note : studies[i]->notes()) {
      std::fputs(absl::StrCat("parzen study import: guessed ", Printable(note), "\n").c_str(), stderr);
    }
    absl::StrAppend(&text, Printable(imported[i].name), ": ", CountOf(imported[i].trials, "trial"),
                    imported[i].waiting > 0 ? absl::StrCat(", ", imported[i].waiting, " of them waiting") : "", "\n");
  }
  return PrintResult(text);
}

}  // namespace

void AddStudyImportCommand(CLI::App& study, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      study, "import",
      "Adds the studies of a file: a study database of Parzen or Optuna, or the json or csv of `parzen study "
      "export`. Trials that were not through are waiting afterwards. All is imported, or nothing.",
      "  parzen study import optuna.db --study lr-search --as lr-search-2025\n"
      "  parzen study import digits.json --db other.db\n"
      "  parzen study import trials.csv --direction maximize --as from-pandas");
  AddArgument(command, "FILE", options->file, "The file; its content tells what it is").Required();
  AddOption(command, "--study NAME", options->import.study,
            "Only the study of this name (default: all that are there)");
  AddOption(command, "--as NAME", options->import.name, "What it is called from now on (default: as before)");
  AddOption(command, "--direction", options->directions,
            "minimize or maximize, once an objective: a csv does not say it")
      .OneOf({"minimize", "maximize"});
  AddSourceOptions(command, options->target);
  Choose(command, chosen, options, &ImportStudies);
}

}  // namespace parzen
