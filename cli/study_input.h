// A study file with what the command line changes in it, ready to be handed to a coordinator. Reads files; threads:
// any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/study_source.h"
#include "proto/study.pb.h"

namespace CLI {
class App;
}  // namespace CLI

namespace parzen {

// FILE and the options that change what it says.
struct StudyInputOptions {
  std::string file;
  std::vector<std::string> data;
  std::optional<std::string> name;
  std::optional<int64_t> trials;
  std::optional<int64_t> seed;
};

void AddStudyInputOptions(CLI::App& command, StudyInputOptions& options);

// Where studies are that others go on from.
using OpenSource = std::function<absl::StatusOr<std::unique_ptr<StudySource>>()>;

// A checked study and its files, found and digested.
struct StudyInput {
  StudySpec spec;
  std::vector<DatasetFile> files;
};

// InvalidArgument lists every problem of the study file, or why none of its trainings can be done; that some cannot is
// said on stderr. NotFound: the study file or one of its files is missing.
// A study with a base gets it from `source`, or, when it is there already, the one that it got then; without a source
// there is none.
absl::StatusOr<StudyInput> ReadStudyInput(const StudyInputOptions& options, const OpenSource& source = {});

// What the files hold.
struct DatasetFacts {
  int64_t training_rows = 0;
  int64_t test_rows = 0;
  int64_t features = 0;
  int64_t classes = 0;
};

// Loads the dataset once, so that a damaged file is told before the first trial. Requires: the study trains.
// InvalidArgument, NotFound: as formats say.
absl::StatusOr<DatasetFacts> InspectDataset(const StudyInput& input);

// "10,000 training rows, 2,000 test rows, 784 features, 10 classes".
std::string DescribeDataset(const DatasetFacts& facts);

// A study's name as a part of a file's name: letters, digits, '.', '-' and '_' stay.
std::string SafeFileName(const std::string& study);

// "NAME.report.html" in the folder of the study database.
std::string DefaultReportPath(const std::string& db, const std::string& study);

}  // namespace parzen
