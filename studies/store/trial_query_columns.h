// The columns that queries over the trials of one study may name, as SQL. Looks for names in the file, since parameters
// and attributes are what trials happen to have. Threads: externally synchronised.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "studies/store/sqlite.h"
#include "studies/store/store.h"

namespace parzen {

struct TrialQueryColumn {
  enum class Type {
    kNumber,
    kText,
    kState,  // the text of a TrialState
    kAny,    // differs from trial to trial
  };
  Type type = Type::kAny;
  const char* sql = "";  // of the trial t, with at most one anonymous parameter ...
  std::variant<std::monostate, int64_t, std::string> argument;  // ... for this
};

class TrialQueryColumns {
 public:
  // Borrows the database. `metrics`: names of the study's objectives; may be empty. `ours`: the file has our tables.
  TrialQueryColumns(Database& database, const StoredStudy& study, std::vector<std::string> metrics, bool ours)
      : database_(database), study_(study), metrics_(std::move(metrics)), ours_(ours) {}

  // nullopt when no trial has it.
  absl::StatusOr<std::optional<TrialQueryColumn>> Find(const std::string& name);
  // A phrase for the end of an error about a name that is no column: `; did you mean "value"?`.
  absl::StatusOr<std::string> Suggest(const std::string& name);

 private:
  enum class Part { kParameter, kAttribute };
  struct Probe;

  std::optional<TrialQueryColumn> FindFixed(absl::string_view name) const;
  std::optional<TrialQueryColumn> FindObjective(const std::string& name) const;
  absl::StatusOr<std::optional<TrialQueryColumn>> FindNamed(const std::string& name);
  // Whether one of the trials that `which` chooses has the parameter or attribute.
  absl::StatusOr<std::optional<TrialQueryColumn>> Look(Part part, const std::string& name, const Probe& which);

  Database& database_;
  const StoredStudy& study_;
  const std::vector<std::string> metrics_;
  const bool ours_;
};

}  // namespace parzen
