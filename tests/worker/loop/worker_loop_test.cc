// The worker against a coordinator that follows a script.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/version.h"
#include "tests/worker/loop/worker_loop_fixture.h"
#include "tests/worker/slots/watched_slot.h"
#include "worker/worker.h"

namespace parzen {
namespace {

TEST_F(WorkerLoopTest, TrialIsTrainedReportedAndFollowedByTheNextRequest) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                EXPECT_EQ(session.Greet().name(), "alice");
                session.Assign(session.ExpectRequest(), "t", Task(kShort));
                const TrialEnd end = session.ExpectEnd();
                EXPECT_EQ(end.lease().token(), "t");
                EXPECT_GT(end.result().train().validation().accuracy(), 0.1);
                session.Acknowledge("t");
                session.ExpectRequest();
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, EndWithoutAcknowledgementIsRepeatedOnTheNextStream) {
  TrialEnd first;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", Task(kShort));
                            first = session.ExpectEnd();
                            return Break();
                          },
                          [&](Session& session) {
                            EXPECT_EQ(session.Greet().held_size(), 0);
                            EXPECT_EQ(session.ExpectEnd().SerializeAsString(), first.SerializeAsString());
                            session.Acknowledge("t");
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, RequestWithoutAnswerIsRepeatedUnderTheSameId) {
  std::string request_id;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            request_id = session.ExpectRequest();
                            return Break();
                          },
                          [&](Session& session) {
                            session.Greet();
                            EXPECT_EQ(session.ExpectRequest(), request_id);
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, RequestThatIsTurnedAwayIsMadeAgainUnderANewId) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                const std::string request_id = session.ExpectRequest();
                session.DropRequest(request_id);
                EXPECT_NE(session.ExpectRequest(), request_id);
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, TrainingSurvivesABrokenStreamAndNamesItsLeaseInHello) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", Task(kEndless));
                            return Break();
                          },
                          [&](Session& session) {
                            const Hello hello = session.Greet();
                            // The first stream may have broken before the assignment arrived; then it asks again.
                            if (hello.held_size() == 0) session.Assign(session.ExpectRequest(), "t", Task(kEndless));
                            return Break();
                          },
                          [&](Session& session) {
                            const Hello hello = session.Greet();
                            EXPECT_LE(hello.held_size(), 1);
                            for (const Lease& lease : hello.held()) EXPECT_EQ(lease.token(), "t");
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, HeartbeatNamesTheLeasesThatAreHeld) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet(/*lease_seconds=*/0.3);
                session.Assign(session.ExpectRequest(), "t", Task(kEndless));
                const Heartbeat heartbeat = session.Expect(WorkerMessage::kHeartbeat).heartbeat();
                EXPECT_EQ(heartbeat.lease_size(), 1);
                EXPECT_EQ(heartbeat.lease(0).token(), "t");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, DroppedTrialIsStoppedAndNotReported) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                const std::string request_id = session.ExpectRequest();
                session.Assign(request_id, "t", Task(kEndless));
                session.DropLease("t");
                EXPECT_NE(session.ExpectRequest(), request_id);
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, StoppedWorkerGivesItsTrialBackBeforeItLeaves) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet(/*lease_seconds=*/0.3);
                session.Assign(session.ExpectRequest(), "t", Task(kEndless));
                session.Expect(WorkerMessage::kHeartbeat);  // it has started
                stop_.Request();
                const TrialEnd end = session.ExpectEnd();
                EXPECT_TRUE(end.released());
                EXPECT_EQ(end.release_reason(), "its worker was stopped");
                session.Acknowledge("t");
                session.ReadToTheEnd();
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(WorkerLoopTest, StoppedWorkerDoesNotWaitForACoordinatorThatIsGone) {
  farewell_ = absl::Milliseconds(50);
  // Without the farewell's end this would go on for the ten minutes that a lost connection is given.
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", Task(kShort));
                            session.ExpectEnd();
                            stop_.Request();
                            return Break();
                          },
                          [&](Session& session) {
                            session.ReadToTheEnd(/*acknowledge=*/false);
                            return Break();
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, WorkerWithATrialDoesNotGiveUpBeforeItsEndIsSafe) {
  reconnect_ = absl::ZeroDuration();
  // Away until the trial has ended, and for one more try: the end is nowhere but here, without a cache.
  std::vector<Script> scripts = {[&](Session& session) {
    session.Greet(/*lease_seconds=*/0.3);
    TrialTask task;
    task.mutable_function()->mutable_spec()->mutable_sleep()->set_seconds(0.3);
    session.Assign(session.ExpectRequest(), "t", task);
    session.Expect(WorkerMessage::kHeartbeat);
    return Break();
  }};
  bool held = true;
  const Script away = [&](Session& session) {
    const bool holds = session.Expect(WorkerMessage::kHello).hello().held_size() > 0;
    if (std::exchange(held, holds)) return Break();
    session.Welcome();
    EXPECT_TRUE(session.ExpectEnd().has_result());
    session.Acknowledge("t");
    return Over(session);
  };
  scripts.resize(20, away);
  EXPECT_TRUE(RunAgainst(std::move(scripts)).ok());
}

