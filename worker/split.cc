#include "worker/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "proto/rule.pb.h"

namespace parzen {
namespace {

// How many rows of each group are kept for validation. Groups whose exact share was cut off most are rounded up first,
// the first of equals, until `total` is reached.
std::vector<int64_t> LargestRemainders(const std::vector<std::vector<int64_t>>& groups, double share, int64_t total) {
  std::vector<int64_t> counts(groups.size());
  std::vector<std::pair<double, size_t>> cut_off;  // negated, so that sorting puts the largest first
  for (size_t g = 0; g < groups.size(); ++g) {
    const double exact = share * static_cast<double>(groups[g].size());
    counts[g] = static_cast<int64_t>(exact);
    total -= counts[g];
    cut_off.emplace_back(static_cast<double>(counts[g]) - exact, g);
  }
  std::sort(cut_off.begin(), cut_off.end());
  for (int64_t i = 0; i < total; ++i) ++counts[cut_off[static_cast<size_t>(i)].second];
  return counts;
}

// The rows of each class (of all, where nothing is stratified), in an order by chance.
std::vector<std::vector<int64_t>> ShuffledGroups(absl::Span<const int32_t> labels, int classes, const SplitSpec& spec) {
  const bool stratified = spec.stratified() && classes > 0;
  std::vector<std::vector<int64_t>> groups(stratified ? static_cast<size_t>(classes) : 1);
  for (size_t row = 0; row < labels.size(); ++row) {
    groups[stratified ? static_cast<size_t>(labels[row]) : 0].push_back(static_cast<int64_t>(row));
  }
  const RandomStream stream(static_cast<uint64_t>(spec.seed()), 0, "split");
  for (size_t g = 0; g < groups.size(); ++g) {
    RandomStream group_stream = stream.Fork(g);
    group_stream.Shuffle(groups[g]);
  }
  return groups;
}

}  // namespace

bool LearnsWithoutLabels(const TrainSpec& spec) {
  const std::string chosen = ChosenMember(spec, "model");
  if (chosen.empty()) return false;
  return TrainSpec::descriptor()->FindFieldByName(chosen)->options().GetExtension(rule).without_labels();
}

bool LearnsFromAllRows(const TrainSpec& spec) { return LearnsWithoutLabels(spec) && !spec.has_split(); }

absl::Status CheckSplit(const SplitSpec& spec) {
  const double share = spec.validation();
  if (!(share > 0 && share < 1)) {
    return absl::InvalidArgumentError(absl::StrCat("split.validation: ", share, " is not between 0 and 1"));
  }
  if (spec.folds() < 0 || spec.folds() == 1) {
    return absl::InvalidArgumentError(absl::StrCat("split.folds: ", spec.folds(), " parts leave none to learn from ",
                                                   "beside the one that is measured on; choose 2 or more, or 0: one ",
                                                   "split, by validation"));
  }
  if (spec.folds() > 0 && spec.has_validation()) {
    return absl::InvalidArgumentError(absl::StrCat("split.validation: with folds, which is ", spec.folds(),
                                                   ", every part is once the validation rows; leave one of both out"));
  }
  return absl::OkStatus();
}

absl::StatusOr<RowSplit> SplitRows(absl::Span<const int32_t> labels, int classes, const SplitSpec& spec) {
  RETURN_IF_ERROR(CheckSplit(spec));
  const double share = spec.validation();
  const int64_t rows = static_cast<int64_t>(labels.size());
  const int64_t validation_rows = std::llround(share * static_cast<double>(rows));
  if (validation_rows == 0 || validation_rows == rows) {
    return absl::InvalidArgumentError(absl::StrCat(
        "split.validation: ", share, " of ", rows, " training rows leaves none ",
        validation_rows == 0 ? "for validation; choose a larger share" : "to learn from; choose a smaller share"));
  }
  const std::vector<std::vector<int64_t>> groups = ShuffledGroups(labels, classes, spec);
  const std::vector<int64_t> kept = LargestRemainders(groups, share, validation_rows);
  RowSplit split;
  for (size_t g = 0; g < groups.size(); ++g) {
    const auto middle = groups[g].begin() + kept[g];
    split.validation.insert(split.validation.end(), groups[g].begin(), middle);
    split.train.insert(split.train.end(), middle, groups[g].end());
  }
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
  return split;
}

absl::StatusOr<RowSplit> SplitFold(absl::Span<const int32_t> labels, int classes, const SplitSpec& spec, int fold) {
  RETURN_IF_ERROR(CheckSplit(spec));
  const int64_t rows = static_cast<int64_t>(labels.size());
  if (spec.folds() < 2 || spec.folds() > rows) {
    return absl::InvalidArgumentError(absl::StrCat("split.folds: ", rows, " training rows cannot be divided into ",
                                                   spec.folds(), " parts, of which one is left out at a time; ",
                                                   "choose a number from 2 to ", rows));
  }
  if (fold < 0 || fold >= spec.folds()) {
    return absl::InvalidArgumentError(absl::StrCat("fold: there is no part ", fold, " of ", spec.folds()));
  }
  // Rows are dealt in turn, class after class, without beginning anew.
  RowSplit split;
  int to = 0;
  for (const std::vector<int64_t>& group : ShuffledGroups(labels, classes, spec)) {
    for (const int64_t row : group) {
      (to == fold ? split.validation : split.train).push_back(row);
      to = (to + 1) % spec.folds();
    }
  }
  std::sort(split.validation.begin(), split.validation.end());
  std::sort(split.train.begin(), split.train.end());
  return split;
}

}  // namespace parzen
