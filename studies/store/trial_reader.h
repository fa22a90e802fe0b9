// Reads trials, whose parts stand in several tables, into TrialRecords: each part of a whole page with one query. One
// reader serves many pages: it remembers what distributions say. Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "studies/store/sqlite.h"
#include "studies/store/stored_distributions.h"

namespace parzen {

// What a query for TrialReader::ReadAll selects.
inline constexpr char kTrialColumns[] =
    "SELECT t.trial_id, t.number, t.state, t.datetime_start, t.datetime_complete FROM trials t ";

// What is read beside parameters, values, user attributes and constraints, which every record has.
struct TrialParts {
  bool attempts = false;  // requires that the file has our tables
  bool steps = false;
  bool distributions = false;
  bool system_attributes = false;
  bool events = false;  // requires that the file has our tables
};

class TrialReader {
 public:
  // Borrows.
  TrialReader(Database& database, TrialParts parts) : database_(database), parts_(parts) {}

  // One record for each row of a query that selects kTrialColumns, in its order.
  absl::StatusOr<std::vector<TrialRecord>> ReadAll(Statement& query);
  // The trials with these ids, in that order; ids that no trial has are left out.
  absl::StatusOr<std::vector<TrialRecord>> ReadIds(const std::vector<int64_t>& trial_ids);

 private:
  using Trials = std::vector<TrialRecord>;
  // Calls `on_row` at each row that `sql` has for the trials of `page`, a JSON array of their ids.
  absl::Status ForEachRow(absl::string_view sql, Trials& trials, const std::string& page,
                          const std::function<absl::Status(Statement& row, TrialRecord& trial)>& on_row);
  absl::Status ReadParameters(Trials& trials, const std::string& page);
  absl::Status ReadValues(Trials& trials, const std::string& page);
  absl::Status ReadUserAttributes(Trials& trials, const std::string& page);
  absl::Status ReadConstraints(Trials& trials, const std::string& page);
  absl::Status ReadSystemAttributes(Trials& trials, const std::string& page);
  absl::Status ReadSteps(Trials& trials, const std::string& page);
  absl::Status ReadAttempts(Trials& trials, const std::string& page);
  absl::Status ReadPauses(Trials& trials, const std::string& page);
  absl::Status ReadEvents(Trials& trials, const std::string& page);
  // "" when the last trial that had the parameter said the same.
  std::string NewDistribution(const std::string& parameter, absl::string_view distribution_json);

  Database& database_;
  const TrialParts parts_;
  StoredDistributions distributions_;
  std::unordered_map<std::string, std::string> last_distribution_;  // by parameter
};

}  // namespace parzen
