// What the tests of a failing disk or file share: a coordinator process on a Unix socket, reporters that speak to it as
// workers do, and a ledger of everything that was acknowledged to them, which the file is held against at the end.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/coordinator.grpc.pb.h"
#include "tests/integration/process.h"

namespace parzen {

// No condition that a test waits for may take longer.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// A trial's end that the coordinator acknowledged as counted.
struct AcknowledgedEnd {
  int64_t trial_id;
  double value;
};

// Threads: any.
class Ledger {
 public:
  void Acknowledged(const std::string& token, const AcknowledgedEnd& end);
  void Refused(const std::string& what);
  // Waits until so many ends were acknowledged in all; false when that takes longer than `patience`.
  bool WaitForEnds(size_t ends, absl::Duration patience = kPatience) const;
  size_t ends() const;
  // By lease token.
  std::map<std::string, AcknowledgedEnd> all() const;
  // Messages that an honest worker should never have got.
  std::vector<std::string> refusals() const;

 private:
  mutable absl::Mutex mutex_;
  std::map<std::string, AcknowledgedEnd> ends_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> refusals_ ABSL_GUARDED_BY(mutex_);
};

// A worker with one slot, on a thread of its own: asks, reports a step, reports the end, again and again. It comes back
// whenever its stream breaks, says which lease it holds, and repeats what was not answered under the same request id.
class Reporter {
 public:
  Reporter(std::string address, std::string name, Ledger& ledger);
  ~Reporter();  // stops

 private:
  using Stream = grpc::ClientReaderWriter<WorkerMessage, CoordinatorMessage>;

  void Run();
  // Talks until the stream breaks or Stop.
  void Talk(Stream& stream);
  // Sends what is due next; false when the stream is broken.
  bool Speak(Stream& stream);
  void Hear(const CoordinatorMessage& message);
  std::string NewRequest();

  const std::string address_;
  const std::string name_;
  Ledger& ledger_;
  int64_t requests_ = 0;

  // What was not answered yet: a request; a lease with a step; a lease with its end.
  std::string request_id_;
  Lease lease_;
  bool holds_ = false;
  bool step_done_ = false;

  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::thread thread_;
};

// A coordinator's database and socket in a fresh folder, or in `folder`.
class StoreCluster {
 public:
  explicit StoreCluster(std::string folder = FreshFolder());

  const std::string& db() const { return db_; }
  const std::string& address() const { return address_; }
  // The command that starts a coordinator on the database.
  std::vector<std::string> CoordinatorCommand() const;
  // Starts one; waits until it listens.
  std::unique_ptr<Process> StartCoordinator() const;
  void AddReporters(int count);
  void StopReporters() { reporters_.clear(); }
  Ledger& ledger() { return ledger_; }

  // A study without parameters' cost: two numbers, random search. Made, or given another budget.
  absl::Status PutStudy(int64_t trials) const;
  absl::StatusOr<StudySummary> GetStudy() const;
  // Waits until the study is finished.
  absl::Status WaitUntilFinished() const;
  // Fails the test unless the file is sound, has exactly `budget` trials, all complete, none twice, and every
  // acknowledged end with its value.
  void ExpectFileHoldsEverything(int64_t budget) const;

 private:
  const std::string folder_;
  const std::string db_;
  const std::string address_;
  Ledger ledger_;
  std::vector<std::unique_ptr<Reporter>> reporters_;
  int added_ = 0;  // names are never used again
};

// Asks until `done` says so; false when that takes longer than `patience`. Between two questions the thread waits.
bool WaitUntil(const std::function<bool()>& done, absl::Duration patience = kPatience);

// All rows of a query, columns separated by "|"; the error as the only row.
std::vector<std::string> Rows(const std::string& db, const std::string& sql);

}  // namespace parzen
