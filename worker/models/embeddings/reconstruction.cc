#include "worker/models/embeddings/reconstruction.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "Eigen/Cholesky"
#include "absl/strings/str_cat.h"
#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/linear/fixed_caches.h"

namespace parzen {
namespace {

// Features that are multiplied at a time: few, so that those of all neighbours stay in the cache.
constexpr int64_t kFeaturesAtATime = 256;

struct Scratch {
  Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> seen;  // neighbours x features, from the row
  Eigen::MatrixXd gram;
  Eigen::VectorXd weights;
};

// Leaves the weights of `row` in the scratch. False: they are not defined.
bool Weigh(const FeatureRef& rows, int64_t row, const int32_t* neighbors, int64_t count, double regularization,
           Scratch& scratch) {
  scratch.gram.setZero(count, count);
  for (int64_t first = 0; first < rows.cols(); first += kFeaturesAtATime) {
    const int64_t features = std::min(kFeaturesAtATime, rows.cols() - first);
    scratch.seen.resize(count, features);
    const Eigen::RowVectorXd own = rows.row(row).segment(first, features).cast<double>();
    for (int64_t i = 0; i < count; ++i) {
      scratch.seen.row(i) = rows.row(neighbors[i]).segment(first, features).cast<double>() - own;
    }
    scratch.gram.noalias() += scratch.seen * scratch.seen.transpose();
  }
  const double trace = scratch.gram.trace();
  scratch.gram.diagonal().array() += trace > 0 ? regularization * trace : regularization;
  const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> factor(scratch.gram);
  if (factor.info() != Eigen::Success) return false;
  scratch.weights = factor.solve(Eigen::VectorXd::Ones(count));
  scratch.weights /= scratch.weights.sum();
  return scratch.weights.allFinite();
}

// Row `row` of I - W, in the order of columns.
void Write(int64_t row, const int32_t* neighbors, const Eigen::VectorXd& weights, SparseRows& residuals) {
  std::vector<std::pair<int32_t, double>> numbers = {{static_cast<int32_t>(row), 1}};
  for (int64_t i = 0; i < weights.size(); ++i) numbers.emplace_back(neighbors[i], -weights(i));
  std::sort(numbers.begin(), numbers.end());
  size_t place = residuals.begins[static_cast<size_t>(row)];
  for (const auto& [column, value] : numbers) {
    residuals.columns[place] = column;
    residuals.values[place++] = value;
  }
}

}  // namespace

absl::StatusOr<SparseRows> Residuals(const FeatureRef& rows, const NeighborLists& neighbors, double regularization,
                                     const std::function<bool()>& stop) {
  SparseRows residuals;
  for (int64_t row = 1; row <= rows.rows(); ++row) {
    residuals.begins.push_back(static_cast<size_t>(row * (neighbors.length + 1)));
  }
  residuals.columns.resize(residuals.begins.back());
  residuals.values.resize(residuals.begins.back());
  constexpr int64_t kNone = std::numeric_limits<int64_t>::max();
  std::atomic<int64_t> undefined = kNone;  // the first such row
  tbb::enumerable_thread_specific<Scratch> scratches;
  tbb::parallel_for(int64_t{0}, int64_t{rows.rows()}, [&](int64_t row) {
    if (stop()) return;
    Scratch& scratch = scratches.local();
    const int32_t* const others = neighbors.rows.data() + row * neighbors.length;
    if (Weigh(rows, row, others, neighbors.length, regularization, scratch)) {
      return Write(row, others, scratch.weights, residuals);
    }
    for (int64_t first = undefined; row < first && !undefined.compare_exchange_weak(first, row);) continue;
  });
  if (stop()) return absl::CancelledError("training was asked to stop");
  if (undefined != kNone) {
    return absl::InvalidArgumentError(absl::StrCat("a regularization of ", regularization,
                                                   " is too little to tell the weights of the neighbours of row ",
                                                   undefined + 1));
  }
  return residuals;
}

}  // namespace parzen
