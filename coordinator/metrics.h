// What the coordinator tells Prometheus of itself (README, "Watching it").
//
// Counters start at 0 with the process. What belongs to a study is shown for the latest kMaxShownStudies of them, so
// that no number of studies makes a scrape large; the rest is counted under study="". Threads: internally synchronised;
// counting takes an atomic or two and never waits for a scrape.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/dispatch_state.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace parzen {

class Metrics {
 public:
  explicit Metrics(absl::string_view version);

  // --- Of the commit loop.
  // A batch of so many inputs, the oldest of which came `waited` before its answers left, was on disk after `took`.
  void Committed(size_t batch, absl::Duration took, absl::Duration waited);
  void CommitFailed();
  // Whether anything can be stored at the moment.
  void SetStoring(bool storing) { storing_.Set(storing ? 1 : 0); }
  void Add(const std::vector<AttemptCounts>& attempts);
  void Set(const DispatchState& state);
  void SetEpoch(int64_t epoch) { epoch_.Set(static_cast<double>(epoch)); }

  // --- Of the services.
  void StreamOpened() { streams_.Increment(); }
  void StreamClosed() { streams_.Decrement(); }
  // A peer or a message that was not let in.
  void Refused() { refused_.Increment(); }
  void DatasetBytesServed(int64_t bytes) { dataset_bytes_.Increment(static_cast<double>(bytes)); }

  // All of it in Prometheus's text format. Looks at the disk of `database`.
  std::string Render(const std::string& database);

 private:
  struct StudySeries {
    std::array<int64_t, TrialState_ARRAYSIZE> seen = {};  // final trials that are counted
    std::array<prometheus::Counter*, TrialState_ARRAYSIZE> finals = {};
    std::array<prometheus::Counter*, kAttemptEvents> attempts = {};
    prometheus::Gauge* running = nullptr;
    prometheus::Gauge* waiting = nullptr;
  };

  StudySeries& SeriesOf(const std::string& study) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(StudySeries& series);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& trials_;
  prometheus::Family<prometheus::Counter>& attempts_;
  prometheus::Family<prometheus::Gauge>& running_;
  prometheus::Family<prometheus::Gauge>& waiting_;
  prometheus::Gauge& workers_;
  prometheus::Gauge& draining_;
  prometheus::Gauge& slots_;
  prometheus::Gauge& leases_;
  prometheus::Gauge& requests_;
  prometheus::Gauge& streams_;
  prometheus::Counter& refused_;
  prometheus::Counter& dataset_bytes_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& answer_seconds_;
  prometheus::Histogram& batch_size_;
  prometheus::Counter& failed_commits_;
  prometheus::Gauge& storing_;
  prometheus::Gauge& epoch_;
  prometheus::Gauge& free_bytes_;
  prometheus::Gauge& database_bytes_;
  prometheus::Gauge& log_bytes_;

  absl::Mutex mutex_;
  std::map<std::string, StudySeries> series_ ABSL_GUARDED_BY(mutex_);  // by study; "" is all that are not shown
};

}  // namespace parzen
