#include "cli/study_input.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/base_trial.h"
#include "cli/dataset_files.h"
#include "cli/options.h"
#include "cli/terminal.h"
#include "cli/training_check.h"
#include "studies/study_file.h"
#include "studies/text_check.h"
#include "worker/datasets/dataset_format.h"

namespace parzen {
namespace {

// Reads at most one byte more than a study file may have, so that the parser can say that it is too long.
absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return absl::InvalidArgumentError(absl::StrCat("\"", path, "\" is a folder; a study file belongs there"));
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::NotFoundError(absl::StrCat("cannot read the study file \"", path, "\": ", std::strerror(errno)));
  }
  std::string text(kMaxStudyFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return absl::DataLossError(absl::StrCat("cannot read all of \"", path, "\""));
  text.resize(file.gcount());
  return text;
}

void Override(const StudyInputOptions& options, StudySpec& spec) {
  if (options.name) spec.set_name(*options.name);
  if (options.trials) spec.mutable_search()->set_trials(*options.trials);
  if (options.seed) spec.mutable_search()->set_seed(*options.seed);
}

// Whatever is wrong with it, ParseStudyFile says.
StudyText ReadableOf(const std::string& text) {
  ProblemList ignored;
  return ReadStudyText(text, ignored);
}

// What the study of this file is called.
std::string NameIn(const std::string& text, const StudyInputOptions& options) {
  return options.name.has_value() ? *options.name : ReadableOf(text).spec.name();
}

// 1234567 -> "1,234,567".
std::string Grouped(int64_t count) {
  std::string digits = absl::StrCat(count);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, 1, ',');
  return digits;
}

}  // namespace

void AddStudyInputOptions(CLI::App& command, StudyInputOptions& options) {
  AddArgument(command, "FILE", options.file, "Study file (text proto)").Required();
  AddOption(command, "--name NAME", options.name, "Name of the study, instead of the file's");
  AddOption(command, "--trials N", options.trials, "Trials to finish, instead of the file's search.trials");
  AddOption(command, "--seed N", options.seed, "Seed of every random number, instead of the file's search.seed");
  AddOption(command, "--data FOLDER", options.data,
            "Folder to look for the dataset's files in, after the study file's own and before $PARZEN_DATA; may be "
            "repeated");
}

absl::StatusOr<StudyInput> ReadStudyInput(const StudyInputOptions& options, const OpenSource& source) {
  ASSIGN_OR_RETURN(const std::string text, ReadText(options.file));
  StudyInput input;
  FindBaseTrial find_base;
  if (source != nullptr) {
    find_base = [&](const BaseSpec& base) -> absl::StatusOr<BaseTrial> {
      ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> opened, source());
      return FindBaseTrialOf(*opened, NameIn(text, options), base);
    };
  }
  ASSIGN_OR_RETURN(input.spec, ParseStudyFile(text, options.file, find_base));
  Override(options, input.spec);
  RETURN_IF_ERROR(ProblemsToStatus(CheckStudySpec(input.spec), options.file));
  if (!input.spec.has_train()) return input;
  ASSIGN_OR_RETURN(const std::string warning, CheckTrainings(input.spec, ReadableOf(text), options.file));
  if (!warning.empty()) std::fputs(absl::StrCat(Printable(warning), "\n").c_str(), stderr);
  const char* const environment = std::getenv("PARZEN_DATA");
  ASSIGN_OR_RETURN(input.files,
                   FindDatasetFiles(input.spec.train(), DataFolders(options.file, options.data,
                                                                    environment == nullptr ? "" : environment)));
  return input;
}

absl::StatusOr<DatasetFacts> InspectDataset(const StudyInput& input) {
  TrainSpec train = input.spec.train();
  RETURN_IF_ERROR(ResolveFiles({input.files.begin(), input.files.end()}, train));
  ASSIGN_OR_RETURN(const Dataset dataset, LoadDataset(train.dataset()));
  return DatasetFacts{dataset.train.rows(), dataset.test.rows(), dataset.train.features.cols(), dataset.classes()};
}

std::string DescribeDataset(const DatasetFacts& facts) {
  return absl::StrCat(Grouped(facts.training_rows), " training rows, ", Grouped(facts.test_rows), " test rows, ",
                      Grouped(facts.features), " features, ", Grouped(facts.classes), " classes");
}

std::string SafeFileName(const std::string& study) {
  constexpr size_t kLongest = 200;  // file systems allow 255 bytes, and an ending is added
  std::string name = study.substr(0, kLongest);
  for (char& c : name) {
    if (!absl::ascii_isalnum(c) && c != '.' && c != '-' && c != '_') c = '_';
  }
  if (name.empty() || name[0] == '.') name.insert(name.begin(), '_');
  return name;
}

std::string DefaultReportPath(const std::string& db, const std::string& study) {
  return (std::filesystem::path(db).parent_path() / absl::StrCat(SafeFileName(study), ".report.html")).string();
}

}  // namespace parzen
