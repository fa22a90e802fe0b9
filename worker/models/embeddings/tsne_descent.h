// Lets the forces of t-SNE move the points downhill: gradient steps with momentum, and for each coordinate a gain that
// grows while it keeps its direction (Jacobs, 1988; van der Maaten and Hinton, 2008, section 3.4).
//
// The first 250 rounds explore: affinities are exaggerated, and momentum is .5. Then gains and momentum begin anew, and
// momentum is .8. Every 50 rounds it looks whether it has come to an end: the gradient times the gains is at most 1e-7
// long, which ends exploration, too, or the divergence has found no new lowest value for 300 rounds.
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "worker/dataset.h"
#include "worker/models/embeddings/tsne_forces.h"
#include "worker/models/unlabelled.h"

namespace parzen {

struct TsneSchedule {
  double learning_rate = 0;
  double exaggeration = 1;
  int64_t rounds = 0;
};

struct TsneEnd {
  int64_t rounds = 0;      // that were made
  bool converged = false;  // before the last of them
  double divergence = 0;   // of the last places, without exaggeration
};

// Moves `places`. Tells "kl_divergence" every 50 rounds: that of the places after them, without exaggeration.
// InvalidArgument: places ran off to where there are no numbers. Cancelled: the context said so. Uses the task arena it
// is called in; the same bits for any number of threads. Requires: at least one round.
absl::StatusOr<TsneEnd> DescendTsne(TsneForces& forces, const TsneSchedule& schedule, UnlabelledContext& context,
                                    FeatureMatrix& places);

}  // namespace parzen
