// What happens in a run: drawn from its seed, so that thousands of seeds cover many shapes of studies, workers and
// troubles. Immutable once drawn.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "proto/study.pb.h"
#include "tests/coordinator/simulator/network.h"

namespace parzen {

struct WorkerPlan {
  int slots = 1;
  LinkSpeed link;
  double clock_rate = 1;  // its seconds, in true ones
  bool spools = false;    // keeps results that are not acknowledged over its death
  bool labelled = false;  // "gpu"
  // Its slots ask for a next trial while one runs, more often and earlier than real ones, whatever they have seen.
  bool asks_ahead = false;
};

struct StudyPlan {
  StudySpec spec;
  absl::Duration created;     // when somebody first tries to
  absl::Duration trial_time;  // mean
  double failing = 0;         // share of trials that fail by themselves
  double crashing = 0;        // share of attempts that take their slot with them
};

// Mean times between faults of a kind, of the whole cluster; absl::InfiniteDuration(): none.
struct Troubles {
  absl::Duration worker_killed = absl::InfiniteDuration();
  absl::Duration worker_stopped = absl::InfiniteDuration();
  absl::Duration worker_drained = absl::InfiniteDuration();
  absl::Duration worker_frozen = absl::InfiniteDuration();
  absl::Duration stream_broken = absl::InfiniteDuration();
  absl::Duration worker_cut_off = absl::InfiniteDuration();
  absl::Duration coordinator_killed = absl::InfiniteDuration();
  absl::Duration coordinator_frozen = absl::InfiniteDuration();
  absl::Duration disk_full = absl::InfiniteDuration();
  absl::Duration clock_jump = absl::InfiniteDuration();
  absl::Duration edit = absl::InfiniteDuration();
  absl::Duration foreign_write = absl::InfiniteDuration();
  // Chances of each transaction.
  double cannot_begin = 0;  // the file's lock is held
  double commit_fails = 0;
  double dies_before_commit = 0;
  double dies_after_commit = 0;
  double dies_while_answering = 0;
};

struct Scenario {
  absl::Duration lease;
  std::vector<WorkerPlan> workers;
  std::vector<StudyPlan> studies;
  Troubles troubles;
  absl::Duration commit_time;  // mean
  absl::Duration calm;         // from then on nothing goes wrong any more
};

Scenario DrawScenario(uint64_t seed);
// The first study of that seed's scenario, made deterministic (search.deterministic), and without what is outside of
// that promise: limits on attempts and time.
StudyPlan DrawDeterministicStudy(uint64_t seed);
// The scenario with this study alone, and nobody who edits it.
Scenario WithStudy(Scenario scenario, StudyPlan study);

}  // namespace parzen
