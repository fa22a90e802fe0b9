// Which trials are good ("below" a quantile of the values) and which are the others ("above"), kept up to date as a
// history grows: with one objective a change costs the logarithm of the trials' number.
//
// Observations are COMPLETE and PRUNED trials; the good ones are taken from the feasible COMPLETE ones, best first,
// then from the feasible PRUNED ones, the longest first and of those the best, then from the infeasible ones, the least
// violation first; older trials win ties. With several objectives the best are the first non-dominated fronts (Deb et
// al., 2002), the last of them cut to a subset of large hypervolume (Ozaki et al., 2022, section 4.2), or of large
// crowding distances where that would take too long. FAILed trials are nowhere. Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "proto/study.pb.h"
#include "studies/history.h"
#include "studies/samplers/sorted_ids.h"
#include "studies/samplers/tpe_options.h"

namespace parzen {

class TpeSplit {
 public:
  enum class Side : uint8_t { kNeither, kBelow, kAbove };

  // With the constant liar, trials that have no end yet are above. Requires: at least one direction.
  TpeSplit(std::vector<Direction> directions, const TpeOptions& options);

  // Takes in these trials, by index, ascending; returns all whose side may have changed, ascending.
  std::vector<uint32_t> Update(const History& history, absl::Span<const uint32_t> changed);

  // How many observations there are.
  size_t observations() const { return order_.size(); }
  // Of a trial, by index.
  Side side(size_t index) const { return sides_[index]; }
  // Indices of the good trials, ascending.
  const std::vector<uint32_t>& below() const { return below_; }

  // How much better a good trial's value is than that of the best trial that is not: 0 for one without a value,
  // infinite where values are. Requires: one objective.
  double Improvement(uint32_t index) const;

  size_t MemoryBytes() const {
    return keys_.capacity() * sizeof(Key) + sides_.capacity() * sizeof(Side) + order_.MemoryBytes();
  }

 private:
  // The order in which trials are taken for good; smaller first.
  struct Key {
    enum Group : uint8_t { kNone, kPending, kComplete, kPruned, kInfeasible };
    double first = 0;
    double second = 0;
    Group group = kNone;
  };

  Key KeyOf(const HistoryTrial& trial) const;
  bool Less(uint32_t a, uint32_t b) const;
  void SetKey(uint32_t index, Key key);
  double Threshold() const;
  std::vector<uint32_t> ChooseBelow(const History& history) const;
  std::vector<uint32_t> BestOfFronts(const History& history, const std::vector<uint32_t>& complete, size_t count) const;

  const std::vector<Direction> directions_;
  const TpeOptions options_;
  std::vector<Key> keys_;    // by index
  std::vector<Side> sides_;  // by index
  SortedIds order_;          // observations
  size_t complete_ = 0;      // feasible COMPLETE ones among them
  std::vector<uint32_t> below_;
  double threshold_ = 0;  // the value that good trials are compared with
};

}  // namespace parzen
