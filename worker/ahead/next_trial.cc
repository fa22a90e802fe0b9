#include "worker/ahead/next_trial.h"

#include <utility>

namespace parzen {

void NextTrial::Began(absl::Duration now) {
  began_ = now;
  asked_ = false;
}

std::optional<absl::Duration> NextTrial::Ended(absl::Duration now) {
  const std::optional<absl::Duration> began = std::exchange(began_, std::nullopt);
  return began.has_value() ? std::optional<absl::Duration>(now - *began) : std::nullopt;
}

absl::Duration NextTrial::AskAt(const RecentTrials& recent, absl::string_view study) const {
  return began_.has_value() && !asked_ ? *began_ + recent.AskAfter(study) : absl::InfiniteDuration();
}

void NextTrial::Wait(Waiting next, absl::Duration now) {
  waiting_ = std::move(next);
  waits_since_ = now;
}

absl::Duration NextTrial::LateAt() const {
  return waiting_.has_value() ? waits_since_ + kLongestWait : absl::InfiniteDuration();
}

std::optional<NextTrial::Waiting> NextTrial::Take() { return std::exchange(waiting_, std::nullopt); }

}  // namespace parzen
