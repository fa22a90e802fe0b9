#include "bench/store/reporters.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "bench/store/bench_study.h"
#include "coordinator/commit_loop.h"
#include "coordinator/dispatcher.h"

namespace parzen {
namespace {

// One worker with one slot, as its stream would see it.
class Reporter {
 public:
  Reporter(CommitLoop& loop, ConnectionId connection) : loop_(loop), connection_(connection) {}

  void Received(const CoordinatorMessage& message) {
    absl::MutexLock lock(&mutex_);
    if (message.has_assignment()) assigned_ = message.assignment().lease();
    if (message.has_end_ack()) acknowledged_ = true;
  }

  // Says hello, then trains nothing until `deadline`.
  void Work(absl::Time deadline) {
    WorkerMessage hello;
    hello.mutable_hello()->set_worker_id(absl::StrCat("worker-", connection_));
    hello.mutable_hello()->set_name(absl::StrCat("worker-", connection_));
    hello.mutable_hello()->set_slots(1);
    Say({hello, NextRequest()});
    while (absl::Now() < deadline) {
      WorkerMessage end;
      {
        absl::MutexLock lock(&mutex_);
        mutex_.Await(absl::Condition(this, &Reporter::HasTrial));
        *end.mutable_end()->mutable_lease() = std::exchange(assigned_, Lease());
        acknowledged_ = false;
      }
      MetricValue& metric = *end.mutable_end()->mutable_result()->add_metric();
      metric.set_name("value");
      metric.set_value(0.5);
      const absl::Time sent = absl::Now();
      Say({end, NextRequest()});
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(&acknowledged_));
      latencies_.push_back(absl::Now() - sent);
    }
  }

  const std::vector<absl::Duration>& latencies() const { return latencies_; }

 private:
  bool HasTrial() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return assigned_.has_token(); }

  WorkerMessage NextRequest() {
    WorkerMessage request;
    request.mutable_request()->set_request_id(absl::StrCat("request-", connection_, "-", ++requests_));
    return request;
  }

  void Say(std::vector<WorkerMessage> messages) {
    loop_.Submit(
        [messages = std::move(messages), this](Dispatcher& dispatcher, Now now) {
          for (const WorkerMessage& message : messages) {
            absl::Status refusal;
            RETURN_IF_ERROR(dispatcher.Handle(connection_, message, now, refusal));
            RETURN_IF_ERROR(refusal);
          }
          return absl::OkStatus();
        },
        [](const absl::Status&) {});
  }

  CommitLoop& loop_;
  const ConnectionId connection_;
  int64_t requests_ = 0;
  std::vector<absl::Duration> latencies_;
  absl::Mutex mutex_;
  Lease assigned_ ABSL_GUARDED_BY(mutex_);
  bool acknowledged_ ABSL_GUARDED_BY(mutex_) = false;
};

class Reporters : public Outlet {
 public:
  void Add(CommitLoop& loop) { all_.push_back(std::make_unique<Reporter>(loop, all_.size())); }
  void Send(ConnectionId connection, const CoordinatorMessage& message) override {
    all_[connection]->Received(message);
  }
  void Close(ConnectionId, const absl::Status& reason) override { failure_ = reason; }
  void CloseAll(const absl::Status& reason) override { failure_ = reason; }

  const std::vector<std::unique_ptr<Reporter>>& all() const { return all_; }
  const absl::Status& failure() const { return failure_; }  // once the loop has stopped

 private:
  std::vector<std::unique_ptr<Reporter>> all_;
  absl::Status failure_;
};

}  // namespace

absl::StatusOr<ReporterRates> MeasureReporters(const std::string& path, int reporters, absl::Duration length) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, Store::Open(path, Store::Mode::kCreate));
  if (const absl::StatusOr<StoredStudy> study = store->FindStudy("reports"); absl::IsNotFound(study.status())) {
    RETURN_IF_ERROR(store->Begin());
    RETURN_IF_ERROR(store->CreateStudy(BenchSpec("reports"), {}, 0, absl::Now()).status());
    RETURN_IF_ERROR(store->Commit());
  }
  int64_t tokens = absl::ToUnixMicros(absl::Now());
  Dispatcher dispatcher(
      *store, absl::Minutes(1), [&] { return absl::StrCat("token-", ++tokens); }, "reports");
  Reporters workers;
  CommitLoop loop(*store, dispatcher, workers);
  for (int i = 0; i < reporters; ++i) workers.Add(loop);
  RETURN_IF_ERROR(loop.Start());
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (const auto& worker : workers.all()) {
    threads.emplace_back([&worker, deadline = start + length] { worker->Work(deadline); });
  }
  for (std::thread& thread : threads) thread.join();
  const absl::Duration took = absl::Now() - start;
  loop.Stop();
  RETURN_IF_ERROR(workers.failure());

  std::vector<absl::Duration> latencies;
  for (const auto& worker : workers.all()) {
    latencies.insert(latencies.end(), worker->latencies().begin(), worker->latencies().end());
  }
  if (latencies.empty()) return absl::InternalError("not one trial ended");
  std::sort(latencies.begin(), latencies.end());
  return ReporterRates{static_cast<double>(latencies.size()) / absl::ToDoubleSeconds(took),
                       latencies[latencies.size() / 2], latencies[latencies.size() * 99 / 100]};
}

}  // namespace parzen
