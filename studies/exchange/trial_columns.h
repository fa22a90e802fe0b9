// Which columns a table of trials has: one for each name of a parameter and of an attribute that any trial has, by
// name. Threads: externally synchronised.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"

namespace parzen {

// A table may not have more.
inline constexpr size_t kMaxTrialColumns = 10000;

struct ColumnFacts {
  unsigned kinds = 0;  // of the values in it: bits of JsonKind
};
using ColumnGroup = std::map<std::string, ColumnFacts>;

struct TrialColumns {
  ColumnGroup parameters;
  ColumnGroup user_attributes;
  ColumnGroup system_attributes;

  // FailedPrecondition when there are more than kMaxTrialColumns.
  absl::Status Gather(const TrialRecord& trial);
};

// The JSON values of a group's columns in one trial, in the group's order; "" where the trial has none. Aborted for a
// name that has no column.
absl::StatusOr<std::vector<absl::string_view>> ValuesInColumns(
    const ColumnGroup& group, const google::protobuf::RepeatedPtrField<NamedJson>& values);

// One a value of an objective: PREFIX_METRIC or PREFIX_0, ... with several, else `single`.
std::vector<std::string> ValueColumns(const StudySummary& study, const std::string& single, const std::string& prefix);

}  // namespace parzen
