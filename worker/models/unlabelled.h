// What models that learn without labels (clusters, embeddings) may ask of their surroundings.
#pragma once

#include <cstdint>
#include <functional>

#include "absl/strings/string_view.h"
#include "base/random_stream.h"

namespace parzen {

// Calls come from one thread at a time, but for stop_requested.
struct UnlabelledContext {
  RandomStream stream;
  // True when learning should end now, with Cancelled. Cheap; asked often, from any thread.
  std::function<bool()> stop_requested = [] { return false; };
  // Told of a metric of PartMetrics ("inertia") after steps 1, 2, ... of a model that learns in steps. False: learning
  // should end now (the trial is pruned), with Cancelled.
  std::function<bool(absl::string_view metric, int64_t step, double value)> report = [](absl::string_view, int64_t,
                                                                                        double) { return true; };
};

}  // namespace parzen
