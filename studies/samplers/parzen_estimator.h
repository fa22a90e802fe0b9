// A density over several parameters: a weighted sum of kernels, one around each observation and a wide one, the prior
// (Bergstra et al., 2011, section 4; Watanabe, 2023, arXiv 2304.11127, for the multivariate form). A kernel is a
// product over the axes: a normal distribution cut to the axis's ends where it is ordered, summed over a value's cell
// where values are countable; on categories the observed one stands out.
//
// A kernel's width on an axis is the larger distance to the observations on both sides, so one observation more changes
// few other kernels: the estimator keeps them all and touches those. Observations live in slots, in the order in which
// they were appended, which is the order of their age and of all sums: what slots hold determines every bit of every
// answer, and not how they came to hold it.
//
// Threads: externally synchronised; questions bring the kernels up to date first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"
#include "base/random_stream.h"
#include "studies/axis.h"
#include "studies/samplers/lanes.h"
#include "studies/samplers/shared_kernels.h"
#include "studies/samplers/sorted_ids.h"
#include "studies/samplers/tpe_options.h"

namespace parzen {

class ParzenEstimator {
 public:
  // Centre and width on an axis's scale.
  struct Kernel {
    double mu = 0;
    double sigma = 0;
  };

  // Requires: no axis is single().
  ParzenEstimator(std::vector<Axis> axes, const KernelOptions& options);

  size_t dimensions() const { return axes_.size(); }
  size_t slots() const { return slots_; }
  // Slots that count.
  size_t observations() const { return observed_; }

  // A new slot, one finite internal value an axis, perhaps outside its range; it does not count yet.
  void Append(absl::Span<const double> values);
  // Whether that is what the slot was appended with.
  bool Holds(size_t slot, absl::Span<const double> values);
  // Whether the slot's kernel is part of the density.
  void SetObserved(size_t slot, bool observed);
  bool IsObserved(size_t slot) const { return (tiles_[slot / kLanes].observed >> (slot % kLanes)) & 1; }
  // How much the kernel of each slot weighs, instead of what the options say; empty: as the options say. Holds until
  // the slots change.
  void SetWeights(std::vector<double> weights) { given_weights_ = std::move(weights); }
  // Gives up the slots that do not count; the others move up and keep their order.
  void Compact();
  void Clear();

  // Of an ordered axis. Requires: the slot counts.
  Kernel KernelOf(size_t slot, size_t dimension);
  Kernel Prior(size_t dimension) const { return dimensions_[dimension].prior; }
  // Probability of `category` under the kernel of a slot that has observed it, and under one that has not.
  double CategoryShare(size_t dimension, bool observed) const;
  // Shares of the kernels, which sum to 1: of the slots that count, in order, and at last of the prior.
  std::vector<double> Weights() const;

  // The logarithm of the density at each point; `points` holds dimensions() internal values a point. Kernels that
  // contribute less than 1e-17 of the sum may be left out of it.
  std::vector<double> LogDensities(absl::Span<const double> points);

  // Draws points, dimensions() internal values each, which the axes contain.
  void Draw(RandomStream& random, absl::Span<double> points);

  size_t MemoryBytes() const;

 private:
  static constexpr size_t kLanes = Lanes::kCount;

  // Column 0: the logarithm of a kernel's factors that no point changes, -infinity where the slot does not count.
  // Then a pair of columns an axis: mu, and 1 / (sigma * sqrt(2)).
  struct Tile {
    Eigen::Array<double, kLanes, Eigen::Dynamic> columns;
    uint32_t observed = 0;
  };
  enum class Kind { kContinuous, kCategory, kCell };
  struct Dimension {
    Kind kind = Kind::kContinuous;
    double low = 0;
    double high = 0;
    Kernel prior;
    double prior_divisor = 0;  // LogDivisor of it
    SortedIds order;           // observed slots by mu; not of categories
    SharedKernels shared;      // of cells
  };
  struct Change {
    uint32_t slot = 0;
    bool observed = false;
  };
  struct ByMu {
    ParzenEstimator& estimator;
    size_t d;
    bool operator()(uint32_t a, uint32_t b) const {
      const double mu_a = estimator.Mu(a, d);
      const double mu_b = estimator.Mu(b, d);
      return mu_a < mu_b || (mu_a == mu_b && a < b);
    }
  };
  class Stale;
  struct Query;      // a point as the kernels are asked about it
  class CellMasses;  // memory of masses that several points ask for

  // Of the observation in a slot, the rank-th from the oldest.
  double WeightOf(size_t slot, size_t rank) const;
  double WeightSum() const;

  double& Mu(size_t slot, size_t d) { return tiles_[slot / kLanes].columns(slot % kLanes, 1 + 2 * d); }
  double& InverseWidth(size_t slot, size_t d) { return tiles_[slot / kLanes].columns(slot % kLanes, 2 + 2 * d); }
  double& LogFactor(size_t slot) { return tiles_[slot / kLanes].columns(slot % kLanes, 0); }

  // Bringing kernels up to date (parzen_estimator.cc).
  void Refresh();
  void SortAgain(size_t d);
  std::vector<uint32_t> ChangeOrder(size_t d);
  void SetSomeSigmas(size_t d, const std::vector<uint32_t>& slots, Stale& stale);
  void SetAllSigmas(size_t d, Stale& stale);
  double Sigma(size_t d, uint32_t slot, std::optional<uint32_t> before, std::optional<uint32_t> after);
  bool SetSigma(size_t d, uint32_t slot, double sigma);
  void SetLogFactor(uint32_t slot);
  double Divisor(size_t d, double mu, double sigma) const;
  double LogDivisor(size_t d, double mu, double sigma) const;
  double DrawValue(size_t d, std::optional<size_t> slot, RandomStream& random);

  // Asking them (parzen_density.cc).
  Query MakeQuery(absl::Span<const double> point, CellMasses& masses) const;
  uint32_t Reaching(const Tile& tile, const Query& query, double* logs) const;
  void AddTile(size_t tile, size_t first_rank, CellMasses& masses, Query& query);
  double CellLogMass(const Query& query, size_t slot, CellMasses& masses);

  const std::vector<Axis> axes_;
  const KernelOptions options_;
  std::vector<Dimension> dimensions_;
  std::vector<size_t> asking_order_;  // dimensions, by kind
  // How many dimensions there are of each kind, in that order.
  size_t continuous_ = 0;
  size_t categories_ = 0;
  size_t cells_ = 0;
  std::vector<Tile> tiles_;
  size_t slots_ = 0;
  size_t observed_ = 0;
  std::vector<double> given_weights_;
  std::vector<Change> changes_;  // that the kernels do not show yet
  size_t widths_are_for_ = 0;    // observations that the least widths were computed for
};

}  // namespace parzen
