// Locally linear embedding (Roweis and Saul, 2000): each row is made up of its nearest neighbours, and so is its place
// of theirs. Places are the eigenvectors of (I - W)'(I - W) with the smallest eigenvalues, but for the constant one; of
// mean square 1, and each dimension with its largest number, by absolute value, positive.
//
// Neighbours that form several groups have no such picture: InvalidArgument says how many. Rows that are equal are
// neighbours like others; those whose neighbours are all equal to them have equal weights. The factor that eigenvectors
// are found with (sparse_cholesky.h) limits how many rows there may be; of rows with many features, about 30,000.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/models/embeddings/embedder.h"

namespace parzen {

// Of `spec.locally_linear()`. Registered as "locally_linear".
absl::StatusOr<std::unique_ptr<Embedder>> MakeLocallyLinear(const TrainSpec& spec);

}  // namespace parzen
