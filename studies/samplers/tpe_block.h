// Parameters that the tree-structured Parzen estimator models together, and what it knows of them: the density of the
// good trials and that of the others. A trial counts where it has a value for every one of the parameters.
//
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "base/random_stream.h"
#include "studies/history.h"
#include "studies/samplers/parzen_estimator.h"
#include "studies/samplers/tpe_options.h"
#include "studies/samplers/tpe_split.h"
#include "studies/search_space.h"

namespace parzen {

class TpeBlock {
 public:
  // Requires: no parameter's axis is single().
  TpeBlock(const SearchSpace& space, std::vector<size_t> parameters, const TpeOptions& options);

  const std::vector<size_t>& parameters() const { return parameters_; }

  // Takes in these trials, by index, ascending, as the split now has them.
  void Update(const History& history, const TpeSplit& split, absl::Span<const uint32_t> touched);

  // What is maximised: how much denser, as a logarithm, good trials lie at each point than others. `points` holds one
  // internal value a parameter and point.
  std::vector<double> Scores(absl::Span<const double> points);

  // Draws candidates from the good trials' density; the first of those with the highest score.
  std::vector<double> Suggest(RandomStream& random);

  size_t MemoryBytes() const;

 private:
  std::optional<std::vector<double>> ValuesOf(const HistoryTrial& trial) const;
  bool Take(const History& history, const TpeSplit& split, uint32_t index);
  void UpdateBelow(const History& history);
  void WeighBelow(const TpeSplit& split);

  const std::vector<size_t> parameters_;
  const int32_t candidates_;
  const bool improvement_;
  ParzenEstimator below_;
  ParzenEstimator above_;               // has a slot for every trial that has the parameters, good or not
  std::vector<uint32_t> trials_;        // indices, ascending; by slot of above_
  std::vector<uint32_t> good_trials_;   // indices, ascending
  std::vector<uint32_t> below_trials_;  // the same as below_ has them, by slot
};

}  // namespace parzen
