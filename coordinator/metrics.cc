#include "coordinator/metrics.h"

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "prometheus/text_serializer.h"
#include "studies/store/disk_room.h"

namespace parzen {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Registry;

constexpr const char* kAttemptEventNames[kAttemptEvents] = {"started", "lost", "crashed", "released", "stale"};
constexpr TrialState kFinalStates[] = {COMPLETE, PRUNED, FAIL};

// Seconds: from a fast disk to one that is in trouble.
const Histogram::BucketBoundaries kSeconds = {0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5};
const Histogram::BucketBoundaries kSizes = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

Gauge& AddGauge(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
}

Counter& AddCounter(Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

Histogram& AddHistogram(Registry& registry, const char* name, const char* help,
                        const Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

}  // namespace

Metrics::Metrics(absl::string_view version)
    : trials_(prometheus::BuildCounter()
                  .Name("parzen_trials_total")
                  .Help("Trials that reached a final state, those from before the start included")
                  .Register(registry_)),
      attempts_(prometheus::BuildCounter()
                    .Name("parzen_attempts_total")
                    .Help("Attempts that started, and how they ended other than with their trial; stale: an end that "
                          "came too late and was not counted")
                    .Register(registry_)),
      running_(prometheus::BuildGauge()
                   .Name("parzen_trials_running")
                   .Help("Trials that are being done")
                   .Register(registry_)),
      waiting_(prometheus::BuildGauge().Name("parzen_trials_waiting").Help("Trials in the queue").Register(registry_)),
      workers_(AddGauge(registry_, "parzen_workers_connected", "Workers that are connected")),
      draining_(AddGauge(registry_, "parzen_workers_draining", "Of those, workers that take no more trials")),
      slots_(AddGauge(registry_, "parzen_slots", "Trials that the connected workers can do at the same time")),
      leases_(AddGauge(registry_, "parzen_leases", "Trials that workers have")),
      requests_(AddGauge(registry_, "parzen_requests_waiting", "Slots that wait for a trial")),
      streams_(AddGauge(registry_, "parzen_streams_open", "Streams of workers that are open")),
      refused_(AddCounter(registry_, "parzen_refused_total", "Peers and messages that were not let in")),
      dataset_bytes_(AddCounter(registry_, "parzen_dataset_bytes_served_total", "Bytes of datasets sent to workers")),
      commit_seconds_(AddHistogram(registry_, "parzen_commit_seconds",
                                   "Time that the work and the commit of one batch took", kSeconds)),
      answer_seconds_(AddHistogram(registry_, "parzen_answer_seconds",
                                   "Time from the oldest message of a batch to its answer, which may be the next trial",
                                   kSeconds)),
      batch_size_(AddHistogram(registry_, "parzen_commit_batch_size", "Messages that shared one commit", kSizes)),
      failed_commits_(AddCounter(registry_, "parzen_commits_failed_total", "Batches that could not be stored")),
      storing_(AddGauge(registry_, "parzen_storing", "1 while the study database can be written, else 0")),
      epoch_(AddGauge(registry_, "parzen_epoch", "Counts the coordinators that have owned the database")),
      free_bytes_(AddGauge(registry_, "parzen_database_free_bytes", "Bytes that are free on the database's disk")),
      database_bytes_(AddGauge(registry_, "parzen_database_bytes", "Size of the database file")),
      log_bytes_(AddGauge(registry_, "parzen_database_log_bytes", "Size of the database's write-ahead log")) {
  prometheus::BuildGauge()
      .Name("parzen_build_info")
      .Help("Always 1; the label has the version")
      .Register(registry_)
      .Add({{"version", std::string(version)}})
      .Set(1);
}

void Metrics::Committed(size_t batch, absl::Duration took, absl::Duration waited) {
  commit_seconds_.Observe(absl::ToDoubleSeconds(took));
  if (batch == 0) return;
  answer_seconds_.Observe(absl::ToDoubleSeconds(waited));
  batch_size_.Observe(static_cast<double>(batch));
}

void Metrics::CommitFailed() {
  failed_commits_.Increment();
  SetStoring(false);
}

void Metrics::Add(const std::vector<AttemptCounts>& attempts) {
  if (attempts.empty()) return;
  absl::MutexLock lock(&mutex_);
  for (const AttemptCounts& counts : attempts) {
    const StudySeries& series = SeriesOf(counts.study);
    for (size_t event = 0; event < kAttemptEvents; ++event) {
      series.attempts[event]->Increment(static_cast<double>(counts.count[event]));
    }
  }
}

void Metrics::Set(const DispatchState& state) {
  workers_.Set(static_cast<double>(state.workers));
  draining_.Set(static_cast<double>(state.draining));
  slots_.Set(static_cast<double>(state.slots));
  leases_.Set(static_cast<double>(state.leases));
  requests_.Set(static_cast<double>(state.requests));
  absl::MutexLock lock(&mutex_);
  std::set<std::string> shown;
  for (const DispatchState::Study& study : state.studies) shown.insert(study.name);
  for (auto it = series_.begin(); it != series_.end();) {
    const bool keep = it->first.empty() || shown.contains(it->first);
    if (!keep) Remove(it->second);
    it = keep ? std::next(it) : series_.erase(it);
  }
  for (const DispatchState::Study& study : state.studies) {
    StudySeries& series = SeriesOf(study.name);
    series.running->Set(static_cast<double>(study.trials[RUNNING]));
    series.waiting->Set(static_cast<double>(study.trials[WAITING]));
    for (const TrialState final_state : kFinalStates) {
      // A retry takes a trial back; a counter never falls.
      const int64_t more = study.trials[final_state] - series.seen[final_state];
      if (more > 0) series.finals[final_state]->Increment(static_cast<double>(more));
      series.seen[final_state] = study.trials[final_state];
    }
  }
}

Metrics::StudySeries& Metrics::SeriesOf(const std::string& study) {
  if (const auto known = series_.find(study); known != series_.end()) return known->second;
  const size_t named = series_.size() - (series_.contains("") ? 1 : 0);
  if (!study.empty() && named >= kMaxShownStudies) return SeriesOf("");
  StudySeries& series = series_[study];
  for (const TrialState state : kFinalStates) {
    series.finals[state] = &trials_.Add({{"study", study}, {"state", absl::AsciiStrToLower(TrialState_Name(state))}});
  }
  for (size_t event = 0; event < kAttemptEvents; ++event) {
    series.attempts[event] = &attempts_.Add({{"study", study}, {"event", kAttemptEventNames[event]}});
  }
  series.running = &running_.Add({{"study", study}});
  series.waiting = &waiting_.Add({{"study", study}});
  return series;
}

void Metrics::Remove(StudySeries& series) {
  for (const TrialState state : kFinalStates) trials_.Remove(series.finals[state]);
  for (Counter* const counter : series.attempts) attempts_.Remove(counter);
  running_.Remove(series.running);
  waiting_.Remove(series.waiting);
}

std::string Metrics::Render(const std::string& database) {
  free_bytes_.Set(static_cast<double>(FreeBytes(database)));
  database_bytes_.Set(static_cast<double>(FileBytes(database)));
  log_bytes_.Set(static_cast<double>(FileBytes(absl::StrCat(database, "-wal"))));
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace parzen
