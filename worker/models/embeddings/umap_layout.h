// Moves the places of a UMAP picture until they have the neighbours that the rows have (McInnes, Healy and Melville,
// 2018, algorithm 5, section 4.2): each row is drawn to those it is connected with, the more often the surer that is,
// and pushed away from others drawn at random.
//
// A row's moves depend on where others are when its turn comes, and turns come in a fixed order: rows of one of 16 sets
// move at the same time, those of a set seeing each other where they were before. What is drawn at random comes from
// (epoch, row). So the bits are the same for any number of threads.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "base/random_stream.h"
#include "worker/dataset.h"
#include "worker/models/embeddings/sparse_rows.h"
#include "worker/models/embeddings/umap_curve.h"

namespace parzen {

struct UmapLayout {
  UmapCurve curve;
  int64_t epochs = 1;
  double learning_rate = 1;      // of the first epoch; it falls to 0
  int64_t negative_samples = 5;  // rows that push a row, each time that another draws it
};

// `places`: rows x 1, 2 or 3. Cancelled: `stop`, which the calling thread asks sixteen times an epoch, said so. Uses
// TBB. Requires: a symmetric graph of as many rows, with numbers above 0.
absl::Status MovePlaces(const SparseRows& graph, const UmapLayout& layout, const RandomStream& stream,
                        const std::function<bool()>& stop, FeatureMatrix& places);

}  // namespace parzen
