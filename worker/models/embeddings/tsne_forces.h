// What moves the points of a t-SNE picture: affinities pull together, and all points push each other away. Both are the
// gradient of the Kullback-Leibler divergence of the picture's pairs from the rows' (van der Maaten, 2014, section 4;
// with the degrees of freedom of barnes_hut.h: van der Maaten, 2009, section 3).
#pragma once

#include <functional>
#include <memory>

#include "worker/dataset.h"
#include "worker/models/embeddings/tsne_affinities.h"

namespace parzen {

// Threads: externally synchronised. Uses the task arena it is called in; the same bits for any number of threads.
class TsneForces {
 public:
  // Borrows both. `angle`: see barnes_hut.h. After a yes of `stop` (any thread asks it) results are unfinished.
  // Requires: 1 to 3 dimensions, at least one row.
  static std::unique_ptr<TsneForces> Make(const Affinities& affinities, int dimensions, double angle,
                                          const std::function<bool()>& stop);
  virtual ~TsneForces() = default;

  // The gradient at those places, were all affinities `exaggeration` times as large. Both are rows x dimensions.
  virtual void FindGradient(const FeatureMatrix& places, double exaggeration, FeatureMatrix& gradient) = 0;
  // The divergence, in nats, without exaggeration. Requires: places whose gradient was found last.
  virtual double Divergence(const FeatureMatrix& places) const = 0;
};

}  // namespace parzen
