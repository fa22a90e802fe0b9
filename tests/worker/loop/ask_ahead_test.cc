// Trials that are asked for before their slot is free: a worker with two slots against a scripted coordinator, which
// leaves the request of one slot without an answer throughout.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/worker/loop/worker_loop_fixture.h"
#include "tests/worker/slots/watched_slot.h"
#include "worker/ahead/recent_trials.h"

namespace parzen {
namespace {

// Reports for hours, with answers or without.
TrialTask LongCurve() {
  TrialTask task = Curve(1'000'000);
  task.mutable_function()->mutable_spec()->mutable_curve()->set_step_seconds(0.01);
  return task;
}

StepReport FirstStepOf(const std::string& token) {
  StepReport report;
  report.mutable_lease()->set_token(token);
  report.set_step(1);
  return report;
}

// Waits for a report of the trial.
void AwaitReport(Session& session, const std::string& token) {
  WorkerMessage message;
  do {
    message = session.Next();
    ASSERT_NE(message.kind_case(), WorkerMessage::KIND_NOT_SET) << "no report of " << token;
    ASSERT_FALSE(message.has_end() && message.end().lease().token() == token) << message.end().ShortDebugString();
  } while (!message.has_report() || message.report().lease().token() != token);
}

// The leases in the first heartbeat that names two.
std::vector<std::string> TwoHeld(Session& session) {
  std::vector<std::string> held;
  for (int heartbeats = 0; heartbeats < 10 && held.size() < 2; ++heartbeats) {
    const WorkerMessage message = session.Expect(WorkerMessage::kHeartbeat);
    held.clear();
    for (const Lease& lease : message.heartbeat().lease()) held.push_back(lease.token());
  }
  return held;
}

class AskAheadTest : public WorkerLoopTest {
 protected:
  static constexpr double kLeaseSeconds = 0.3;  // a heartbeat every 0.1 s

  // A slot that has asked ahead.
  struct Asked {
    std::string present;     // the token of the trial that runs, and has reported one step
    std::string request_id;  // for the next one
  };

  AskAheadTest() { slots_ = 2; }

  // Lets a short trial pass: the next request, which may come before its end; empty when none comes.
  std::string Pass(Session& session, const std::string& request_id) {
    const std::string token = NewToken();
    session.Assign(request_id, token, Curve(0));
    std::string next;
    for (bool ended = false; !ended || next.empty();) {
      const WorkerMessage message = session.Next();
      if (message.has_request()) next = message.request().request_id();
      if (message.has_end()) ended = true;
      if (message.has_request() || message.has_end()) continue;
      ADD_FAILURE() << "neither an end nor a request: " << message.ShortDebugString();
      return "";
    }
    session.Acknowledge(token);
    return next;
  }

  // The slot of that request, once it runs the trial `present` and has asked ahead, after short trials. On a machine
  // that is busy their lengths may differ too much: then after more of them.
  Asked AskedAhead(Session& session, const TrialTask& present = Curve(1)) {
    session.Greet(kLeaseSeconds);
    std::string request_id = session.ExpectRequest();
    session.ExpectRequest();  // the other slot's
    for (int tries = 0; tries < 20; ++tries) {
      for (size_t i = 0; i < RecentTrials::kTrials && !request_id.empty(); ++i) request_id = Pass(session, request_id);
      if (request_id.empty()) break;
      const std::string token = NewToken();
      session.Assign(request_id, token, present);
      request_id.clear();
      bool reported = false;
      for (int heartbeats = 0; request_id.empty() ? heartbeats < 5 : !reported;) {
        const WorkerMessage message = session.NextOrHeartbeat();
        if (message.kind_case() == WorkerMessage::KIND_NOT_SET) break;
        if (message.has_heartbeat()) ++heartbeats;
        if (message.has_report()) reported = true;
        if (message.has_request()) request_id = message.request().request_id();
      }
      if (!request_id.empty()) return {token, request_id};
      session.DropLease(token);
      WorkerMessage message = session.Next();
      while (message.has_report()) message = session.Next();
      request_id = message.request().request_id();
    }
    ADD_FAILURE() << "no slot asks ahead";
    return {};
  }

  // The trial that runs gets the answer that it waits for, and has its result.
  static void EndPresent(Session& session, const Asked& slot) {
    session.Answer(FirstStepOf(slot.present), false);
    const TrialEnd end = session.ExpectEnd();
    EXPECT_EQ(end.lease().token(), slot.present);
    EXPECT_TRUE(end.has_result());
    session.Acknowledge(slot.present);
  }

  std::string NewToken() { return absl::StrCat("short-", ++tokens_); }

