// Reads the parts of a trial that stand in several tables into its TrialRecord. One reader serves many trials: it
// remembers what distributions say. Threads: externally synchronised.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "studies/distribution.h"
#include "studies/store/sqlite.h"

namespace parzen {

// What a query for TrialReader::ReadAll selects.
inline constexpr char kTrialColumns[] =
    "SELECT t.trial_id, t.number, t.state, t.datetime_start, t.datetime_complete FROM trials t ";

class TrialReader {
 public:
  // Borrows. `distributions`: fill in TrialRecord.distribution.
  explicit TrialReader(Database& database, bool distributions = false)
      : database_(database), keeps_distributions_(distributions) {}

  // Parameters, values, attributes and constraints of each row of a query that selects kTrialColumns.
  absl::StatusOr<std::vector<TrialRecord>> ReadAll(Statement& query);
  absl::Status ReadSteps(TrialRecord& trial);
  absl::Status ReadSystemAttributes(TrialRecord& trial);
  // Requires: the file has our tables.
  absl::Status ReadAttempts(TrialRecord& trial);

 private:
  absl::Status ReadParameters(TrialRecord& trial);
  absl::Status ReadValues(TrialRecord& trial);
  absl::Status ReadAttributes(TrialRecord& trial);
  absl::Status ReadConstraints(TrialRecord& trial);
  // Where the distribution is not understood, the number as stored is still better than nothing.
  std::string ExternalJson(const std::string& distribution_json, double internal);
  // "" when the last trial that had the parameter said the same.
  std::string NewDistribution(const std::string& parameter, const std::string& distribution_json);

  Database& database_;
  const bool keeps_distributions_;
  std::map<std::string, std::optional<Distribution>> distributions_;  // by distribution_json
  std::map<std::string, std::string> last_distribution_;              // by parameter
};

}  // namespace parzen
