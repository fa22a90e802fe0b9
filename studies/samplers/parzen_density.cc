// The log density of many points under many kernels: what a suggestion spends its time on.
//
// Sixteen kernels at a time are asked about all points, axis after axis, and left as soon as none of them can matter to
// a point; those that can are collected, and their exponentials summed by eights.
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "absl/container/flat_hash_map.h"
#include "studies/samplers/parzen_estimator.h"
#include "studies/truncated_normal.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRootTwo = 1.4142135623730950488;
constexpr double kNothing = 37;  // a share of e^-37 of a sum does not change it

// sum of weight * e^log, for any logs: kept as a multiple of e^(the largest so far).
class LogSum {
 public:
  void Add(double log, double weight) {
    if (count_ == kBuffered) Flush();
    logs_[count_] = log;
    weights_[count_++] = weight;
  }

  double Log() {
    Flush();
    return largest_ + std::log(sum_);
  }

 private:
  static constexpr size_t kBuffered = 128;
  using Eight = Eigen::Array<double, 8, 1>;

  void Flush() {
    if (count_ == 0) return;
    const double largest = std::max(largest_, *std::max_element(logs_, logs_ + count_));
    Eight sums = Eight::Zero();
    for (; count_ % 8 != 0; ++count_) {
      logs_[count_] = -kInfinity;
      weights_[count_] = 0;
    }
    for (size_t i = 0; i < count_; i += 8) {
      // Eigen's exponential is vectorised, and right down to -708.
      const Eight exponents = (Eigen::Map<const Eight, Eigen::Aligned64>(logs_ + i) - largest).max(-700.0);
      sums += Eigen::Map<const Eight, Eigen::Aligned64>(weights_ + i) * exponents.exp();
    }
    double sum = 0;
    for (size_t i = 0; i < 8; ++i) sum += sums[static_cast<Eigen::Index>(i)];
    sum_ = (sum_ == 0 ? 0 : sum_ * std::exp(largest_ - largest)) + sum;
    largest_ = largest;
    count_ = 0;
  }

  alignas(64) double logs_[kBuffered];
  alignas(64) double weights_[kBuffered];
  size_t count_ = 0;
  double largest_ = -kInfinity;
  double sum_ = 0;
};

}  // namespace

struct ParzenEstimator::Query {
  struct At {
    size_t dimension = 0;
    double place = 0;  // of a cell its middle
    double half = 0;   // of a cell half its length
    double loss = 0;   // what a kernel of another category loses, as a logarithm
    size_t cell = 0;   // a number that equal cells share
  };

  std::vector<At> at;        // in the order of asking
  double same = 0;           // what all kernels but the prior have in common: categories that agree
  double least = 0;          // kernels whose logarithm is below do not matter
  double prior = 0;          // logarithm of the prior's kernel
  double best = -kInfinity;  // logarithm of the largest kernel so far
  LogSum sum;
};

// Masses of cells under the kernels of an axis that several slots share.
class ParzenEstimator::CellMasses {
 public:
  explicit CellMasses(size_t dimensions) : tables_(dimensions), cells_(dimensions) {}

  // The number of the cell around `place` on axis d.
  size_t Number(size_t d, double place) { return cells_[d].try_emplace(place, cells_[d].size()).first->second; }

  // NaN while unknown.
  double& LogMass(size_t d, size_t cell, uint32_t kernel, size_t kernels) {
    if (tables_[d].size() <= cell) tables_[d].resize(cell + 1);
    std::vector<double>& table = tables_[d][cell];
    if (table.size() < kernels) table.resize(kernels, std::numeric_limits<double>::quiet_NaN());
    return table[kernel];
  }

 private:
  std::vector<std::vector<std::vector<double>>> tables_;  // by dimension, cell, kernel
  std::vector<absl::flat_hash_map<double, size_t>> cells_;
};

ParzenEstimator::Query ParzenEstimator::MakeQuery(absl::Span<const double> point, CellMasses& masses) const {
  Query query;
  query.at.reserve(dimensions());
  for (const size_t d : asking_order_) {
    const Axis::Interval cell = axes_[d].Cell(point[d]);
    const Kernel& prior = dimensions_[d].prior;
    Query::At& at = query.at.emplace_back();
    at.dimension = d;
    at.place = axes_[d].ToScale(point[d]);
    switch (dimensions_[d].kind) {
      case Kind::kContinuous: {
        const double z = (at.place - prior.mu) / prior.sigma;
        query.prior -= 0.5 * z * z + dimensions_[d].prior_divisor;
        break;
      }
      case Kind::kCategory: {
        const double hit = std::log(CategoryShare(d, true));
        at.loss = hit - std::log(CategoryShare(d, false));
        query.same += hit;
        query.prior -= std::log(static_cast<double>(*axes_[d].count()));
        break;
      }
      case Kind::kCell:
        at.place = 0.5 * (cell.low + cell.high);
        at.half = 0.5 * (cell.high - cell.low);
        at.cell = masses.Number(d, at.place);
        query.prior += LogGaussMass((cell.low - prior.mu) / prior.sigma, (cell.high - prior.mu) / prior.sigma) -
                       dimensions_[d].prior_divisor;
        break;
    }
  }
  query.least = query.prior + std::log(options_.prior_weight) - kNothing -
                std::log(static_cast<double>(observed_) + 1) - query.same;
  return query;
}

