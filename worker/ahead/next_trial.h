// The trial that comes next in a slot. It is asked for once for each trial that runs before it, when RecentTrials says
// so, and waits here until the slot is free; its lease is held like that of a trial that runs.
//
// What happens when things fail:
//   the trial before it takes longer   it is late after kLongestWait: to be given back
//   than those before, or its slot
//   has no process for that long
//   the coordinator wants it back      it is taken out (Take), and none is asked for again before the slot is free
//
// Threads: externally synchronised; time is an argument, and steady.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/coordinator.pb.h"
#include "worker/ahead/recent_trials.h"

namespace parzen {

class NextTrial {
 public:
  struct Waiting {
    Assignment assignment;
    std::string cluster_id;  // of the coordinator that has assigned it
  };
  // More than foreseen trials differ by, less than the time that a coordinator leaves a trial beyond its limit.
  static constexpr absl::Duration kLongestWait = absl::Seconds(2);

  // The slot has got the trial before it.
  void Began(absl::Duration now);
  // That one is over: how long it took; nullopt when the slot never got it.
  std::optional<absl::Duration> Ended(absl::Duration now);

  // When to ask while a trial of `study` runs; InfiniteDuration: no more, or none runs.
  absl::Duration AskAt(const RecentTrials& recent, absl::string_view study) const;
  void Asked() { asked_ = true; }

  // It has come. Requires: none waits.
  void Wait(Waiting next, absl::Duration now);
  // The lease of the one that waits; null when none does.
  const Lease* lease() const { return waiting_.has_value() ? &waiting_->assignment.lease() : nullptr; }
  // When it is late; InfiniteDuration when none waits.
  absl::Duration LateAt() const;
  // Out of here: to start it, or to give it back.
  std::optional<Waiting> Take();

 private:
  std::optional<absl::Duration> began_;  // the trial before it, while that runs
  bool asked_ = false;                   // since that began
  std::optional<Waiting> waiting_;
  absl::Duration waits_since_;
};

}  // namespace parzen
