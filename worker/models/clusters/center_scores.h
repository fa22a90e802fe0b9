// How near rows are to centres, at the speed of matrix multiplication and in 32-bit floats; and how far off that is.
//
// With an origin o among the centres, z = x - o and v = c - o, the squared distance of a row x from a centre c is
//   ||z||^2 + 2 score,  score = ||v||^2 / 2 - <z, v>.
// Scores are fused sums of as many terms as there are columns, so each is off by no more than Error() says (Higham,
// Accuracy and Stability of Numerical Algorithms, 2002, section 3.1). Their bits depend on the row and the centres
// alone. Threads: immutable; a Block is of one thread.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "worker/dataset.h"
#include "worker/linear/panel_products.h"

namespace parzen {

// clusters x features. Sums that decide are of 64-bit floats, and so are their means.
using CenterMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The squared distance, in 64-bit floats and in a fixed order.
double SquaredDistance(const float* row, const double* center, int64_t columns);

class CenterScores {
 public:
  // Scores of one row that lie side by side: those of so many centres at a time.
  static constexpr int64_t kCentersAtATime = 256;

  // Uses TBB. Requires: at least one centre and one column.
  explicit CenterScores(const CenterMatrix& centers);

  // Rows that are worked on at a time, so that they stay in the second-level cache: a multiple of kPanelRows.
  static int64_t RowsAtATime(int64_t columns);
  static constexpr int64_t kMostRowsAtATime = 40 * kPanelRows;

  struct Block {
    int64_t count = 0;
    std::vector<float> rows;     // count x columns: z
    std::vector<float> squares;  // count: ||z||^2
    std::vector<float> scores;   // count x kCentersAtATime
  };
  // Takes those rows, RowsAtATime at most.
  void Take(const FeatureRef& rows, absl::Span<const int32_t> which, Block& block) const;
  // Their scores for the centres from `first` on, a multiple of kCentersAtATime. Returns for how many, a multiple of 8;
  // of those beyond the last centre scores are infinite.
  int64_t Score(int64_t first, Block& block) const;
  // All scores of one of its rows: padded() of them.
  void ScoreRow(int64_t row, const Block& block, float* scores) const;
  int64_t padded() const { return static_cast<int64_t>(starts_.size()); }

  // At least ||z||, for a row of that square.
  double LengthOf(float square) const;
  // The most that ||z||^2 is off.
  double SquareError(double length) const { return relative_ * length * length + least_; }
  // The most that a score is off, for ||z|| and ||v|| of those lengths, from what SquaredDistance says. Infinite where
  // sums of floats may overflow.
  double Error(double length, double center_length) const;
  // At least ||v|| of that centre, and of all.
  double CenterLength(int64_t center) const { return lengths_[static_cast<size_t>(center)]; }
  double longest() const { return longest_; }

 private:
  void PackPanel(const CenterMatrix& centers, int64_t panel);

  int64_t centers_, columns_;
  std::vector<RunGroup> groups_;
  std::vector<float> origin_;
  std::vector<float> panels_;    // of -v, as panel_products.h says
  std::vector<float> starts_;    // ||v||^2 / 2
  std::vector<double> lengths_;  // ||v||
  double longest_ = 0;
  double relative_;  // of a sum of products
  double least_;     // what numbers lose that are too small for floats
};

}  // namespace parzen
