// A clusterer finds groups among rows whose classes it is not shown. It is a function of (rows, options, random
// stream); it knows no RPC and no study.
//
// Contract, held by tests/conformance for every registered clusterer: the result depends only on rows, options and the
// random stream, bit for bit, not on the number of threads of the task arena it runs in; clusters are in [0,
// clusters()); wrong options, fewer rows than clusters, and rows that it cannot take give InvalidArgument; a request to
// stop is obeyed within a second. A new one is one file here that registers itself under its name in the
// TrainSpec.model oneof of proto/train.proto.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/random_stream.h"
#include "base/registry.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/models/unlabelled.h"

namespace parzen {

class Clusterer {
 public:
  virtual ~Clusterer() = default;

  // Learns from `rows`, of finite numbers. May be called once.
  virtual absl::Status Fit(const FeatureRef& rows, UnlabelledContext& context) = 0;

  // All below require: Fit returned OK, and as many features as it saw.
  virtual int clusters() const = 0;
  // clusters x features.
  virtual FeatureMatrix Centers() const = 0;
  // The cluster of each row.
  virtual std::vector<int32_t> Assign(const FeatureRef& rows) const = 0;
  // How well it knows rows, by what it lowers or raises: `inertia` or `log_likelihood`.
  virtual void MeasureFit(const FeatureRef& rows, PartMetrics& metrics) const = 0;
  // What else there is to tell of the fit: iterations, information criteria.
  virtual void Describe(TrainMetrics& metrics) const = 0;
  // New rows like those it saw: count x features. nullopt: it cannot.
  virtual std::optional<FeatureMatrix> Sample(int64_t count, RandomStream& stream) const {
    (void)count, (void)stream;
    return std::nullopt;
  }
};

// InvalidArgument for options that no data could make right.
using ClustererFactory = std::function<absl::StatusOr<std::unique_ptr<Clusterer>>(const TrainSpec& spec)>;

}  // namespace parzen
