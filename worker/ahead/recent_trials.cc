#include "worker/ahead/recent_trials.h"

#include <algorithm>

namespace parzen {

void RecentTrials::Took(absl::Duration length) {
  lengths_[oldest_] = length;
  oldest_ = (oldest_ + 1) % kTrials;
}

absl::Duration RecentTrials::AskAfter() const {
  const auto [shortest, longest] = std::minmax_element(lengths_.begin(), lengths_.end());
  const bool alike = *longest - *shortest <= kLead + *shortest / 4;
  if (slots_ == 1 || *longest > kShort || !alike) return absl::InfiniteDuration();
  return std::max(*shortest / 2, *shortest - kLead);
}

}  // namespace parzen
