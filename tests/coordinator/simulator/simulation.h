// The cluster in virtual time: the real dispatcher, leases, samplers, pruners and store against simulated workers,
// people and other programs, while everything that can go wrong does. One seed is one run, the same to the last message
// however often it is repeated.
//
//   SimulatedDisk disk = ...;                              // one for many runs
//   Outcome outcome = Simulate(disk, seed, /*traced=*/false);
//   if (outcome.broken) ...                                // run it again with a trace
//
// A run has two parts: first troubles, as the seed wants them; then calm, in which everything must come to an end:
// every study with exactly its trials, every result acknowledged. The referee (referee.h) lists the rules.
//
// Threads: a disk and its runs belong to one thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "studies/store/store.h"

namespace parzen {

// A database file in memory, with a connection for the coordinator and one for another program. Removes the file.
class SimulatedDisk {
 public:
  // In `folder`, which should be in memory.
  static absl::StatusOr<std::unique_ptr<SimulatedDisk>> Create(const std::string& folder);
  ~SimulatedDisk();

  // As after Create.
  absl::Status Wipe();
  // All that a trial is, one line each, by study and number.
  absl::StatusOr<std::vector<std::string>> Table();
  Store& store() { return *store_; }
  Store& other_store() { return *other_store_; }

 private:
  explicit SimulatedDisk(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  std::unique_ptr<Store> store_, other_store_;
  std::string wipe_sql_;
};

struct Outcome {
  // The rule that was broken, and how; nullopt when all held.
  std::optional<std::pair<std::string, std::string>> broken;
  std::map<std::string, int64_t> faults;  // how many of each kind
  int64_t trials = 0;
  int64_t results = 0;  // acknowledged
  int64_t events = 0;
  absl::Duration virtual_time;
  std::vector<std::string> log;    // of a traced run
  std::vector<std::string> table;  // of a deterministic study: number, state, parameters, value, steps of each trial
};

Outcome Simulate(SimulatedDisk& disk, uint64_t seed, bool traced);
// One deterministic study, drawn from `study_seed`, under the workers and troubles of `trouble_seed`: its table is to
// be the same for all of these.
Outcome SimulateDeterministic(SimulatedDisk& disk, uint64_t study_seed, uint64_t trouble_seed, bool traced);

}  // namespace parzen