TEST_F(WorkerLoopTest, AssignmentThatNobodyAskedForIsGivenBack) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.ExpectRequest();
                session.Assign("somebody else's request", "t", Task(kShort));
                const TrialEnd end = session.ExpectEnd();
                EXPECT_TRUE(end.released());
                EXPECT_EQ(end.release_reason(), "its worker had not asked for it");
                session.Acknowledge("t");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, TrialThatCannotBeTrainedIsReportedWithItsReasonAndTheWorkerGoesOn) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                TrialTask task = Task(kShort);
                task.mutable_train()->mutable_spec()->mutable_dataset()->mutable_csv()->set_file("/no/such/file.csv");
                session.Assign(session.ExpectRequest(), "t", task);
                EXPECT_THAT(session.ExpectEnd().failure(), testing::HasSubstr("/no/such/file.csv"));
                session.Acknowledge("t");
                session.ExpectRequest();
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, EachStepIsReportedAfterTheAnswerToTheLast) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Curve(2));
                for (int64_t step = 1; step <= 2; ++step) {
                  const StepReport report = session.ExpectReport();
                  EXPECT_EQ(report.step(), step);
                  EXPECT_EQ(report.lease().token(), "t");
                  session.Answer(report, false);
                }
                EXPECT_EQ(session.ExpectEnd().result().metric(0).value(), 0);
                session.Acknowledge("t");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, StepsThatNobodyAnsweredComeWithTheEnd) {
  std::vector<Script> scripts = {[&](Session& session) {
    session.Greet();
    session.Assign(session.ExpectRequest(), "t", Curve(3));
    EXPECT_EQ(session.ExpectReport().step(), 1);
    return Break();
  }};
  const Script once_it_has_ended = [&](Session& session) {
    if (session.Expect(WorkerMessage::kHello).hello().held_size() > 0) return Break();
    session.Welcome();
    const TrialEnd end = session.ExpectEnd();
    EXPECT_TRUE(end.has_result());
    std::vector<int64_t> steps;
    for (const StepValue& step : end.step()) steps.push_back(step.step());
    EXPECT_THAT(steps, testing::ElementsAre(1, 2, 3));
    session.Acknowledge("t");
    return Over(session);
  };
  scripts.resize(20, once_it_has_ended);
  EXPECT_TRUE(RunAgainst(std::move(scripts)).ok());
}

TEST_F(WorkerLoopTest, PrunedTrialEndsWithoutAReportAndTheNextIsAskedFor) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Curve(1000000));
                session.Answer(session.ExpectReport(), true);
                session.Assign(session.ExpectRequest(), "u", Curve(1));
                const StepReport report = session.ExpectReport();
                EXPECT_EQ(report.lease().token(), "u");
                session.Answer(report, false);
                EXPECT_EQ(session.ExpectEnd().lease().token(), "u");
                session.Acknowledge("u");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, TrialGoesOnWithoutAnswersWhileThereIsNoStream) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", Curve(3));
                            EXPECT_EQ(session.ExpectReport().step(), 1);
                            return Break();
                          },
                          [&](Session& session) {
                            // Most likely it has ended meanwhile; if not, what it reports is answered.
                            session.Greet();
                            WorkerMessage next = session.Next();
                            for (; next.has_report(); next = session.Next()) session.Answer(next.report(), false);
                            EXPECT_EQ(next.end().lease().token(), "t") << next.ShortDebugString();
                            session.Acknowledge("t");
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, AnswerAfterABreakStillStopsTheTrial) {
  TrialTask task = Curve(1000000);
  task.mutable_function()->mutable_spec()->mutable_curve()->set_step_seconds(0.01);
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", task);
                            EXPECT_EQ(session.ExpectReport().step(), 1);
                            return Break();
                          },
                          [&](Session& session) {
                            EXPECT_EQ(session.Greet().held_size(), 1);
                            const StepReport report = session.ExpectReport();
                            EXPECT_EQ(report.step(), 1);
                            session.Answer(report, true);
                            // Later steps may be on their way already; then comes the next request.
                            WorkerMessage next;
                            do next = session.Next();
                            while (next.has_report());
                            EXPECT_TRUE(next.has_request()) << next.ShortDebugString();
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, StopOfTheWorkerEndsATrialThatWaitsForAnAnswer) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Curve(2));
                session.ExpectReport();
                stop_.Request();
                EXPECT_TRUE(session.ExpectEnd().released());
                session.Acknowledge("t");
                session.ReadToTheEnd();
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(WorkerLoopTest, DropEndsATrialThatWaitsForAnAnswer) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Curve(2));
                session.ExpectReport();
                session.DropLease("t");
                session.ExpectRequest();
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, CommandsAreOnlyRunWhereTheyAreAllowed) {
  TrialTask task;
  for (const char* argument : {"echo", "{\"value\": 4}"}) {
    task.mutable_command()->mutable_spec()->add_argv(argument);
  }
  for (const bool allowed : {false, true}) {
    allow_commands_ = allowed;
    Stop stop;
    ScriptedCoordinator coordinator({[&](Session& session) {
      EXPECT_EQ(session.Greet().allow_commands(), allowed);
      session.Assign(session.ExpectRequest(), "t", task);
      const TrialEnd end = session.ExpectEnd();
      if (allowed) {
        EXPECT_EQ(end.result().metric(0).value(), 4);
      } else {
        EXPECT_THAT(end.failure(), testing::HasSubstr("--allow-commands"));
      }
      session.Acknowledge("t");
      stop.Request();
      session.ReadToTheEnd();
      return grpc::Status::OK;
    }});
    EXPECT_TRUE(RunWorkerAt(coordinator.address(), stop).ok());
  }
}

