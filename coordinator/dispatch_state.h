// What the dispatcher has to say for people and graphs: plain values, of one moment. Threads: as any value.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/study.pb.h"

namespace parzen {

// What can become of an attempt but the end of its trial.
enum class AttemptEvent { kStarted, kLost, kCrashed, kReleased, kStale };
inline constexpr size_t kAttemptEvents = 5;

// How often each happened to the trials of a study.
struct AttemptCounts {
  std::string study;
  std::array<int64_t, kAttemptEvents> count = {};
};

struct DispatchState {
  struct Study {
    std::string name;
    std::array<int64_t, TrialState_ARRAYSIZE> trials = {};  // by TrialState
  };
  std::vector<Study> studies;  // at most kMaxShownStudies, the latest
  int64_t workers = 0;         // connected
  int64_t draining = 0;        // of those
  int64_t slots = 0;           // of those
  int64_t leases = 0;          // trials that workers have
  int64_t requests = 0;        // slots that wait for a trial
};
inline constexpr size_t kMaxShownStudies = 1000;

}  // namespace parzen
