// Virtual time: what is to happen, ordered by when, and by who came first at the same time. Threads: externally
// synchronised.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/time/time.h"

namespace parzen {

class EventQueue {
 public:
  using Event = std::function<void()>;

  // Since the start of the run.
  absl::Duration now() const { return now_; }
  // Events that have happened.
  int64_t happened() const { return happened_; }

  // A time that has passed means now.
  void At(absl::Duration time, Event event) {
    heap_.push_back({std::max(time, now_), next_sequence_++, std::move(event)});
    std::push_heap(heap_.begin(), heap_.end(), Later);
  }
  void After(absl::Duration delay, Event event) { At(now_ + delay, std::move(event)); }

  // Moves on to the next event and lets it happen; false when there is none.
  bool RunNext() {
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end(), Later);
    const Entry next = std::move(heap_.back());
    heap_.pop_back();
    now_ = next.time;
    ++happened_;
    next.event();
    return true;
  }

 private:
  struct Entry {
    absl::Duration time;
    int64_t sequence;
    Event event;
  };
  static bool Later(const Entry& a, const Entry& b) {
    return std::tie(a.time, a.sequence) > std::tie(b.time, b.sequence);
  }

  absl::Duration now_;
  int64_t happened_ = 0;
  int64_t next_sequence_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace parzen
