#include "worker/datasets/shape.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "worker/datasets/data_file.h"

namespace parzen {
namespace {

absl::Status KeepClasses(const DatasetSpec& spec, Dataset& dataset) {
  if (dataset.class_names.empty()) {
    return absl::InvalidArgumentError("dataset.keep_class: the data has a number to predict, and no classes");
  }
  constexpr int32_t kDropped = -1;
  std::vector<int32_t> label_of(dataset.class_names.size(), kDropped);
  std::vector<std::string> names;
  for (const std::string& name : spec.keep_class()) {
    const auto found = std::find(dataset.class_names.begin(), dataset.class_names.end(), name);
    if (found == dataset.class_names.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset.keep_class: there is no class \"", name, "\"", SuggestName(name, dataset.class_names)));
    }
    label_of[static_cast<size_t>(found - dataset.class_names.begin())] = static_cast<int32_t>(names.size());
    names.push_back(name);
  }
  for (LabelledRows* part : {&dataset.train, &dataset.test}) {
    std::vector<int64_t> kept;
    for (size_t row = 0; row < part->labels.size(); ++row) {
      int32_t& label = part->labels[row];
      label = label_of[static_cast<size_t>(label)];
      if (label != kDropped) kept.push_back(static_cast<int64_t>(row));
    }
    KeepRows(*part, kept);
  }
  dataset.class_names = std::move(names);
  if (dataset.train.rows() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError("dataset.keep_class: no training row has one of these classes");
}

absl::Status KeepShare(const DatasetSpec& spec, Dataset& dataset) {
  const int64_t kept = std::llround(spec.fraction() * static_cast<double>(dataset.train.rows()));
  if (kept == 0) {
    return absl::InvalidArgumentError(absl::StrCat("dataset.fraction: ", spec.fraction(), " of ", dataset.train.rows(),
                                                   " training rows leaves none; choose more, up to 1"));
  }
  std::vector<int64_t> rows(static_cast<size_t>(dataset.train.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  RandomStream(static_cast<uint64_t>(spec.seed()), 0, "fraction").Shuffle(rows);
  rows.resize(static_cast<size_t>(kept));
  std::sort(rows.begin(), rows.end());
  KeepRows(dataset.train, rows);
  return absl::OkStatus();
}

// Two rows after each other, which makes one image above the other of images.
LabelledRows Pairs(const LabelledRows& rows, const std::vector<std::vector<int32_t>>& label_of_sum,
                   RandomStream stream) {
  const Eigen::Index features = rows.features.cols();
  LabelledRows pairs;
  pairs.features.resize(rows.rows(), 2 * features);
  pairs.labels.reserve(rows.labels.size());
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const auto first = static_cast<int64_t>(stream.Below(rows.labels.size()));
    const auto second = static_cast<int64_t>(stream.Below(rows.labels.size()));
    pairs.features.row(row) << rows.features.row(first), rows.features.row(second);
    pairs.labels.push_back(label_of_sum[static_cast<size_t>(rows.labels[static_cast<size_t>(first)])]
                                       [static_cast<size_t>(rows.labels[static_cast<size_t>(second)])]);
  }
  return pairs;
}

absl::Status AddPairs(const DatasetSpec& spec, Dataset& dataset) {
  constexpr int64_t kLargest = 1'000'000;  // sums of what is larger are hardly classes
  std::vector<int64_t> numbers;
  for (const std::string& name : dataset.class_names) {
    int64_t number = 0;
    if (!absl::SimpleAtoi(name, &number) || std::abs(number) > kLargest) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset.sum_of_two: the class \"", name, "\" is no whole number that could be added"));
    }
    numbers.push_back(number);
  }
  if (numbers.empty()) return absl::InvalidArgumentError("dataset.sum_of_two: the data has no classes to add up");
  std::set<int64_t> sums;
  for (const int64_t first : numbers) {
    for (const int64_t second : numbers) sums.insert(first + second);
    if (static_cast<int64_t>(sums.size()) > kMaxClasses) {
      return absl::InvalidArgumentError(
          absl::StrCat("dataset.sum_of_two: ", numbers.size(), " classes have more than ", kMaxClasses,
                       " different sums, the most classes that there may be; keep fewer (keep_class)"));
    }
  }
  absl::flat_hash_map<int64_t, int32_t> label_of;
  std::vector<std::string> names;
  for (const int64_t sum : sums) {
    label_of[sum] = static_cast<int32_t>(names.size());
    names.push_back(absl::StrCat(sum));
  }
  std::vector<std::vector<int32_t>> label_of_sum(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    for (const int64_t second : numbers) label_of_sum[i].push_back(label_of[numbers[i] + second]);
  }
  const RandomStream stream(static_cast<uint64_t>(spec.seed()), 0, "sum_of_two");
  dataset.train = Pairs(dataset.train, label_of_sum, stream.Fork(0));
  dataset.test = Pairs(dataset.test, label_of_sum, stream.Fork(1));
  dataset.class_names = std::move(names);
  dataset.image_height *= 2;
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckShape(const DatasetSpec& spec) {
  const auto& kept = spec.keep_class();
  for (int i = 0; i < kept.size(); ++i) {
    if (std::find(kept.begin(), kept.begin() + i, kept[i]) == kept.begin() + i) continue;
    return absl::InvalidArgumentError(absl::StrCat("dataset.keep_class: \"", kept[i], "\" is named twice"));
  }
  if (spec.first_rows() < 0) {
    return absl::InvalidArgumentError(absl::StrCat("dataset.first_rows: ", spec.first_rows(), " is below 0"));
  }
  if (spec.fraction() > 0 && spec.fraction() <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("dataset.fraction: ", spec.fraction(), " is not a share above 0 and up to 1"));
}

absl::Status ShapeDataset(const DatasetSpec& spec, Dataset& dataset) {
  if (spec.keep_class_size() > 0) RETURN_IF_ERROR(KeepClasses(spec, dataset));
  if (spec.has_sum_of_two()) RETURN_IF_ERROR(AddPairs(spec, dataset));
  if (spec.first_rows() > 0 && spec.first_rows() < dataset.train.rows()) {
    std::vector<int64_t> rows(static_cast<size_t>(spec.first_rows()));
    std::iota(rows.begin(), rows.end(), 0);
    KeepRows(dataset.train, rows);
  }
  if (spec.fraction() != 1) RETURN_IF_ERROR(KeepShare(spec, dataset));
  return absl::OkStatus();
}

}  // namespace parzen
