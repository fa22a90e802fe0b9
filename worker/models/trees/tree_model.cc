#include "worker/models/trees/tree_model.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/finite_check.h"

namespace parzen {
namespace {

// Rows that pass through one tree before the next tree is fetched: few enough to stay in the second-level cache.
constexpr int64_t kRowsPerBlock = 128;

void AddBlock(absl::Span<const GrownTree> trees, const FeatureRef& rows, int64_t first, int64_t count, double* sums) {
  int32_t which[kRowsPerBlock];
  std::iota(which, which + count, 0);
  for (const GrownTree& tree : trees) {
    tree.AddValues(rows.data() + first * rows.outerStride(), rows.outerStride(),
                   absl::MakeConstSpan(which, static_cast<size_t>(count)), sums);
  }
}

template <typename Function>
void ForEachBlock(int64_t rows, const Function& function) {
  tbb::parallel_for(int64_t{0}, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    const int64_t first = block * kRowsPerBlock;
    function(first, std::min(kRowsPerBlock, rows - first));
  });
}

}  // namespace

absl::Status CheckTreeData(const TrainingRows& rows, const TreeOptions& options) {
  constexpr int64_t kMostRows = std::numeric_limits<uint32_t>::max();
  constexpr int kMostClasses = std::numeric_limits<uint16_t>::max();
  if (rows.rows() == 0 || rows.features().cols() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("a tree needs at least one row and one feature; got ", rows.rows(),
                                                   " rows of ", rows.features().cols(), " features"));
  }
  if (rows.rows() > kMostRows || rows.classes() > kMostClasses) {
    return absl::InvalidArgumentError(absl::StrCat("a tree takes at most ", kMostRows, " rows and ", kMostClasses,
                                                   " classes; got ", rows.rows(), " and ", rows.classes()));
  }
  if (rows.classes() == 0 && !options.class_weights.AreEqual()) {
    return absl::InvalidArgumentError("class_weight: a regression has no classes; leave it EQUAL, without weight_of");
  }
  return CheckFinite(rows.features(), "training rows");
}

absl::StatusOr<std::vector<double>> TreeClassWeights(const TrainingRows& rows, const TreeOptions& options,
                                                     absl::Span<const std::string> class_names) {
  if (options.class_weights.AreEqual()) return std::vector<double>();
  return WeightsOfClasses(options.class_weights, rows, class_names);
}

std::vector<Sample> AllSamples(absl::Span<const int32_t> labels) {
  std::vector<Sample> samples(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    samples[row] = {static_cast<uint32_t>(row), static_cast<uint16_t>(labels[row]), 1};
  }
  return samples;
}

void TreeSums::Add(absl::Span<const GrownTree> trees, const FeatureRef& rows) {
  trees_ += static_cast<int64_t>(trees.size());
  ForEachBlock(rows.rows(), [&](int64_t first, int64_t count) {
    AddBlock(trees, rows, first, count, sums_.data() + first * width_);
  });
}

FeatureMatrix TreeSums::Means() const {
  FeatureMatrix means(static_cast<int64_t>(sums_.size()) / width_, width_);
  for (size_t i = 0; i < sums_.size(); ++i) {
    means.data()[i] = static_cast<float>(sums_[i] / static_cast<double>(trees_));
  }
  return means;
}

FeatureMatrix MeanValues(absl::Span<const GrownTree> trees, const FeatureRef& rows) {
  const int64_t width = trees[0].width();
  FeatureMatrix means(rows.rows(), width);
  ForEachBlock(rows.rows(), [&](int64_t first, int64_t count) {
    std::vector<double> sums(count * width, 0);
    AddBlock(trees, rows, first, count, sums.data());
    for (int64_t i = 0; i < count * width; ++i) {
      means.data()[first * width + i] = static_cast<float>(sums[i] / static_cast<double>(trees.size()));
    }
  });
  return means;
}

void SaveTrees(absl::Span<const GrownTree> trees, ArchiveWriter& state) {
  state.Number(static_cast<int64_t>(trees.size()));
  for (const GrownTree& tree : trees) tree.Save(state);
}

absl::StatusOr<std::vector<GrownTree>> LoadTrees(ArchiveReader& state, int64_t most, int64_t features, int classes) {
  int64_t count = 0;
  state.Number(count);
  if (count < 1 || count > most) return absl::DataLossError("these are not such trees");
  std::vector<GrownTree> trees(static_cast<size_t>(count), GrownTree(classes));
  for (GrownTree& tree : trees) tree.Load(state, features);
  RETURN_IF_ERROR(state.Finish());
  return trees;
}

}  // namespace parzen
