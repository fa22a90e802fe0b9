// What the tree-structured Parzen estimator has learnt from a history: the split into good and other trials, and a
// block of densities for every set of parameters that are modelled together. It reads on in History::changes() from
// where it stopped; a model that has just been made over the same history has the same bits.
//
// Blocks follow from the space alone. Univariate: each parameter by itself. Multivariate: those that every trial has,
// together; conditional ones each by itself. With groups also those whose conditions are the same, together. A
// parameter that has one value only is in none.
//
// Borrows the space and the history. Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/study.pb.h"
#include "studies/history.h"
#include "studies/samplers/tpe_block.h"
#include "studies/samplers/tpe_options.h"
#include "studies/samplers/tpe_split.h"
#include "studies/search_space.h"

namespace parzen {

class TpeModel {
 public:
  TpeModel(const SearchSpace& space, const History& history, const std::vector<Direction>& directions,
           const TpeOptions& options);

  // Reads what has happened since the last call.
  void Update();

  const TpeSplit& split() const { return split_; }
  std::vector<TpeBlock>& blocks() { return blocks_; }
  // The block that parameter i is in.
  std::optional<size_t> BlockOf(size_t i) const { return block_of_[i]; }

  size_t MemoryBytes() const;

 private:
  const History& history_;
  size_t read_ = 0;  // of history_.changes()
  TpeSplit split_;
  std::vector<TpeBlock> blocks_;
  std::vector<std::optional<size_t>> block_of_;  // by parameter
};

}  // namespace parzen