  int tokens_ = 0;
};

TEST_F(AskAheadTest, TrialThatWaitsBeginsWhenItsSlotIsFreeWithoutAWordFromTheCoordinator) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                session.Answer(FirstStepOf(slot.present), false);
                // Nothing more is said until both have come.
                bool ended = false;
                bool began = false;
                while (!ended || !began) {
                  const WorkerMessage message = session.Next();
                  if (message.kind_case() == WorkerMessage::KIND_NOT_SET) break;
                  if (message.has_end() && message.end().lease().token() == slot.present) ended = true;
                  if (message.has_report() && message.report().lease().token() == "next") began = true;
                }
                EXPECT_TRUE(ended && began);
                session.Acknowledge(slot.present);
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, NothingIsAskedForAheadBeforeTheWorkerKnowsHowLongItsTrialsTake) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet(kLeaseSeconds);
                const std::string request_id = session.ExpectRequest();
                session.ExpectRequest();
                session.Assign(request_id, "t", Curve(1));
                AwaitReport(session, "t");
                for (int i = 0; i < 3; ++i) session.Expect(WorkerMessage::kHeartbeat);
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, TheOnlySlotOfAWorkerDoesNotAskAhead) {
  slots_ = 1;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                session.Greet(kLeaseSeconds);
                std::string request_id = session.ExpectRequest();
                for (size_t i = 0; i < 2 * RecentTrials::kTrials; ++i) request_id = Pass(session, request_id);
                session.Assign(request_id, "t", Curve(1));
                AwaitReport(session, "t");
                for (int i = 0; i < 3; ++i) session.Expect(WorkerMessage::kHeartbeat);
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, TrialThatWaitsIsHeldAndGivenBackOnceWhenNoSlotGetsFree) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                EXPECT_THAT(TwoHeld(session), testing::ElementsAre(slot.present, "next"));
                const TrialEnd late = session.ExpectEnd();
                EXPECT_EQ(late.lease().token(), "next");
                EXPECT_TRUE(late.released());
                EXPECT_THAT(late.release_reason(), testing::HasSubstr("waited in its worker for a slot"));
                session.Acknowledge("next");
                const Heartbeat heartbeat = session.Expect(WorkerMessage::kHeartbeat).heartbeat();
                EXPECT_EQ(heartbeat.lease_size(), 1);
                // No other is asked for before the slot is free.
                EndPresent(session, slot);
                session.ExpectRequest();
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, DrainGivesTheTrialThatWaitsBackAndLetsTheOtherEnd) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                session.Drain();
                session.Expect(WorkerMessage::kDraining);
                const TrialEnd end = session.ExpectEnd();
                EXPECT_EQ(end.lease().token(), "next");
                EXPECT_TRUE(end.released());
                EXPECT_EQ(end.release_reason(), "its worker was leaving");
                session.Acknowledge("next");
                EndPresent(session, slot);
                EXPECT_EQ(session.Next().kind_case(), WorkerMessage::KIND_NOT_SET);
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(AskAheadTest, StopGivesBothTrialsBack) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                EXPECT_THAT(TwoHeld(session), testing::ElementsAre(slot.present, "next"));
                stop_.Request();
                std::vector<std::string> released;
                for (int i = 0; i < 2; ++i) {
                  const TrialEnd end = session.ExpectEnd();
                  EXPECT_TRUE(end.released());
                  released.push_back(end.lease().token());
                  session.Acknowledge(end.lease().token());
                }
                EXPECT_THAT(released, testing::UnorderedElementsAre(slot.present, "next"));
                session.ReadToTheEnd();
                return grpc::Status::OK;
              }}).ok());
}

TEST_F(AskAheadTest, DroppedTrialThatWaitsIsForgotten) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                session.DropLease("next");
                EndPresent(session, slot);
                session.ExpectRequest();
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, DropOfTheTrialBeforeItStartsTheOneThatWaits) {
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                const Asked slot = AskedAhead(session);
                session.Assign(slot.request_id, "next", Curve(1));
                session.DropLease(slot.present);
                AwaitReport(session, "next");
                return Over(session);
              }}).ok());
}

TEST_F(AskAheadTest, TrialThatWaitsOutlivesABrokenStream) {
  Asked slot;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            slot = AskedAhead(session, LongCurve());
                            session.Assign(slot.request_id, "next", Curve(1));
                            EXPECT_THAT(TwoHeld(session), testing::ElementsAre(slot.present, "next"));
                            return Break();
                          },
                          [&](Session& session) {
                            const Hello hello = session.Greet();
                            std::vector<std::string> held;
                            for (const Lease& lease : hello.held()) held.push_back(lease.token());
                            EXPECT_THAT(held, testing::ElementsAre(slot.present, "next"));
                            AwaitReport(session, slot.present);
                            session.Answer(FirstStepOf(slot.present), true);
                            AwaitReport(session, "next");
                            return Over(session);
                          }})
                  .ok());
}

TEST_F(AskAheadTest, RequestAheadWithoutAnswerIsRepeatedUnderTheSameId) {
  Asked slot;
  EXPECT_TRUE(RunAgainst({[&](Session& session) {
                            slot = AskedAhead(session, LongCurve());
                            return Break();
                          },
                          [&](Session& session) {
                            session.Greet();
                            std::vector<std::string> requests;
                            while (requests.size() < 2) {
                              const WorkerMessage message = session.Next();
                              if (message.kind_case() == WorkerMessage::KIND_NOT_SET) break;
                              if (message.has_request()) requests.push_back(message.request().request_id());
                            }
                            EXPECT_THAT(requests, testing::Contains(slot.request_id));
                            return Over(session);
                          }})
                  .ok());
}

}  // namespace
}  // namespace parzen
