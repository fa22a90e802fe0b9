// How long a worker's trials have taken lately, and so when a slot may ask for its next trial while the present one
// still runs. That hides the way from a trial's end over the coordinator's disk to the next one's start. But a trial
// that waits in a worker is a loss for a slot that is idle elsewhere, and it was suggested without the results that
// come meanwhile. So it is asked for late, and only where the present trial's end can be foreseen: the last trials were
// short, of the same study, and took about the same time.
//
// The only slot of a worker does not ask ahead: a study that it does alone goes on one trial after the other, each made
// with the results of all before it.
//
// Threads: externally synchronised; time is an argument.
#pragma once

#include <array>
#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace parzen {

class RecentTrials {
 public:
  // How many trials it looks back.
  static constexpr size_t kTrials = 8;
  // The longest of them takes at most this.
  static constexpr absl::Duration kShort = absl::Seconds(5);
  // So long before the end that is expected: an answer takes milliseconds, tens where many slots ask at once.
  static constexpr absl::Duration kLead = absl::Milliseconds(100);

  explicit RecentTrials(int slots) : slots_(slots) {}

  // A trial of the study has had its result after so long.
  void Took(absl::string_view study, absl::Duration length);
  // How long after the beginning of such a trial its slot may ask for the next one; InfiniteDuration: after its end
  // only.
  absl::Duration AskAfter(absl::string_view study) const;

 private:
  const int slots_;
  std::string study_;                            // that the latest were of
  std::array<absl::Duration, kTrials> lengths_;  // of the latest of that study, the first `known_`
  size_t known_ = 0;
  size_t oldest_ = 0;
};

}  // namespace parzen
