// UMAP (McInnes, Healy and Melville, "UMAP: uniform manifold approximation and projection", 2018): a graph of which
// rows are neighbours, how surely (fuzzy_graph.h), a start (umap_start.h), and places that move until their graph is
// like that (umap_layout.h). Connections that would not have a turn in all epochs are left out.
//
// Groups of rows that are not connected keep their start from the principal components, and are pushed apart. Rows that
// are equal are neighbours like others, at distance 0.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "proto/train.pb.h"
#include "worker/models/embeddings/embedder.h"

namespace parzen {

// Of `spec.umap()`. Registered as "umap".
absl::StatusOr<std::unique_ptr<Embedder>> MakeUmap(const TrainSpec& spec);

}  // namespace parzen
