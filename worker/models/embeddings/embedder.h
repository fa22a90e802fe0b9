// An embedder places rows in two or three dimensions (or on a line), for people to look at. It is a function of (rows,
// options, random stream); it knows no RPC and no study.
//
// Contract, held by tests/conformance for every registered embedder: the result depends only on rows, options and the
// random stream, bit for bit, not on the number of threads of the task arena it runs in; places are finite; wrong
// options, and rows that it cannot take (too few, neighbours that do not hang together), give InvalidArgument that
// says so; a request to stop is obeyed within a second. A new one is one file here that registers itself under its name
// in the TrainSpec.model oneof of proto/train.proto.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "base/registry.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/unlabelled.h"

namespace parzen {

class Embedder {
 public:
  virtual ~Embedder() = default;

  // Places of `rows`, of finite numbers: rows x dimensions. What else there is to tell goes to `metrics`: iterations,
  // `train.kl_divergence`, `train.stress`.
  virtual absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                              TrainMetrics& metrics) const = 0;
};

// InvalidArgument for options that no data could make right.
using EmbedderFactory = std::function<absl::StatusOr<std::unique_ptr<Embedder>>(const TrainSpec& spec)>;

}  // namespace parzen
