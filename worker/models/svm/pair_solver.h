// Learns to tell two classes apart: the dual problem of a C-support vector machine, solved in parts. Each round takes
// the rows that violate the optimality conditions most into a working set, together with those of the last one that are
// not at a bound, has their kernel rows made at once, solves the problem over these rows alone, and brings the slopes
// of all rows up to date.
//
// Shrinking, as solvers do it that look at all rows in every step, has nothing to give here: a round costs the kernel
// rows of the few that are new in it, which are needed to the end, and measured with it training took longer.
//
// Sums and choices come in a fixed order, so the result does not depend on threads or on what the cache holds.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/models/stop_check.h"
#include "worker/models/svm/kernel_rows.h"
#include "worker/models/svm/small_dual.h"

namespace parzen {

struct PairOptions {
  double cost_a = 1;  // C of the rows of the first class
  double cost_b = 1;  // and of the second
  double tolerance = 1e-3;
  int64_t max_steps = 0;  // 0: no limit
};

// Rows of the first class come first, each class padded to KernelRows::padded_rows. A row's decision value is the sum
// of value times kernel over all rows, plus the bias; above 0 is the first class.
struct PairSolution {
  Eigen::ArrayXd value;     // y alpha; 0 for rows that do not matter
  Eigen::ArrayXd decision;  // of each row, also of those held out
  double bias = 0;
  int64_t steps = 0;
  bool converged = true;
};

class PairSolver {
 public:
  // Classes `a` and `b` of `rows`. Borrows `rows` and `stop`.
  PairSolver(KernelRows& rows, int a, int b, const PairOptions& options, StopCheck& stop);

  // Learns from all rows but those held out (a flag a row and place, as in PairSolution; empty: none). Cancelled when
  // stopped. Uses TBB.
  absl::StatusOr<PairSolution> Solve(const std::vector<bool>& held_out = {});

 private:
  void Start(const std::vector<bool>& held_out);
  bool IsOfA(int64_t place) const { return place < padded_a_; }
  RowOfClass RowAt(int64_t place) const {
    return IsOfA(place) ? RowOfClass{a_, static_cast<int32_t>(place)}
                        : RowOfClass{b_, static_cast<int32_t>(place - padded_a_)};
  }
  bool CanRise(int64_t place) const { return value_[place] < high_[place]; }
  bool CanFall(int64_t place) const { return value_[place] > low_[place]; }
  // Looks for the two rows that violate the conditions most.
  void MeasureViolation();
  void ChooseFirst();
  void Choose();
  // Adds those that could rise, or fall, and violate the conditions most, until `most` rows are chosen.
  void AddViolators(bool rising, int64_t most);
  void Add(int64_t place);
  // Gives the rows of the working set places in dual_: those that were in it keep theirs. Returns the others' places.
  std::vector<int64_t> Arrange();
  void FetchKernel(const std::vector<int64_t>& fresh);
  // Returns the number of steps; 0 when they no longer change anything.
  int64_t SolveWorkingSet(int64_t most_steps);
  void UpdateSlopes(const Eigen::ArrayXd& change);
  PairSolution Finish(int64_t steps) const;

  KernelRows& rows_;
  const int a_, b_;
  const PairOptions options_;
  StopCheck& stop_;
  const int64_t padded_a_, places_;

  Eigen::ArrayXd value_, low_, high_, slope_;
  double rise_ = 0;                         // the largest -slope among values that can rise
  double fall_ = 0;                         // the smallest among those that can fall
  bool at_once_ = false;                    // the working set is all rows
  int64_t most_rows_ = 0;                   // of a working set
  std::vector<int32_t> working_set_;        // places; those that came in last are first
  std::vector<bool> chosen_;                // by place: in the working set, until it is arranged
  std::vector<int32_t> slots_;              // the working set in the order of dual_
  SmallDual dual_;                          // over the working set
  std::vector<KernelRow> with_a_, with_b_;  // kernel rows of the working set
};

}  // namespace parzen
