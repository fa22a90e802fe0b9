// A sampler chooses the next point of a study. It is a numeric function of the history: it sees a search space, points
// and values, never a database or a socket.
//
// Contract, held by tests/conformance for every registered sampler:
// - The point depends only on (space, options, seed, trial number, history), never on time, threads or earlier calls: a
//   cache may make it faster, not different. The history is append-only between calls but for states that advance.
// - Every point passes SearchSpace::Check.
// - Suggest never changes what it is given.
// Threads: externally synchronised. A new sampler is one file here that registers itself under its name in the
// SamplerSpec.kind oneof of proto/study.proto.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/registry.h"
#include "proto/study.pb.h"
#include "studies/search_space.h"

namespace parzen {

// One trial as samplers see it.
struct HistoryTrial {
  int64_t number = 0;
  TrialState state = RUNNING;
  Point point;
  std::vector<double> values;  // one an objective when COMPLETE; empty otherwise
};

// All trials of the study by number, running ones included.
using History = absl::Span<const HistoryTrial>;

class Sampler {
 public:
  virtual ~Sampler() = default;

  // The point of trial `number`, or nullopt when there is none left: the space is finished.
  virtual absl::StatusOr<std::optional<Point>> Suggest(int64_t number, History history) = 0;

  // How many points there are in all; nullopt when unbounded.
  virtual std::optional<int64_t> TotalPoints() const { return std::nullopt; }
};

// Everything a sampler is made from. `space` and `search` outlive the sampler.
struct SamplerInputs {
  const SearchSpace& space;
  const SearchSpec& search;
  std::vector<Direction> directions;
};

// InvalidArgument for options that do not fit the space.
using SamplerFactory = std::function<absl::StatusOr<std::unique_ptr<Sampler>>(const SamplerInputs&)>;

// The sampler that search.sampler names; random when it names none.
absl::StatusOr<std::unique_ptr<Sampler>> MakeSampler(const SamplerInputs& inputs);

}  // namespace parzen
