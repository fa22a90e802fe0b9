#include "worker/models/trees/out_of_bag.h"

#include <algorithm>
#include <bit>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// The most probable class; in a regression the mean.
double Prediction(const double* sums, int classes, int trees) {
  if (classes == 0) return sums[0] / trees;
  return static_cast<double>(std::max_element(sums, sums + classes) - sums);
}

double Accuracy(absl::Span<const std::optional<double>> predicted, absl::Span<const int32_t> labels, int64_t count) {
  int64_t right = 0;
  for (size_t row = 0; row < labels.size(); ++row) right += predicted[row] == static_cast<double>(labels[row]);
  return static_cast<double>(right) / static_cast<double>(count);
}

double R2(absl::Span<const std::optional<double>> predicted, absl::Span<const float> targets, int64_t count) {
  double sum = 0;
  for (size_t row = 0; row < targets.size(); ++row) sum += predicted[row].has_value() ? targets[row] : 0;
  const double mean = sum / static_cast<double>(count);
  double error = 0, spread = 0;
  for (size_t row = 0; row < targets.size(); ++row) {
    if (!predicted[row].has_value()) continue;
    error += (targets[row] - *predicted[row]) * (targets[row] - *predicted[row]);
    spread += (targets[row] - mean) * (targets[row] - mean);
  }
  return spread > 0 ? 1 - error / spread : error > 0 ? 0 : 1;  // as MeasureRegression
}

}  // namespace

void OutOfBag::SetBag(int i, absl::Span<const Sample> samples) {
  for (const Sample& sample : samples) in_bag_[i][sample.row / 64] |= uint64_t{1} << sample.row % 64;
}

std::optional<double> OutOfBag::Measure(absl::Span<const GrownTree> trees, const TrainingRows& rows) const {
  const int64_t features = rows.features().cols();
  const int width = trees[0].width();
  std::vector<std::optional<double>> predicted(rows.rows());
  tbb::parallel_for(size_t{0}, words_, [&](size_t word) {
    const int64_t first = static_cast<int64_t>(word) * 64;
    const int64_t count = std::min<int64_t>(64, rows.rows() - first);
    const uint64_t all = ~uint64_t{0} >> (64 - count);
    std::vector<double> sums(count * width, 0);
    int asked[64] = {};
    for (size_t i = 0; i < trees.size(); ++i) {
      int32_t which[64];
      size_t out = 0;
      for (uint64_t rest = all & ~in_bag_[i][word]; rest != 0; rest &= rest - 1) {
        which[out++] = std::countr_zero(rest);
        ++asked[which[out - 1]];
      }
      trees[i].AddValues(rows.features().data() + first * features, features, absl::MakeConstSpan(which, out),
                         sums.data());
    }
    for (int64_t i = 0; i < count; ++i) {
      if (asked[i] > 0) predicted[first + i] = Prediction(sums.data() + i * width, rows.classes(), asked[i]);
    }
  });
  const int64_t count = std::count_if(predicted.begin(), predicted.end(), [](const auto& p) { return p.has_value(); });
  if (count == 0) return std::nullopt;
  return rows.classes() > 0 ? Accuracy(predicted, rows.labels(), count) : R2(predicted, rows.targets(), count);
}

}  // namespace parzen
