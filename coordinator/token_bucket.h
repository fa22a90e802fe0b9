// A bound on a rate: tokens come in evenly, up to a most; each event takes one. Threads: externally synchronised.
#pragma once

#include <algorithm>
#include <optional>

#include "absl/time/time.h"

namespace parzen {

class TokenBucket {
 public:
  // Full. `burst`: the most it holds.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes one; false when there is none. `now`: steady time, which never goes back.
  bool Take(absl::Duration now) {
    Fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  // Nothing was taken for so long that it is as good as new.
  bool Full(absl::Duration now) {
    Fill(now);
    return tokens_ >= burst_;
  }

 private:
  void Fill(absl::Duration now) {
    if (last_.has_value()) tokens_ = std::min(burst_, tokens_ + per_second_ * absl::ToDoubleSeconds(now - *last_));
    last_ = now;
  }

  double per_second_;
  double burst_;
  double tokens_;
  std::optional<absl::Duration> last_;
};

}  // namespace parzen
