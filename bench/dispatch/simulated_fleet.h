// Many workers without their trials: each holds a stream of its own to a real coordinator, over a connection of its
// own, and says on it what worker/worker_loop says, but "trains" by waiting. gRPC's threads serve all of them, so a
// thousand cost no thread each. Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace parzen {

struct FleetOptions {
  std::string coordinator;  // what DialCoordinator takes
  int workers = 1;
  int slots = 1;
  // How long a trial takes: drawn for each between half and one and a half times as much. Zero: its end is sent at
  // once.
  absl::Duration trial;
};

class SimulatedFleet {
 public:
  // Begins to connect all workers.
  explicit SimulatedFleet(const FleetOptions& options);
  // Cuts all streams.
  ~SimulatedFleet();

  // What has happened so far, all workers together.
  struct Count {
    int64_t welcomed = 0;
    int64_t assigned = 0;      // assignments received
    int64_t acknowledged = 0;  // ends of trials that count
    int64_t refused = 0;       // ends that do not, and drops
    absl::Status broken;       // why the first stream ended that was not cut by us
  };
  Count Read();
  // Waits until so many have happened of a kind. DeadlineExceeded, or why a stream ended.
  absl::Status WaitFor(int64_t Count::*kind, int64_t wanted, absl::Duration timeout);

  // From the end of each trial until the next one arrived for its slot, since the last call.
  std::vector<absl::Duration> TakeLatencies();

 private:
  class Worker;
  struct Shared;  // by the workers

  std::unique_ptr<Shared> shared_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace parzen
