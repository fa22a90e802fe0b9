// What a trial does: an objective takes one kind of TrialTask from its parameters to what it measured.
//
// Contract, held by tests/conformance for every registered objective:
// - A task of another kind, or one that cannot be done as it is, is InvalidArgument (or NotFound, for a missing file).
// - Once hooks.stop is requested, or hooks.report has returned false, Run returns Cancelled within a second (a program
//   that does not listen: within three).
// - The same task gives the same result (but for measured times), as far as it is in Parzen's hand; also when it pauses
//   on the way, as often as may be, and goes on from where it was.
// - Steps are reported in the order in which they are reached, from the thread that calls Run.
// An objective belongs to one slot and may keep what helps its next trial, such as a running program. Threads:
// externally synchronised. A new objective is one file here that registers itself under its name in the TrialTask.work
// oneof of proto/work.proto.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/registry.h"
#include "base/stop.h"
#include "proto/work.pb.h"
#include "worker/checkpointing.h"
#include "worker/prepared_data.h"

namespace parzen {

// How a running trial is watched and ended from outside.
struct TrialHooks {
  // Requested: end as soon as possible.
  const Stop& stop;
  // An intermediate value; false: the trial shall end now (pruned or to pause, unless stop is requested too). May wait
  // for the coordinator's answer, but not beyond stop.
  std::function<bool(int64_t step, double value)> report;
  // A trial that pauses may leave what it needs to go on; task.progress has it then.
  PauseHooks pause = {};
};

class Objective {
 public:
  virtual ~Objective() = default;

  // Does one trial. Cancelled: a hook asked to end it. Any other error is the trial's own failure, for people, in one
  // line. No exception leaves it.
  virtual absl::StatusOr<TrialResult> Run(const TrialTask& task, const TrialHooks& hooks) = 0;
};

// Everything an objective is made from; the cache outlives it.
struct ObjectiveInputs {
  DataCache& cache;
  bool allow_commands = false;  // WorkerOptions::allow_commands
};

using ObjectiveFactory = std::function<std::unique_ptr<Objective>(const ObjectiveInputs&)>;

// One slot's objectives, each made when its first trial comes and kept from then on. Threads: externally synchronised;
// created, used and destroyed on one thread (a program dies with the thread that started it).
class Objectives {
 public:
  explicit Objectives(const ObjectiveInputs& inputs) : inputs_(inputs) {}

  // Runs the task by the objective of its kind. InvalidArgument, naming the kind, when there is none.
  absl::StatusOr<TrialResult> Run(const TrialTask& task, const TrialHooks& hooks);

 private:
  const ObjectiveInputs inputs_;
  std::map<std::string, std::unique_ptr<Objective>> made_;
};

// The name of the task's kind: "train", "function", ...; empty when it has none.
std::string WorkName(const TrialTask& task);
// The trial's number in its study.
int64_t TrialNumber(const TrialTask& task);

}  // namespace parzen
