// A sampler chooses the next point of a study. It is a numeric function of the history: it sees a search space, points
// and values, never a database or a socket.
//
// Contract, held by tests/conformance for every registered sampler:
// - The point depends only on (space, options, seed, trial number, redraw, history), never on time, threads or earlier
//   calls: a cache may make it faster, not different. History::changes says what a cache has to read.
// - Every point passes SearchSpace::Check, whatever the history holds (HistoryTrial says what that may be).
// - Parameters are seen through their Axis; a fixed parameter's axis is single(), and keeps its value.
// Threads: externally synchronised. A new sampler is one file here that registers itself under its name in the
// SamplerSpec.kind oneof of proto/study.proto.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/registry.h"
#include "proto/study.pb.h"
#include "studies/history.h"
#include "studies/search_space.h"

namespace parzen {

class Sampler {
 public:
  virtual ~Sampler() = default;

  // The point of trial `number`, or nullopt when there is none left: the space is finished. `redraw` counts the points
  // that were refused for this trial because other trials have them; a sampler that draws at random draws another one.
  // Requires: `number` is above all numbers of the history, or that of a trial which WAITs and was enqueued.
  virtual absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) = 0;

  // How many points there are in all; nullopt when that is unbounded, or when the sampler does not end by itself.
  virtual std::optional<int64_t> TotalPoints() const { return std::nullopt; }

  // Whether a point depends on how other trials went, not only on where they are.
  virtual bool Learns() const { return true; }
};

// Everything a sampler is made from; all of it but `directions` outlives the sampler.
struct SamplerInputs {
  const SearchSpace& space;
  const SearchSpec& search;
  std::vector<Direction> directions;
  const History& history;
  // Which of several independent searches a trial belongs to (Hyperband's brackets): a trial learns only from trials of
  // its own. Empty: there is one.
  std::function<int32_t(int64_t number)> bracket_of = {};
};

// InvalidArgument for options that do not fit the space.
using SamplerFactory = std::function<absl::StatusOr<std::unique_ptr<Sampler>>(const SamplerInputs&)>;

// The sampler that search.sampler names, tpe when it names none; one for each bracket where there are brackets; never
// the same point twice where search.avoid_duplicates asks for that and the space has an end; blind to what it may not
// know yet where the search is deterministic (ordered_points.h).
absl::StatusOr<std::unique_ptr<Sampler>> MakeSampler(const SamplerInputs& inputs);

}  // namespace parzen
