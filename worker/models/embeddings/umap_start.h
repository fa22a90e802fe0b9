// Where the rows of a UMAP picture begin.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/embeddings/sparse_rows.h"

namespace parzen {

// rows x dimensions. RANDOM: uniform in [-10, 10]. Others extend over 10 in each dimension, around 0, with a little
// noise that tells equal rows apart. SPECTRAL: the eigenvectors of the graph's normalised Laplacian with the smallest
// eigenvalues, but for the constant one (Belkin and Niyogi, 2003); PCA instead where the graph is of several groups,
// which the Laplacian would put on a point each, or the eigenvectors lie so close together that they are not found.
// PCA: the first principal components, as 4,096 rows show them. Dimensions that the rows do not have are noise.
//
// Cancelled: `stop` (any thread asks it) said so. Uses TBB; the bits do not depend on the number of threads.
absl::StatusOr<FeatureMatrix> StartPlaces(Umap::Start start, const FeatureRef& rows, const SparseRows& graph,
                                          int64_t dimensions, RandomStream stream, const std::function<bool()>& stop);

}  // namespace parzen
