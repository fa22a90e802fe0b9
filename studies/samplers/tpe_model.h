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
  // The same for the blocks of one parameter each, which are brought up to date only when they are asked.
  void UpdateBlocksOfOne();

  const TpeSplit& split() const { return split_; }
  // The block that parameter i is in; null for a parameter with one value.
  TpeBlock* BlockOf(size_t i);
  // The block of parameter i alone, while that is kept up: see TpeOptions::apart_share; BlockOf(i) otherwise. Requires:
  // UpdateBlocksOfOne after the last Update.
  TpeBlock* BlockOfOne(size_t i);

  size_t MemoryBytes() const;

 private:
  void Add(std::vector<size_t> parameters, const SearchSpace& space, std::vector<std::optional<size_t>>& block_of);

  const TpeOptions options_;
  const History& history_;
  size_t read_ = 0;  // of history_.changes()
  TpeSplit split_;
  std::vector<TpeBlock> blocks_;
  std::vector<uint32_t> touched_;  // trials that those behind common_ have not taken in, by index
  size_t common_ = 0;  // blocks that most suggestions use; those behind are of one parameter each, for the others
  std::vector<std::optional<size_t>> block_of_;      // by parameter
  std::vector<std::optional<size_t>> block_of_one_;  // by parameter; the same where blocks have one parameter
};

}  // namespace parzen
