#include "studies/importance/study_table.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/distribution.h"

namespace parzen {
namespace {

// One parameter's column while trials come in.
class ColumnBuilder {
 public:
  explicit ColumnBuilder(absl::string_view name) { column_.name = std::string(name); }

  // What later trials mean that say nothing: TrialRecord.distribution.
  absl::Status SetDistribution(const std::string& json) {
    if (const auto known = known_.find(json); known != known_.end()) {
      current_ = known->second;
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(Distribution distribution, DistributionFromJson(json));
    // Several spellings may say the same: what counts is ours.
    const auto [spelt, is_new] = known_.emplace(DistributionToJson(distribution), distributions_.size());
    current_ = spelt->second;
    known_.emplace(json, *current_);
    if (!is_new) return absl::OkStatus();
    column_.domains.emplace_back(distribution);
    distributions_.push_back(std::move(distribution));
    return absl::OkStatus();
  }

  // The parameter's value in the trial of that row; rows ascend.
  absl::Status Add(size_t row, const std::string& json) {
    if (!current_.has_value()) return absl::InvalidArgumentError("its distribution is missing");
    const Distribution& distribution = distributions_[*current_];
    absl::StatusOr<double> value = ValueFromJson(distribution, json);
    double outside = 0;
    // Optuna lets enqueued numbers lie outside the range.
    const bool is_number = !std::holds_alternative<CategoricalDistribution>(distribution) &&
                           absl::SimpleAtod(json, &outside) && std::isfinite(outside);
    if (!value.ok() && is_number) value = outside;
    RETURN_IF_ERROR(value.status());
    Pad(row);
    column_.domain.push_back(static_cast<int32_t>(*current_));
    column_.value.push_back(*value);
    return absl::OkStatus();
  }

  // `rows`: trials in all.
  ImportanceColumn Build(size_t rows) && {
    Pad(rows);
    return std::move(column_);
  }

 private:
  void Pad(size_t rows) {
    column_.domain.resize(rows, -1);
    column_.value.resize(rows, 0);
  }

  ImportanceColumn column_;
  std::vector<Distribution> distributions_;  // of column_.domains
  std::map<std::string, size_t> known_;      // by distribution_json: index of distributions_
  std::optional<size_t> current_;
};

class TableBuilder {
 public:
  // Every trial must pass by, for what it says of distributions; only counted ones become rows.
  absl::Status Read(const TrialRecord& trial, std::optional<double> target) {
    for (int i = 0; i < trial.parameter_size(); ++i) {
      const NamedJson& parameter = trial.parameter(i);
      const std::string& distribution = i < trial.distribution_size() ? trial.distribution(i) : std::string();
      const absl::Status status = ReadParameter(parameter, distribution, target.has_value());
      if (status.ok()) continue;
      return absl::DataLossError(
          absl::StrCat("trial ", trial.number(), ", parameter \"", parameter.name(), "\": ", status.message()));
    }
    if (target.has_value()) target_.push_back(*target);
    return absl::OkStatus();
  }

  ImportanceData Build() && {
    ImportanceData data;
    for (const std::string& name : order_) {
      data.columns.push_back(std::move(builders_.at(name)).Build(target_.size()));
    }
    data.target = std::move(target_);
    return data;
  }

 private:
  absl::Status ReadParameter(const NamedJson& parameter, const std::string& distribution, bool counts) {
    ColumnBuilder& builder = builders_.try_emplace(parameter.name(), parameter.name()).first->second;
    if (!distribution.empty()) RETURN_IF_ERROR(builder.SetDistribution(distribution));
    if (!counts) return absl::OkStatus();
    if (seen_.emplace(parameter.name()).second) order_.push_back(parameter.name());
    return builder.Add(target_.size(), parameter.json());
  }

  std::map<std::string, ColumnBuilder> builders_;
  std::set<std::string> seen_;
  std::vector<std::string> order_;  // names in counted trials
  std::vector<double> target_;
};

// nullopt: the trial does not count.
std::optional<double> TargetOf(const TrialRecord& trial, int objective, Direction direction) {
  if (trial.state() != COMPLETE || objective >= trial.value_size()) return std::nullopt;
  const double value = trial.value(objective);
  if (!std::isfinite(value)) return std::nullopt;
  return direction == MAXIMIZE ? -value : value;
}

}  // namespace

absl::StatusOr<ImportanceData> MakeImportanceData(const StudySummary& study, absl::Span<const TrialRecord> trials,
                                                  int objective) {
  if (objective < 0 || objective >= study.direction_size()) {
    return absl::InvalidArgumentError(absl::StrCat("there is no objective ", objective, "; the study has ",
                                                   study.direction_size(), ", counted from 0"));
  }
  TableBuilder table;
  for (const TrialRecord& trial : trials) {
    RETURN_IF_ERROR(table.Read(trial, TargetOf(trial, objective, study.direction(objective))));
  }
  return std::move(table).Build();
}

}  // namespace parzen
