// The training rows that may be among the nearest of one row, as far as scores can tell: all that are, and few others.
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <vector>

#include "worker/models/neighbors/score_bounds.h"

namespace parzen {

class NearestCandidates {
 public:
  // Begins anew, for a row. Borrows `bounds`. Requires: at least one neighbour.
  void Begin(int64_t neighbors, const ScoreBounds& bounds, const ScoreBounds::OfRow& row);

  // Adds training rows first .. first + count, whose scores these are; followed by any numbers up to a multiple of 8.
  void Add(int64_t first, int64_t count, const float* scores);

  // The candidates among all that were added, in ascending order: at least `neighbors` of them, if so many were.
  const std::vector<int32_t>& Rows();

 private:
  struct Candidate {
    float low;
    int32_t row;
  };

  // Drops those that are further than `neighbors` others.
  void Shrink();

  int64_t neighbors_ = 0;
  const ScoreBounds* bounds_ = nullptr;
  ScoreBounds::OfRow row_ = {};
  float limit_ = 0;       // no candidate's low end is above it
  size_t shrink_at_ = 0;  // so many candidates
  std::vector<Candidate> candidates_;
  std::vector<float> highs_;
  std::vector<int32_t> rows_;
};

}  // namespace parzen
