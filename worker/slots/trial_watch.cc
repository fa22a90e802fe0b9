#include "worker/slots/trial_watch.h"

#include <algorithm>

namespace parzen {

void TrialWatch::Begin(absl::Duration limit, absl::Duration now) {
  running_ = true;
  kill_ = false;
  cause_ = Cause::kNone;
  missed_ = 0;
  limit_at_ = now + limit;
  kill_at_ = absl::InfiniteDuration();
  ping_at_ = now + periods_.ping;
  measure_at_ = memory_bytes_ > 0 ? now + periods_.memory : absl::InfiniteDuration();
}

void TrialWatch::Cancelled(absl::Duration now) {
  if (!running_ || kill_ || kill_at_ != absl::InfiniteDuration()) return;
  kill_at_ = now + periods_.cancel;
  if (cause_ == Cause::kNone) cause_ = Cause::kCancelled;
}

void TrialWatch::Measured(int64_t bytes) {
  if (memory_bytes_ > 0 && bytes > memory_bytes_) Kill(Cause::kOutOfMemory);
}

void TrialWatch::Kill(Cause cause) {
  if (!running_) return;
  kill_ = true;
  if (cause_ == Cause::kNone) cause_ = cause;
}

TrialWatch::Orders TrialWatch::Check(absl::Duration now) {
  Orders orders;
  if (!running_) return orders;
  if (now >= limit_at_) {
    limit_at_ = absl::InfiniteDuration();
    if (cause_ == Cause::kNone) cause_ = Cause::kTimeUp;
    orders.cancel = kill_at_ == absl::InfiniteDuration();
    kill_at_ = std::min(kill_at_, now + periods_.cancel);
  }
  if (now >= ping_at_) {
    ping_at_ = now + periods_.ping;
    orders.ping = missed_ == 0;
    if (++missed_ > periods_.missed_pings) Kill(Cause::kHung);
  }
  if (now >= measure_at_) {
    measure_at_ = now + periods_.memory;
    orders.measure = true;
  }
  if (now >= kill_at_) {
    kill_at_ = absl::InfiniteDuration();
    kill_ = true;
  }
  orders.kill = kill_;
  return orders;
}

absl::Duration TrialWatch::next() const {
  if (!running_) return absl::InfiniteDuration();
  return std::min({limit_at_, kill_at_, ping_at_, measure_at_});
}

}  // namespace parzen
