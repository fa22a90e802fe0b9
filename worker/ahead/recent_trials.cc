#include "worker/ahead/recent_trials.h"

#include <algorithm>

namespace parzen {

void RecentTrials::Took(absl::string_view study, absl::Duration length) {
  if (study_ != study) {
    study_ = std::string(study);
    known_ = oldest_ = 0;
  }
  lengths_[oldest_] = length;
  oldest_ = (oldest_ + 1) % kTrials;
  known_ = std::min(known_ + 1, kTrials);
}

absl::Duration RecentTrials::AskAfter(absl::string_view study) const {
  if (known_ < kTrials || study_ != study) return absl::InfiniteDuration();
  const auto [shortest, longest] = std::minmax_element(lengths_.begin(), lengths_.end());
  const bool alike = *longest - *shortest <= kLead + *shortest / 4;
  if (slots_ == 1 || *longest > kShort || !alike) return absl::InfiniteDuration();
  return std::max(*shortest / 2, *shortest - kLead);
}

}  // namespace parzen
