// Rounds of k-means from given centres: each row goes to its nearest centre, and each centre to the mean of its rows
// (Lloyd, Least Squares Quantization in PCM, 1982), or to the mean of those of the rows drawn so far that went to it
// (Sculley, Web-Scale K-Means Clustering, 2010).
//
// Rows whose nearest centre cannot have changed are left out, by bounds of their distances from it and from all others
// (Hamerly, Making k-means Even Faster, 2010); the others are scored against all centres at once. Which centre is
// nearest is decided in 64-bit floats (nearest_centers.h), so the bounds change nothing but the time. All of it uses
// the task arena it is called in, and is the same on any number of threads.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/models/clusters/center_scores.h"
#include "worker/models/stop_check.h"

namespace parzen {

struct KMeansResult {
  CenterMatrix centers;         // clusters x features
  std::vector<int32_t> labels;  // rows: the nearest centre of each, the first of equals
  double inertia = 0;           // the sum of the squared distances of the rows from these
  int64_t iterations = 0;
  bool converged = false;  // before max_iterations
};

// What all beginnings share.
struct LloydRun {
  const FeatureRef& rows;
  const KMeans& options;
  Eigen::RowVectorXd mean;  // of the rows
  double spread;            // their mean squared distance from it
  StopCheck& stop;
  // After each round, from 1 on: the sum of the squared distances of the rows from the centres where these are now, by
  // the labels of the round; with mini_batch, that of the rows drawn before the centres moved, scaled up to all rows.
  // False: end now. May be empty.
  std::function<bool(int64_t round, double inertia)> report;
};

// A centre without rows goes to the row that is furthest from its own centre, if that one has others and is not at the
// same place; of several such centres the first takes the furthest row. (With mini_batch it stays.) Ends as
// scikit-learn does: when no row changes its cluster, or the squared moves of a round add up to no more than
// `tolerance` times the mean variance of the features. Cancelled: a stop was asked for, or by the report.
absl::StatusOr<KMeansResult> RunLloyd(const LloydRun& run, CenterMatrix centers, RandomStream stream);

}  // namespace parzen