TEST_F(WorkerLoopTest, RefusedWorkerEndsWithTheCoordinatorsReason) {
  const absl::Status status = RunAgainst({[&](Session& session) {
    session.Expect(WorkerMessage::kHello);
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "too many slots");
  }});
  EXPECT_EQ(status, absl::InvalidArgumentError("too many slots"));
}

TEST_F(WorkerLoopTest, CoordinatorThatIsNotThereIsNamed) {
  WorkerOptions options;
  options.coordinator = "127.0.0.1:1";
  options.first_connect = absl::Milliseconds(10);
  options.slot_program = SlotProgram();
  const absl::Status status = RunWorker(options, stop_, drain_);
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("127.0.0.1:1"));
}

TEST_F(WorkerLoopTest, WorkerThatIsNeverWelcomedSaysWhyAndGivesUp) {
  first_connect_ = absl::ZeroDuration();
  const absl::Status status = RunAgainst({[&](Session& session) {
    session.Expect(WorkerMessage::kHello);
    return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "there are 1000 workers");
  }});
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("there are 1000 workers"));
}

// An address of a network for documentation: a connection takes as long as it may.
TEST_F(WorkerLoopTest, StopDoesNotWaitForADial) {
  const auto began = std::chrono::steady_clock::now();
  std::thread stopping([this] { stop_.Request(); });
  RunWorkerAt("192.0.2.1:7717", stop_).IgnoreError();
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(3));
  stopping.join();
}

TEST_F(WorkerLoopTest, DatasetFileIsNotReadWhereThereIsNoCacheEvenIfTheTaskNamesItsPath) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                TrialTask task = Task(kShort);
                task.mutable_train()->mutable_spec()->mutable_dataset()->mutable_csv()->set_file("/etc/passwd");
                session.Assign(session.ExpectRequest(), "t", task);
                EXPECT_EQ(session.ExpectEnd().failure(),
                          "dataset file \"/etc/passwd\": its worker has no folder (--cache) for dataset files");
                session.Acknowledge("t");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, HelloSaysWhatTheWorkerCanDo) {
  labels_ = {"gpu", "room=12"};
  memory_bytes_ = 1 << 30;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Hello hello = session.Greet();
                EXPECT_THAT(hello.label(), testing::ElementsAre("gpu", "room=12"));
                EXPECT_EQ(hello.memory_bytes(), 1 << 30);
                EXPECT_THAT(hello.model(), testing::Contains("random_forest"));
                EXPECT_EQ(hello.version(), kVersion);
                EXPECT_GT(hello.clock_micros(), 0);
                EXPECT_FALSE(hello.draining());
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, CrashOfASlotIsReportedWithItsSignalAndLastWordsAndTheNextTrialIsAskedFor) {
  slot_program_ = BadSlot();
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Misbehaviour("segfault"));
                const TrialEnd end = session.ExpectEnd();
                EXPECT_EQ(end.lease().token(), "t");
                EXPECT_THAT(end.crash(), testing::HasSubstr("signal 11"));
                EXPECT_EQ(end.usage().signal(), SIGSEGV);
                EXPECT_EQ(end.usage().stderr_tail(), "about to segfault\n");
                session.Acknowledge("t");
                session.Assign(session.ExpectRequest(), "u", Curve(1));
                EXPECT_TRUE(session.ExpectEnd().has_result());
                session.Acknowledge("u");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, TrialBeyondItsTimeLimitFails) {
  TrialTask task;
  task.mutable_function()->mutable_spec()->mutable_sleep()->set_seconds(3600);
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", task, 0.05);
                EXPECT_EQ(session.ExpectEnd().failure(), "took longer than its limit of 0.05 s");
                session.Acknowledge("t");
                return Over(session);
              }}).ok());
}

