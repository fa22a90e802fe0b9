#include "worker/models/trees/tree_model.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// Rows that pass through one tree before the next tree is fetched: few enough to stay in the second-level cache.
constexpr int64_t kRowsPerBlock = 128;

}  // namespace

absl::Status CheckTreeData(const TrainingRows& rows) {
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
  return absl::OkStatus();
}

std::vector<Sample> AllSamples(absl::Span<const int32_t> labels) {
  std::vector<Sample> samples(labels.size());
  for (size_t row = 0; row < labels.size(); ++row) {
    samples[row] = {static_cast<uint32_t>(row), static_cast<uint16_t>(labels[row]), 1};
  }
  return samples;
}

FeatureMatrix MeanShares(const std::vector<ClassTree>& trees, int classes, const FeatureRef& rows) {
  FeatureMatrix means(rows.rows(), classes);
  tbb::parallel_for(int64_t{0}, (rows.rows() + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    const int64_t first = block * kRowsPerBlock;
    const int64_t count = std::min(kRowsPerBlock, rows.rows() - first);
    std::vector<double> sums(count * classes, 0);
    for (const ClassTree& tree : trees) {
      tree.AddShares(rows.data() + first * rows.outerStride(), count, rows.outerStride(), sums.data());
    }
    for (int64_t i = 0; i < count * classes; ++i) {
      means.data()[first * classes + i] = static_cast<float>(sums[i] / static_cast<double>(trees.size()));
    }
  });
  return means;
}

void SaveTrees(const std::vector<ClassTree>& trees, ArchiveWriter& state) {
  state.Number(static_cast<int64_t>(trees.size()));
  for (const ClassTree& tree : trees) tree.Save(state);
}

absl::StatusOr<std::vector<ClassTree>> LoadTrees(ArchiveReader& state, int64_t most, int64_t features, int classes) {
  int64_t count = 0;
  state.Number(count);
  if (count < 1 || count > most || classes < 1) return absl::DataLossError("these are not such trees");
  std::vector<ClassTree> trees(static_cast<size_t>(count), ClassTree(classes));
  for (ClassTree& tree : trees) tree.Load(state, features);
  RETURN_IF_ERROR(state.Finish());
  return trees;
}

}  // namespace parzen
