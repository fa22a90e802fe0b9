#include "coordinator/commit_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"

namespace parzen {
namespace {

// Counts what the loop sends and closes.
class RecordingOutlet : public Outlet {
 public:
  void Send(ConnectionId, const CoordinatorMessage&) override { ++sent; }
  void Flush() override { sent_before_flush = sent; }
  void Close(ConnectionId, const absl::Status&) override { ++closed; }
  void CloseAll(const absl::Status&) override { ++closed; }
  int sent = 0;
  int sent_before_flush = 0;
  int closed = 0;
};

class CommitLoopTest : public testing::Test {
 protected:
  CommitLoopTest() : path_(absl::StrCat(testing::TempDir(), "/commit_loop_", getpid(), "_", counter_++, ".db")) {
    store_ = *Store::Open(path_, Store::Mode::kCreate);
    Start(absl::Seconds(9));
  }
  void Start(absl::Duration lease) {
    loop_.reset();
    dispatcher_ = std::make_unique<Dispatcher>(*store_, lease, [] { return "token"; });
    loop_ = std::make_unique<CommitLoop>(*store_, *dispatcher_, outlet_);
    loop_->set_metrics(&metrics_);
    loop_->set_guard([this] { return file_is_gone_ ? absl::UnavailableError("the file is gone") : absl::OkStatus(); });
    EXPECT_TRUE(loop_->Start().ok());
  }
  ~CommitLoopTest() override {
    loop_->Stop();
    for (const char* suffix : {"", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }

  // Submits and waits for the verdict.
  absl::Status Do(CommitLoop::Work work) {
    absl::Notification told;
    absl::Status result;
    loop_->Submit(std::move(work), [&](const absl::Status& committed) {
      result = committed;
      told.Notify();
    });
    told.WaitForNotification();
    return result;
  }
  absl::Status SayHello(ConnectionId connection, const std::string& worker) {
    WorkerMessage message;
    message.mutable_hello()->set_worker_id(worker);
    message.mutable_hello()->set_slots(1);
    return Say(connection, message);
  }
  absl::Status Say(ConnectionId connection, const WorkerMessage& message) {
    return Do([=](Dispatcher& dispatcher, Now now) {
      absl::Status refusal;
      return dispatcher.Handle(connection, message, now, refusal);
    });
  }
  // A worker on stream 1 is at a trial of study "s".
  void GiveATrial() {
    CreateStudyRequest request;
    StudySpec& spec = *request.mutable_spec();
    spec.set_name("s");
    spec.add_objective()->set_direction(MINIMIZE);
    spec.mutable_function()->mutable_sphere();
    spec.mutable_search()->set_trials(1);
    ParameterSpec& x = *spec.add_parameter();
    x.set_name("x");
    x.mutable_float_()->set_low(0);
    x.mutable_float_()->set_high(1);
    absl::Status refusal;
    ASSERT_TRUE(
        Do([&](Dispatcher& dispatcher, Now now) { return dispatcher.CreateStudy(request, now, refusal); }).ok());
    ASSERT_TRUE(refusal.ok()) << refusal;
    ASSERT_TRUE(SayHello(1, "alice").ok());
    WorkerMessage ask;
    ask.mutable_request()->set_request_id("r");
    ASSERT_TRUE(Say(1, ask).ok());
    ASSERT_EQ(Running(), 1);
  }
  int64_t Running() {
    int64_t running = -1;
    EXPECT_TRUE(Do([&](Dispatcher& dispatcher, Now) {
                  running = dispatcher.FindStudy("s")->running();
                  return absl::OkStatus();
                }).ok());
    return running;
  }

  static inline int counter_ = 0;
  std::atomic<bool> file_is_gone_ = false;
  const std::string path_;
  std::unique_ptr<Store> store_;
  Metrics metrics_{"test"};
  std::unique_ptr<Dispatcher> dispatcher_;
  RecordingOutlet outlet_;
  std::unique_ptr<CommitLoop> loop_;
};

TEST_F(CommitLoopTest, AnswersLeaveBeforeTheCallerIsToldOfTheCommit) {
  EXPECT_TRUE(SayHello(1, "alice").ok());
  EXPECT_EQ(outlet_.sent, 1);
}

TEST_F(CommitLoopTest, ALoopThatHasNothingToDoYetIsSaidToStore) {
  EXPECT_THAT(metrics_.Render(path_), testing::HasSubstr("\nparzen_storing 1\n"));
}

TEST_F(CommitLoopTest, FailedBatchSendsNothingClosesAllStreamsAndTheNextOneWorks) {
  EXPECT_TRUE(SayHello(1, "alice").ok());
  const absl::Status failed = Do([](Dispatcher& dispatcher, Now now) {
    WorkerMessage message;
    message.mutable_hello()->set_worker_id("bob");
    message.mutable_hello()->set_slots(1);
    absl::Status refusal;
    EXPECT_TRUE(dispatcher.Handle(2, message, now, refusal).ok());
    return absl::ResourceExhaustedError("disk full");
  });
  EXPECT_TRUE(absl::IsResourceExhausted(failed));
  EXPECT_EQ(outlet_.closed, 1);
  EXPECT_EQ(outlet_.sent, 1);
  EXPECT_TRUE(SayHello(3, "carol").ok());
  EXPECT_EQ(outlet_.sent, 2);
}

TEST_F(CommitLoopTest, EveryCallerOfAStormIsToldExactlyOnce) {
  constexpr int kCalls = 1000;
  absl::BlockingCounter told(kCalls);
  for (int i = 0; i < kCalls; ++i) {
    loop_->Submit([](Dispatcher&, Now) { return absl::OkStatus(); },
                  [&](const absl::Status& committed) {
                    EXPECT_TRUE(committed.ok());
                    told.DecrementCount();
                  });
  }
  told.Wait();
}

// A worker's next request follows the end of its trial closely, and is not to wait for a commit of its own.
TEST_F(CommitLoopTest, WhatArrivesWhileABatchIsDoneSharesItsCommit) {
  bool joined = false;
  absl::Notification second_told;
  const absl::Status first = Do([&](Dispatcher&, Now) {
    loop_->Submit(
        [&](Dispatcher&, Now) {
          joined = true;
          return absl::OkStatus();
        },
        [&](const absl::Status&) { second_told.Notify(); });
    return absl::OkStatus();
  });
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(joined) << "the first was committed without the second";
  second_told.WaitForNotification();
}

TEST_F(CommitLoopTest, AFloodDoesNotKeepABatchFromItsCommit) {
  constexpr int kFlood = 100;
  int done = 0;
  absl::Notification all_done;
  CommitLoop::Work one_more = [&](Dispatcher&, Now) {
    if (++done < kFlood) loop_->Submit(one_more, [](const absl::Status&) {});
    if (done == kFlood) all_done.Notify();
    return absl::OkStatus();
  };
  int done_at_commit = 0;
  absl::Notification told;
  loop_->Submit(one_more, [&](const absl::Status&) {
    done_at_commit = done;
    told.Notify();
  });
  told.WaitForNotification();
  EXPECT_LT(done_at_commit, kFlood);
  all_done.WaitForNotification();
}

TEST_F(CommitLoopTest, UnhurriedWorkIsDoneByItselfAndInOrder) {
  std::vector<int> done;
  absl::Notification told;
  const auto work = [&](int number) {
    return [&done, number](Dispatcher&, Now) {
      done.push_back(number);
      return absl::OkStatus();
    };
  };
  loop_->SubmitUnhurried(work(1), [](const absl::Status&) {});
  loop_->SubmitUnhurried(work(2), [&](const absl::Status&) { told.Notify(); });
  told.WaitForNotification();  // nothing else wakes the loop
  loop_->SubmitUnhurried(work(3), [](const absl::Status&) {});
  EXPECT_TRUE(Do(work(4)).ok());
  EXPECT_EQ(done, (std::vector<int>{1, 2, 3, 4}));
}

TEST_F(CommitLoopTest, WhatJoinsABatchThatFailsIsToldSo) {
  absl::Notification second_told;
  absl::Status second;
  Do([&](Dispatcher&, Now) {
    loop_->Submit([](Dispatcher&, Now) { return absl::ResourceExhaustedError("disk full"); },
                  [&](const absl::Status& committed) {
                    second = committed;
                    second_told.Notify();
                  });
    return absl::OkStatus();
  }).IgnoreError();
  second_told.WaitForNotification();
  EXPECT_TRUE(absl::IsResourceExhausted(second));
  EXPECT_TRUE(Do([](Dispatcher&, Now) { return absl::OkStatus(); }).ok());
}

TEST_F(CommitLoopTest, AnswersOfABatchAreFlushedOnceAndBeforeTheCallerIsTold) {
  EXPECT_TRUE(SayHello(1, "alice").ok());
  EXPECT_EQ(outlet_.sent_before_flush, 1);
}

TEST_F(CommitLoopTest, ABatchThatCannotBeginLeavesStreamsAndMemoryAsTheyAre) {
  GiveATrial();
  file_is_gone_ = true;
  const absl::Status failed = Do([](Dispatcher&, Now) {
    ADD_FAILURE() << "it was done";
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  file_is_gone_ = false;
  EXPECT_EQ(Running(), 1);
  EXPECT_EQ(outlet_.closed, 0);
  const int sent = outlet_.sent;
  WorkerMessage heartbeat;
  heartbeat.mutable_heartbeat()->add_lease()->set_token("token");
  EXPECT_TRUE(Say(1, heartbeat).ok());
  EXPECT_EQ(outlet_.sent, sent) << "the worker was told to drop its trial, or is not known any more";
}

TEST_F(CommitLoopTest, WhatMustNotBeMissedIsDoneOnceTheFileIsThereAgain) {
  file_is_gone_ = true;
  std::vector<std::string> done;
  absl::Notification told;
  loop_->SubmitUntilDone([&](Dispatcher&, Now) {
    done.push_back("a stream is over");
    return absl::OkStatus();
  });
  loop_->SubmitUnhurried(
      [&](Dispatcher&, Now) {
        done.push_back("heartbeat");
        return absl::OkStatus();
      },
      [&](const absl::Status& committed) {
        EXPECT_TRUE(committed.ok());
        told.Notify();
      });
  EXPECT_FALSE(Do([](Dispatcher&, Now) { return absl::OkStatus(); }).ok());
  EXPECT_FALSE(told.HasBeenNotified());
  file_is_gone_ = false;
  told.WaitForNotification();
  EXPECT_EQ(done, (std::vector<std::string>{"a stream is over", "heartbeat"}));
}

// What workers said while the process was stopped is read only after the loop has gone on.
TEST_F(CommitLoopTest, ALoopThatWasAwayForLongerThanALeaseTakesNoTrialForThat) {
  constexpr absl::Duration kShortLease = absl::Milliseconds(600);
  Start(kShortLease);
  GiveATrial();
  EXPECT_TRUE(Do([](Dispatcher&, Now) {
                const absl::Duration end = ReadClock().steady + kShortLease * 1.2;
                while (ReadClock().steady < end) std::this_thread::yield();
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(Running(), 1);  // the batch that ends what has run out ...
  EXPECT_EQ(Running(), 1);  // ... is over by now
}

TEST_F(CommitLoopTest, WorkAfterStopIsRefusedAndNotDone) {
  loop_->Stop();
  bool done = false;
  const absl::Status result = Do([&](Dispatcher&, Now) {
    done = true;
    return absl::OkStatus();
  });
  EXPECT_TRUE(absl::IsUnavailable(result));
  EXPECT_FALSE(done);
}

}  // namespace
}  // namespace parzen
