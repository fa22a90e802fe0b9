#include "worker/models/clusters/expectation.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// Numbers of a block: with what is made of them they stay in a second-level cache.
constexpr int64_t kNumbersPerBlock = 1 << 16;
// Whole tiles of what multiplies rows.
constexpr int64_t kRowsPerTile = 12;
// Logarithm of a share that is as good as none: of a million rows such shares are a millionth of one.
constexpr double kLeastLogShare = -27.6;

// components x rows of a block.
using LogDensities = Eigen::Array<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

int64_t RowsPerBlock(int64_t features) {
  return std::clamp<int64_t>(kNumbersPerBlock / features / kRowsPerTile, 2, 20) * kRowsPerTile;
}

// The logarithms of the components' densities times their weights.
LogDensities WeightedLogDensities(const Gaussians& gaussians, const Eigen::ArrayXd& constants, const FeatureRef& rows,
                                  StopCheck& stop) {
  CentredBlock block(rows, gaussians.centre());
  LogDensities densities = LogDensities::Zero(gaussians.components(), rows.rows());
  gaussians.Distances(block, stop, densities.data());
  for (int k = 0; k < gaussians.components(); ++k) densities.row(k) = constants(k) - .5 * densities.row(k);
  return densities;
}

// Calls `use` with the weighted log densities of blocks of rows, several at a time, from their `first` row on.
void ForEachBlock(const Gaussians& gaussians, const FeatureRef& rows, StopCheck& stop,
                  const std::function<void(int64_t block, int64_t first, LogDensities& densities)>& use) {
  Eigen::ArrayXd constants = gaussians.weights().array().log();
  for (int k = 0; k < gaussians.components(); ++k) {
    constants(k) -= gaussians.LogDeterminant(k);
    constants(k) -= .5 * static_cast<double>(gaussians.features()) * std::log(2 * std::numbers::pi);
  }
  const int64_t block_rows = RowsPerBlock(gaussians.features());
  tbb::parallel_for(int64_t{0}, (rows.rows() + block_rows - 1) / block_rows, [&](int64_t block) {
    if (stop.Stopped()) return;
    const int64_t first = block * block_rows;
    const FeatureRef of_block = rows.middleRows(first, std::min(block_rows, rows.rows() - first));
    LogDensities densities = WeightedLogDensities(gaussians, constants, of_block, stop);
    use(block, first, densities);
  });
}

// Turns a row's weighted log densities into shares, and returns the logarithm of its density.
double Normalize(Eigen::Ref<Eigen::ArrayXd, 0, Eigen::InnerStride<>> densities) {
  double largest = densities(0), sum = 0;
  for (const double density : densities) largest = std::max(largest, density);
  for (double& density : densities) {
    density = density - largest < kLeastLogShare ? 0 : std::exp(density - largest);
    sum += density;
  }
  for (double& density : densities) density /= sum;
  return largest + std::log(sum);
}

}  // namespace

double Expect(const Gaussians& gaussians, const FeatureRef& rows, FeatureMatrix* shares, StopCheck& stop) {
  const int64_t block_rows = RowsPerBlock(gaussians.features());
  std::vector<double> sums(static_cast<size_t>((rows.rows() + block_rows - 1) / block_rows));
  ForEachBlock(gaussians, rows, stop, [&](int64_t block, int64_t first, LogDensities& densities) {
    for (int64_t row = 0; row < densities.cols(); ++row) {
      sums[static_cast<size_t>(block)] += Normalize(densities.col(row));
    }
    if (shares != nullptr) shares->middleCols(first, densities.cols()) = densities.matrix().cast<float>();
  });
  double sum = 0;
  for (const double of_block : sums) sum += of_block;
  return sum / static_cast<double>(rows.rows());
}

std::vector<int32_t> MostProbable(const Gaussians& gaussians, const FeatureRef& rows) {
  const std::function<bool()> never = [] { return false; };
  StopCheck no_stop(never);
  std::vector<int32_t> components(static_cast<size_t>(rows.rows()));
  ForEachBlock(gaussians, rows, no_stop, [&](int64_t, int64_t first, LogDensities& densities) {
    for (int64_t row = 0; row < densities.cols(); ++row) {
      Eigen::Index component = 0;
      densities.col(row).maxCoeff(&component);
      components[static_cast<size_t>(first + row)] = static_cast<int32_t>(component);
    }
  });
  return components;
}

}  // namespace parzen
