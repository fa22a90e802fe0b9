// A worker: asks a coordinator for trials, does them in its slots, which are processes of their own, and reports. Where
// trials are short, a slot's next one is asked for a little before the present one ends: see ahead/recent_trials.h.
//
// What happens when things fail:
//   connection breaks        trials go on without waiting for answers to their steps; reconnects with back-off, says
//                            which leases it holds, sends again what has no answer; gives up after a while, but not
//                            while it trains or has ends that are nowhere else
//   step answered with stop  the trial is pruned: it ends, its end is not reported
//   lease lost (Drop)        the trial is stopped, nothing is reported, the slot asks for the next trial; one that
//                            waits for its slot is forgotten
//   a trial waits too long   it is given back: see ahead/next_trial.h; until then its lease is held, over reconnects
//   for its slot             too, and its time limit begins when it starts
//   trial cannot be done     its failure is reported; the worker goes on
//   a slot's process dies    its trial's end says how (crash), another process takes its place: see slots/slot.h
//   the worker is killed     its slots die with it; ends that were not acknowledged are delivered by the next worker
//                            with the same cache folder: see spool/spool.h
//   drain requested, by a    no more trials are asked for, running ones end as always, then the worker ends; one on
//   signal or a message      its way or waiting for its slot is given back
//   stop requested           trials that run or wait are given back (released), then the stream is closed
//
// Threads: RunWorker blocks its thread; each slot and the stream's reader have one of their own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "rpc/tls_files.h"
#include "worker/slots/trial_watch.h"

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
  // What a trial may use, its programs included; 0: no limit.
  int64_t memory_bytes = 0;
  // What studies may require (PlacementSpec).
  std::vector<std::string> labels;
  // Folder for what is kept beyond the process's life: dataset files, what is prepared from them, ends that are not
  // acknowledged. Empty: nothing is kept, trials with dataset files can only be done embedded.
  std::string cache;
  // Dataset files and prepared data together, beyond what is in use.
  int64_t cache_bytes = int64_t{20} << 30;
  // The program that a slot runs, as `PROGRAM slot ...`: one that calls RunSlotProcess. Never empty.
  std::string slot_program;
  WatchPeriods watch;
  // The worker lives in the coordinator's own process: it reads dataset files where they are, and spools nothing.
  bool embedded = false;
  // Gives up when the coordinator cannot be reached for the first time within this ...
  absl::Duration first_connect = absl::Seconds(5);
  // ... and when a lost connection stays lost for this long, but not before its trials have ended and their ends are on
  // disk (`cache`).
  absl::Duration reconnect = absl::Minutes(10);
  // How long a stopping worker waits for its trials to be taken back.
  absl::Duration farewell = absl::Seconds(5);
};

// The program that this process runs.
inline constexpr char kThisProgram[] = "/proc/self/exe";

// Works until `stop` is requested, or `drain` and the last trial has ended (OK), or the coordinator cannot be reached
// (Unavailable) or refuses the worker (its status). InvalidArgument: the options make no sense.
absl::Status RunWorker(const WorkerOptions& options, const Stop& stop, const Stop& drain);

}  // namespace parzen
