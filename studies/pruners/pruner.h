// A pruner ends trials that do badly before they are through. It is a numeric function of learning curves: it sees
// intermediate values, never a database or a socket.
//
// Contract, held by tests/conformance for every registered pruner:
// - The decision depends only on (options, study name, direction, history, trial, step), never on time, threads or
//   earlier calls: a cache may make it faster, not different.
// - NaN and infinite values never crash it, and are never better than a finite value.
// - A decision to stop comes with its reason in one line for people, with the numbers that decided.
// Threads: externally synchronised. A new pruner is one file here that registers itself under its name in the
// PrunerSpec.kind oneof of proto/study.proto.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "base/registry.h"
#include "proto/study.pb.h"
#include "studies/history.h"

namespace parzen {

struct PrunerDecision {
  bool stop = false;
  std::string reason;  // "0.61 at step 8 is worse than 0.74, the median of 12 trials"; of a pause, too
  bool pause = false;  // not stop, but: not now, as others may yet make way for the trial
};

class Pruner {
 public:
  virtual ~Pruner() = default;

  // Whether the trial at `index`, which has just reported its value at `step`, shall stop. Its later steps, if it has
  // any, are from an earlier attempt: they do not count. A trial that paused there may be judged again: it goes on once
  // the answer is neither. Requires: the history has that value.
  virtual PrunerDecision Judge(size_t index, int64_t step) = 0;

  // Which of several independent searches a trial belongs to; nullopt when there is only one.
  virtual std::optional<int32_t> Bracket(int64_t /*number*/) const { return std::nullopt; }
};

// Everything a pruner is made from; all of it but `direction` outlives the pruner.
struct PrunerInputs {
  const PrunerSpec& pruner;
  const std::string& study_name;
  Direction direction;
  const History& history;
  // Learn from that many of the first trials only, which are final; may grow. nullptr: from all, as they are.
  const size_t* horizon = nullptr;
  // How many trials the study will have, 0 where nobody knows; may change. nullptr: nobody knows.
  const int64_t* trials = nullptr;
};

// InvalidArgument for options that do not fit together.
using PrunerFactory = std::function<absl::StatusOr<std::unique_ptr<Pruner>>(const PrunerInputs&)>;

// The pruner that inputs.pruner names; one that never stops a trial when it names none.
absl::StatusOr<std::unique_ptr<Pruner>> MakePruner(const PrunerInputs& inputs);

}  // namespace parzen
