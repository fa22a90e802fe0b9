#include "studies/exchange/trial_columns.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "studies/exchange/csv_cell.h"

namespace parzen {
namespace {

using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

void GatherInto(ColumnGroup& group, const NamedValues& values) {
  for (const NamedJson& value : values) group[value.name()].kinds |= KindOfJson(value.json());
}

}  // namespace

absl::Status TrialColumns::Gather(const TrialRecord& trial) {
  GatherInto(parameters, trial.parameter());
  GatherInto(user_attributes, trial.user_attribute());
  GatherInto(system_attributes, trial.system_attribute());
  const size_t columns = parameters.size() + user_attributes.size() + system_attributes.size();
  if (columns <= kMaxTrialColumns) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("trials 0 to ", trial.number(), " have ", columns,
                                                    " different parameters and attributes, a table at most ",
                                                    kMaxTrialColumns, " columns; use -f json"));
}

absl::StatusOr<std::vector<absl::string_view>> ValuesInColumns(const ColumnGroup& group, const NamedValues& values) {
  std::vector<absl::string_view> cells(group.size());
  if (values.empty()) return cells;
  std::map<absl::string_view, absl::string_view> by_name;
  for (const NamedJson& value : values) by_name.emplace(value.name(), value.json());
  size_t found = 0, i = 0;
  for (const auto& [name, facts] : group) {
    const auto value = by_name.find(name);
    if (value != by_name.end()) {
      cells[i] = value->second;
      ++found;
    }
    ++i;
  }
  if (found == by_name.size()) return cells;
  return absl::AbortedError("a trial has a parameter or attribute that it had not a moment ago");
}

std::vector<std::string> ValueColumns(const StudySummary& study, const std::string& single, const std::string& prefix) {
  if (study.direction_size() == 1) return {single};
  std::vector<std::string> columns;
  for (int i = 0; i < study.direction_size(); ++i) {
    columns.push_back(absl::StrCat(prefix, "_", i < study.metric_size() ? study.metric(i) : absl::StrCat(i)));
  }
  return columns;
}

}  // namespace parzen
