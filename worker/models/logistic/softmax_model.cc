#include "worker/models/logistic/softmax_model.h"

#include <algorithm>
#include <cmath>

#include "tbb/parallel_for.h"
#include "worker/linear/narrow_products.h"

namespace parzen {
namespace {

// Few enough for the caches.
constexpr int64_t kRowsPerBlock = 32;

// Turns logits into numbers whose sum is 1.
void Softmax(std::vector<double>& logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (double& logit : logits) sum += logit = std::exp(logit - largest);
  for (double& logit : logits) logit /= sum;
}

}  // namespace

FeatureMatrix SoftmaxModel::Probabilities(const FeatureRef& rows) const {
  FeatureMatrix probabilities = FeatureMatrix::Zero(rows.rows(), classes);
  const int64_t columns = weights.cols(), count = weights.rows();
  tbb::parallel_for(int64_t{0}, (rows.rows() + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    const int64_t first = block * kRowsPerBlock, block_rows = std::min(kRowsPerBlock, rows.rows() - first);
    std::vector<float> products(static_cast<size_t>(block_rows * count));
    MultiplyNarrow<float>({rows.data() + first * rows.outerStride(), block_rows, rows.outerStride()},
                          {weights.data(), count, columns}, columns, products.data(), count, 1);
    std::vector<double> logits(static_cast<size_t>(count));
    for (int64_t row = first; row < first + block_rows; ++row) {
      for (int64_t k = 0; k < count; ++k) {
        double product = static_cast<double>(products[static_cast<size_t>((row - first) * count + k)]);
        // Beyond what 32 bits hold; 64 bits hold all products of such numbers.
        if (!std::isfinite(product)) product = rows.row(row).cast<double>().dot(weights.row(k).cast<double>());
        logits[static_cast<size_t>(k)] = product + intercepts[static_cast<size_t>(k)];
      }
      Softmax(logits);
      for (size_t k = 0; k < known.size(); ++k) probabilities(row, known[k]) = static_cast<float>(logits[k]);
    }
  });
  return probabilities;
}

void SoftmaxModel::Save(ArchiveWriter& state) const {
  state.Array(known);
  state.Matrix(weights);
  state.Array(intercepts);
}

absl::Status SoftmaxModel::Load(ArchiveReader& state, int64_t features, int64_t all_classes) {
  classes = all_classes;
  state.Array(known);
  state.Matrix(weights);
  state.Array(intercepts);
  const bool ascend = std::adjacent_find(known.begin(), known.end(), std::greater_equal<int32_t>()) == known.end();
  if (known.empty() || !ascend || known.front() < 0 || known.back() >= classes) state.Fail();
  if (weights.rows() != static_cast<int64_t>(known.size()) || weights.cols() != features) state.Fail();
  if (intercepts.size() != known.size()) state.Fail();
  return state.Finish();
}

}  // namespace parzen
