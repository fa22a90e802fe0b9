// Finds, for rows, the training rows nearest to them, exactly: scores at the speed of matrix multiplication (or of
// integers) tell which may be, and their distances in double decide. So results do not depend on how scores were
// computed, on other rows, or on threads. Threads: immutable.
//
// Memory: a byte for each number of the training rows, where they are bytes in disguise; while it finds, 192 times
// 16 bytes for each neighbour and thread, and as much for each training row as near as the last neighbour.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/neighbors/byte_rows.h"
#include "worker/models/neighbors/neighbor_lists.h"
#include "worker/models/neighbors/score_bounds.h"
#include "worker/models/neighbors/tile_scores.h"

namespace parzen {

class NeighborSearch {
 public:
  // Borrows `train`. Requires: finite numbers, at least one row and column, and fewer than 2^31 rows. Uses TBB.
  NeighborSearch(NearestNeighbors::Metric metric, const FeatureRef& train);

  // The nearest `neighbors` of each row, or all training rows where there are fewer. A row with a number that is not
  // finite is infinitely far from all. Cancelled: `stop` (any thread asks it) said so. Uses TBB. Requires: as many
  // columns.
  absl::StatusOr<NeighborLists> Find(const FeatureRef& rows, int64_t neighbors,
                                     const std::function<bool()>& stop) const;

 private:
  // Calls `use` for all scores of rows, and says by which bounds to read them, before.
  using UseBounds = std::function<void(const ScoreBounds& bounds, const std::vector<ScoreBounds::OfRow>& of_rows)>;
  void ScoreByFloats(const FeatureRef& rows, const StopTiles& stop, const UseBounds& begin, const UseScores& use) const;
  void ScoreByBytes(const ByteRows& rows, const StopTiles& stop, const UseBounds& begin, const UseScores& use) const;

  const NearestNeighbors::Metric metric_;
  const FeatureRef train_;
  std::vector<double> squares_;  // of the training rows
  int exponent_ = 0;
  FeatureMatrix scaled_;  // train_ / 2^exponent_, where that is not 0
  std::optional<ScoreBounds> float_bounds_;
  // Where the training rows are bytes in disguise, and the metric can use it.
  std::optional<ByteGrid> grid_;
  std::optional<ByteRows> byte_rows_;      // Manhattan
  std::optional<BytePanels> byte_panels_;  // others
  std::optional<ScoreBounds> byte_bounds_;
};

}  // namespace parzen
