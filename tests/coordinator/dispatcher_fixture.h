// What the dispatcher's tests are written in: the verbs of workers and of a command line, over a real database file and
// with time as an argument.
#pragma once

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "coordinator/dispatcher.h"
#include "studies/store/store.h"
#include "studies/store/study_reader.h"

namespace parzen {

inline constexpr absl::Duration kLease = absl::Seconds(9);

inline StudySpec ForestStudy(const std::string& name, int64_t trials) {
  StudySpec spec;
  const bool parsed =
      google::protobuf::TextFormat::ParseFromString(R"pb(
                                                      objective { metric: "validation_accuracy" direction: MAXIMIZE }
                                                      train {
                                                        dataset { digits { train: 100 test: 0 } }
                                                        random_forest {}
                                                      }
                                                      parameter {
                                                        name: "trees"
                                                        sets: "random_forest.trees"
                                                        int { low: 1 high: 100000 }
                                                      }
                                                    )pb",
                                                    &spec);
  EXPECT_TRUE(parsed);
  spec.set_name(name);
  spec.mutable_search()->set_trials(trials);
  return spec;
}

class DispatcherTest : public testing::Test {
 protected:
  DispatcherTest() : path_(absl::StrCat(testing::TempDir(), "/dispatcher_", getpid(), "_", counter_++, ".db")) {
    Restart();
  }
  ~DispatcherTest() override {
    for (const char* suffix : {"", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }

  // --- The language of the cases.

  // The process dies and comes back on the same file.
  void Restart() {
    dispatcher_.reset();
    store_.reset();
    absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(path_, Store::Mode::kCreate);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    dispatcher_ = std::make_unique<Dispatcher>(
        *store_, kLease, [this] { return absl::StrCat("token-", ++tokens_made_); }, "", process_);
    Transact([&] { return dispatcher_->Start(now_); }, /*refresh=*/false);
  }

  struct File {
    std::string name, path, digest;
  };
  absl::Status Create(const StudySpec& spec, const File& file = {}) {
    CreateStudyRequest request;
    if (!file.name.empty()) {
      DatasetFile& added = *request.add_file();
      added.set_name(file.name);
      added.set_path(file.path);
      added.set_sha256(file.digest);
    }
    *request.mutable_spec() = spec;
    absl::Status refusal;
    Transact([&] { return dispatcher_->CreateStudy(request, now_, refusal); });
    return refusal;
  }

  ConnectionId Connect(const std::string& worker, int slots = 1, bool embedded = false, std::vector<Lease> held = {},
                       bool allow_commands = false) {
    const ConnectionId connection = ++connections_made_;
    WorkerMessage message;
    Hello& hello = *message.mutable_hello();
    hello.set_worker_id(worker);
    hello.set_name(worker);
    hello.set_slots(slots);
    hello.set_embedded(embedded);
    hello.set_allow_commands(allow_commands);
    for (const Lease& lease : held) *hello.add_held() = lease;
    Tell(connection, message);
    return connection;
  }

  void Disconnect(ConnectionId connection) {
    Transact([&] { return dispatcher_->Disconnected(connection, now_); });
  }

  // The trial that a request gets at once, or nullopt when it has to wait.
  std::optional<Assignment> Ask(ConnectionId connection, const std::string& request_id) {
    WorkerMessage message;
    message.mutable_request()->set_request_id(request_id);
    Tell(connection, message);
    return AssignmentFor(request_id);
  }
  std::optional<Assignment> AssignmentFor(const std::string& request_id) {
    for (const OutgoingMessage& sent : sent_) {
      if (sent.message.assignment().request_id() == request_id) return sent.message.assignment();
    }
    return std::nullopt;
  }
  std::optional<Assignment> Ask(ConnectionId connection) {
    return Ask(connection, absl::StrCat("request-", ++requests_made_));
  }

  // Whether the end was counted.
  bool Finish(ConnectionId connection, const Lease& lease, double accuracy = 0.5) {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    message.mutable_end()->mutable_result()->mutable_train()->mutable_validation()->set_accuracy(accuracy);
    return TellEnd(connection, message);
  }
  // An end with these metrics, of work that is no training.
  bool FinishWith(ConnectionId connection, const Lease& lease,
                  const std::vector<std::pair<std::string, double>>& metrics) {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    for (const auto& [name, value] : metrics) {
      MetricValue& metric = *message.mutable_end()->mutable_result()->add_metric();
      metric.set_name(name);
      metric.set_value(value);
    }
    return TellEnd(connection, message);
  }
  // Whether the trial goes on; nullopt when the worker is told to drop it.
  std::optional<bool> Report(ConnectionId connection, const Lease& lease, int64_t step, double value) {
    const std::optional<Verdict> verdict = VerdictOn(connection, lease, step, value);
    return verdict.has_value() ? std::optional<bool>(!verdict->stop()) : std::nullopt;
  }
  std::optional<Verdict> VerdictOn(ConnectionId connection, const Lease& lease, int64_t step, double value) {
    WorkerMessage message;
    *message.mutable_report()->mutable_lease() = lease;
    message.mutable_report()->set_step(step);
    message.mutable_report()->set_value(value);
    Tell(connection, message);
    for (const OutgoingMessage& sent : sent_) {
      if (sent.message.has_verdict()) return sent.message.verdict();
    }
    return std::nullopt;
  }
  bool Fail(ConnectionId connection, const Lease& lease, const std::string& reason) {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    message.mutable_end()->set_failure(reason);
    return TellEnd(connection, message);
  }
  bool Pause(ConnectionId connection, const Lease& lease, int64_t step, const std::string& checkpoint = "bytes") {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    message.mutable_end()->mutable_paused()->set_step(step);
    message.mutable_end()->mutable_paused()->set_checkpoint(checkpoint);
    return TellEnd(connection, message);
  }
  bool Release(ConnectionId connection, const Lease& lease, const std::string& reason = "") {
    WorkerMessage message;
    *message.mutable_end()->mutable_lease() = lease;
    message.mutable_end()->set_released(true);
    message.mutable_end()->set_release_reason(reason);
    return TellEnd(connection, message);
  }

  void Pass(absl::Duration time) {
    now_.steady += time;
    now_.wall += time;
    Transact([&] { return dispatcher_->ExpireLeases(now_); });
  }

  TrialRecord Trial(int64_t number, const std::string& study = "s") {
    GetTrialRequest request;
    request.set_study(study);
    request.set_number(number);
    absl::StatusOr<TrialRecord> trial = StudyReader(*store_).GetTrial(request);
    EXPECT_TRUE(trial.ok()) << trial.status();
    return trial.ok() ? *trial : TrialRecord();
  }
  StudySummary Summary(const std::string& study = "s") {
    GetStudyRequest request;
    request.set_study(study);
    absl::StatusOr<StudySummary> summary = StudyReader(*store_).GetStudy(request);
    EXPECT_TRUE(summary.ok()) << summary.status();
    return summary.ok() ? *summary : StudySummary();
  }

  // What the file holds, as anybody with SQLite sees it; columns joined by blanks.
  std::vector<std::string> Rows(const std::string& sql) {
    std::vector<std::string> rows;
    absl::StatusOr<Database> file = Database::Open(path_, Database::Mode::kReadOnly);
    if (!file.ok()) return rows;
    Statement& query = *file->Prepare(sql);
    while (*query.Step()) rows.push_back(query.Text(0) + " " + query.Text(1));
    return rows;
  }
  void Execute(const std::string& sql) {
    absl::StatusOr<Database> file = Database::Open(path_, Database::Mode::kReadWrite);
    ASSERT_TRUE(file.ok() && file->Execute(sql).ok());
  }

  // --- Underneath.

  void Tell(ConnectionId connection, const WorkerMessage& message) {
    refusal_ = absl::OkStatus();
    Transact([&] { return dispatcher_->Handle(connection, message, now_, refusal_); });
  }
  bool TellEnd(ConnectionId connection, const WorkerMessage& message) {
    Tell(connection, message);
    for (const OutgoingMessage& sent : sent_) {
      if (sent.message.end_ack().lease().token() == message.end().lease().token())
        return sent.message.end_ack().counted();
    }
    ADD_FAILURE() << "no acknowledgement";
    return false;
  }
  virtual void Transact(const std::function<absl::Status()>& input, bool refresh = true) {
    ASSERT_TRUE(store_->Begin().ok());
    const absl::Status refreshed = refresh ? dispatcher_->Refresh(now_) : absl::OkStatus();
    ASSERT_TRUE(refreshed.ok()) << refreshed;
    const absl::Status done = input();
    ASSERT_TRUE(done.ok()) << done;
    const absl::Status assigned = dispatcher_->Assign(now_);
    ASSERT_TRUE(assigned.ok()) << assigned;
    ASSERT_TRUE(store_->Commit().ok());
    sent_ = dispatcher_->TakeOutbox();
  }

  static inline int counter_ = 0;
  const std::string path_;
  CoordinatorProcess process_ = {"here", 1, /*has_workers=*/true};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Dispatcher> dispatcher_;
  Now now_{absl::FromUnixSeconds(1700000000), absl::Seconds(1000)};
  std::vector<OutgoingMessage> sent_;  // by the last input
  absl::Status refusal_;               // of the last message
  int64_t connections_made_ = 0;
  int tokens_made_ = 0;
  int requests_made_ = 0;
};

}  // namespace parzen