TEST_F(WorkerLoopTest, DrainedWorkerEndsItsTrialTakesNoOtherAndLeaves) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                session.Assign(session.ExpectRequest(), "t", Curve(1));
                const StepReport report = session.ExpectReport();
                drain_.Request();
                session.Expect(WorkerMessage::kDraining);
                session.Answer(report, false);
                EXPECT_TRUE(session.ExpectEnd().has_result());
                session.Acknowledge("t");
                EXPECT_EQ(session.Next().kind_case(), WorkerMessage::KIND_NOT_SET);
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(WorkerLoopTest, CoordinatorDrainsAWorkerByAMessageThatMayComeTwice) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                const std::string request_id = session.ExpectRequest();
                session.Drain();
                session.Drain();
                session.Expect(WorkerMessage::kDraining);
                session.DropRequest(request_id);
                EXPECT_EQ(session.Next().kind_case(), WorkerMessage::KIND_NOT_SET);
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(WorkerLoopTest, AssignmentThatCrossesTheDrainIsGivenBack) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                const std::string request_id = session.ExpectRequest();
                session.Drain();
                session.Assign(request_id, "t", Curve(1));
                session.Expect(WorkerMessage::kDraining);
                EXPECT_TRUE(session.ExpectEnd().released());
                session.Acknowledge("t");
                EXPECT_EQ(session.Next().kind_case(), WorkerMessage::KIND_NOT_SET);
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(WorkerLoopTest, DrainingWorkerSaysSoAfterAReconnectAndCanStillBeStopped) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet();
                            session.Assign(session.ExpectRequest(), "t", Task(kEndless));
                            session.Drain();
                            session.Expect(WorkerMessage::kDraining);
                            return Break();
                          },
                          [&](Session& session) {
                            const Hello hello = session.Greet();
                            EXPECT_TRUE(hello.draining());
                            EXPECT_EQ(hello.held_size(), 1);
                            stop_.Request();
                            EXPECT_TRUE(session.ExpectEnd().released());
                            session.Acknowledge("t");
                            session.ReadToTheEnd();
                            return grpc::Status::OK;
                          }})
                  .ok());
}

TEST_F(WorkerLoopTest, EndThatWasNotAcknowledgedIsDeliveredByTheNextWorkerToItsClusterOnly) {
  cache_ = absl::StrCat(testing::TempDir(), "/worker-loop-cache-", getpid());
  farewell_ = absl::Milliseconds(1);
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet(30, "ours");
                session.Assign(session.ExpectRequest(), "t", Curve(0));
                EXPECT_TRUE(session.ExpectEnd().has_result());
                stop_.Request();
                session.ReadToTheEnd(/*acknowledge=*/false);
                return grpc::Status::OK;
              }}).ok());
  for (const char* const cluster : {"theirs", "ours"}) {
    Stop stop;
    ScriptedCoordinator coordinator({[&](Session& session) {
      session.Greet(30, cluster);
      if (cluster == std::string("ours")) {
        EXPECT_EQ(session.ExpectEnd().lease().token(), "t");
        session.Acknowledge("t");
      }
      session.ExpectRequest();
      stop.Request();
      session.ReadToTheEnd();
      return grpc::Status::OK;
    }});
    EXPECT_TRUE(RunWorkerAt(coordinator.address(), stop).ok());
  }
}

TEST_F(WorkerLoopTest, CacheMayBeAFolderOfTheCurrentOne) {
  cache_ = absl::StrCat("worker-loop-cache-", getpid());
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet();
                return Over(session);
              }}).ok());
  EXPECT_TRUE(std::filesystem::is_directory(cache_ + "/spool"));
}

TEST_F(WorkerLoopTest, EndForAnotherClusterWaitsUntilThatOneIsBack) {
  farewell_ = absl::Milliseconds(1);
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            session.Greet(30, "ours");
                            session.Assign(session.ExpectRequest(), "t", Curve(0));
                            session.ExpectEnd();
                            return Break();
                          },
                          [&](Session& session) {
                            session.Greet(30, "theirs");
                            session.ExpectRequest();
                            return Break();
                          },
                          [&](Session& session) {
                            session.Greet(30, "ours");
                            EXPECT_EQ(session.ExpectEnd().lease().token(), "t");
                            session.Acknowledge("t");
                            return Over(session);
                          }})
                  .ok());
}

}  // namespace
}  // namespace parzen
