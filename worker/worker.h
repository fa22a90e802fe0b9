// A worker: asks a coordinator for trials, does them in its slots, and reports.
//
// What happens when things fail:
//   connection breaks        trials go on without waiting for answers to their steps; reconnects with back-off, says
//                            which leases it holds, sends again what has no answer
//   step answered with stop  the trial is pruned: it ends, its end is not reported
//   lease lost (Drop)        the trial is stopped, nothing is reported, the slot asks for the next trial
//   trial cannot be done     its failure is reported; the worker goes on
//   stop requested           running trials are given back (released), then the stream is closed
// Threads: Run blocks its thread; each slot and the stream's reader have one of their own.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "rpc/tls_files.h"
#include "worker/prepared_data.h"

namespace parzen {

struct WorkerOptions {
  // "HOST:PORT" or "unix:PATH".
  std::string coordinator = "127.0.0.1:7717";
  // Read at each dial; empty: the coordinator is dialled without encryption.
  TlsFiles tls;
  // For people; empty: the host's name and the pid.
  std::string name;
  // Trials done at the same time.
  int slots = 1;
  // TBB threads of each slot; 0: the machine's cores divided by the slots.
  int threads = 0;
  // Trials may run programs (CommandSpec).
  bool allow_commands = false;
  // The worker lives in the coordinator's own process.
  bool embedded = false;
  // Gives up when the coordinator cannot be reached for the first time within this ...
  absl::Duration first_connect = absl::Seconds(5);
  // ... and when a lost connection stays lost for this long.
  absl::Duration reconnect = absl::Minutes(10);
  // How long a stopping worker waits for its trials to be taken back.
  absl::Duration farewell = absl::Seconds(5);
};

// Works until `stop` is requested (OK) or the coordinator cannot be reached (Unavailable) or refuses the worker (its
// status). `cache` may be shared with others in the process.
absl::Status RunWorker(const WorkerOptions& options, DataCache& cache, const Stop& stop);

}  // namespace parzen