double ParzenEstimator::CellLogMass(const Query& query, size_t slot, CellMasses& masses) {
  double log_mass = 0;
  for (size_t i = dimensions() - cells_; i < dimensions(); ++i) {
    const Query::At& at = query.at[i];
    const size_t d = at.dimension;
    const SharedKernels& shared = dimensions_[d].shared;
    const uint32_t kernel = shared.NumberOf(slot);
    double unknown = std::numeric_limits<double>::quiet_NaN();
    double& known = kernel == SharedKernels::kNone ? unknown : masses.LogMass(d, at.cell, kernel, shared.size());
    if (std::isnan(known)) {
      const double inverse = InverseWidth(slot, d) * kRootTwo;
      const double from = at.place - Mu(slot, d);
      known = LogGaussMass((from - at.half) * inverse, (from + at.half) * inverse);
    }
    log_mass += known;
  }
  return log_mass;
}

// Which of a tile's kernels can matter to the point, as bits; then `logs` has their logarithms, but for cells.
uint32_t ParzenEstimator::Reaching(const Tile& tile, const Query& query, double* logs) const {
  const double* const columns = tile.columns.data();
  const auto mu = [columns](size_t d) { return columns + Lanes::kCount * (1 + 2 * d); };
  const double least = query.least;
  Lanes log = Lanes::Load(columns);
  const Query::At* at = query.at.data();
  for (size_t i = 0; i < continuous_; ++i, ++at) {
    log.SubtractSquare(mu(at->dimension), at->place, mu(at->dimension) + Lanes::kCount);
    if (i % 2 == 1 && !log.Reaches(least)) return 0;
  }
  for (size_t i = 0; i < categories_; ++i, ++at) log.SubtractUnlessEqual(mu(at->dimension), at->place, at->loss);
  Lanes bound = log;
  for (size_t i = 0; i < cells_; ++i, ++at) {
    // A cell's mass is at most e^(-z^2 / 2), z from its nearer end.
    bound.SubtractSquareBeyond(mu(at->dimension), at->place, at->half, mu(at->dimension) + Lanes::kCount);
  }
  const uint32_t reaching = bound.AtLeast(least);
  if (reaching != 0) log.Store(logs);
  return reaching;
}

void ParzenEstimator::AddTile(size_t number, size_t first_rank, CellMasses& masses, Query& query) {
  const Tile& tile = tiles_[number];
  alignas(32) double logs[Lanes::kCount];
  uint32_t reaching = Reaching(tile, query, logs);
  for (; reaching != 0; reaching &= reaching - 1) {
    const auto lane = static_cast<size_t>(std::countr_zero(reaching));
    const uint32_t older = tile.observed & ((1u << lane) - 1);
    const size_t rank = first_rank + static_cast<size_t>(std::popcount(older));
    const double weight = WeightOf(number * kLanes + lane, rank);
    const double value = cells_ == 0 ? logs[lane] : logs[lane] + CellLogMass(query, number * kLanes + lane, masses);
    query.sum.Add(value + query.same, weight);
    if (value <= query.best) continue;
    query.best = value;
    query.least = std::max(query.least, value + std::log(weight / (static_cast<double>(observed_) + 1)) - kNothing);
  }
}

std::vector<double> ParzenEstimator::LogDensities(absl::Span<const double> points) {
  Refresh();
  const size_t count = dimensions() == 0 ? 0 : points.size() / dimensions();
  CellMasses masses(dimensions());
  std::vector<Query> queries;
  queries.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    queries.push_back(MakeQuery(points.subspan(i * dimensions(), dimensions()), masses));
  }
  size_t rank = 0;
  for (size_t tile = 0; tile < tiles_.size(); ++tile) {
    if (tiles_[tile].observed == 0) continue;
    for (Query& query : queries) AddTile(tile, rank, masses, query);
    rank += static_cast<size_t>(std::popcount(tiles_[tile].observed));
  }
  const double total = WeightSum() + options_.prior_weight;
  std::vector<double> densities;
  densities.reserve(count);
  for (Query& query : queries) {
    query.sum.Add(query.prior, options_.prior_weight);
    densities.push_back(query.sum.Log() - std::log(total));
  }
  return densities;
}

}  // namespace parzen
