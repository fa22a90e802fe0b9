// Trials that workers ask for before their slots are free: who comes first, what counts, when they begin.
#include "tests/coordinator/dispatcher_fixture.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DispatcherAheadTest : public DispatcherTest {
 protected:
  std::vector<std::string> Attempts() {
    return Rows("SELECT attempt, state FROM parzen_attempts ORDER BY trial_id, attempt");
  }
  // How long a trial took, in tenths of a second.
  std::vector<std::string> Durations() {
    return Rows(
        "SELECT number, CAST(round((julianday(datetime_complete) - julianday(datetime_start)) * 864000) AS INTEGER) "
        "FROM trials WHERE state = 'COMPLETE' ORDER BY number");
  }
};

TEST_F(DispatcherAheadTest, ASlotThatIsFreeComesBeforeOneThatAskedAheadLongAgo) {
  const ConnectionId busy = Connect("busy", 2);
  ASSERT_TRUE(Create(ForestStudy("first", 2)).ok());
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(Ask(busy).has_value());
  ASSERT_FALSE(Ask(busy, "ahead").has_value());
  const ConnectionId idle = Connect("idle");
  ASSERT_FALSE(Ask(idle, "free").has_value());
  ASSERT_TRUE(Create(ForestStudy("second", 1)).ok());
  EXPECT_TRUE(AssignmentFor("free").has_value());
  EXPECT_FALSE(AssignmentFor("ahead").has_value());
}

TEST_F(DispatcherAheadTest, ASlotThatAsksAheadGetsWhatNoFreeSlotWants) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId busy = Connect("busy");
  ASSERT_TRUE(Ask(busy).has_value());
  EXPECT_TRUE(Ask(busy).has_value());
}

TEST_F(DispatcherAheadTest, TrialsThatWaitInAWorkerDoNotCountAsAStudysShare) {
  ASSERT_TRUE(Create(ForestStudy("long", 100)).ok());
  const ConnectionId first = Connect("first");
  ASSERT_EQ(Ask(first)->study(), "long");
  ASSERT_TRUE(Create(ForestStudy("short", 100)).ok());
  const ConnectionId second = Connect("second");
  ASSERT_EQ(Ask(second)->study(), "short");
  // One of each runs. Whoever comes next, of two equals the older study is first; one that waits changes nothing.
  ASSERT_EQ(Ask(second)->study(), "long");
  EXPECT_EQ(Ask(Connect("third"))->study(), "long");
}

TEST_F(DispatcherAheadTest, ATrialThatWaitedBeginsWhenASlotOfItsWorkerIsFree) {
  ASSERT_TRUE(Create(ForestStudy("s", 2)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease running = Ask(alice)->lease();
  Pass(absl::Seconds(2));
  const Lease waiting = Ask(alice)->lease();
  Pass(absl::Seconds(1));
  EXPECT_TRUE(Finish(alice, running));
  Pass(absl::Seconds(4));
  EXPECT_TRUE(Finish(alice, waiting));
  EXPECT_THAT(Durations(), ElementsAre("0 30", "1 40"));
  EXPECT_THAT(Rows("SELECT count(*), '' FROM parzen_attempts a JOIN trials t USING (trial_id) "
                   "WHERE a.started = t.datetime_start"),
              ElementsAre("2 "));
}

TEST_F(DispatcherAheadTest, ATrialThatBeganLateIsStillTakenForOurs) {
  ASSERT_TRUE(Create(ForestStudy("s", 3)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease running = Ask(alice)->lease();
  const Lease waiting = Ask(alice)->lease();
  Pass(absl::Seconds(1));
  EXPECT_TRUE(Finish(alice, running));
  Execute("INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (1, 'k', '1')");
  Pass(absl::Seconds(1));
  EXPECT_THAT(sent_, IsEmpty());
  EXPECT_TRUE(Finish(alice, waiting));
}

TEST_F(DispatcherAheadTest, ATrialThatWaitedIsNotLostWithItsWorker) {
  StudySpec spec = ForestStudy("s", 2);
  spec.mutable_search()->set_max_attempts(1);
  ASSERT_TRUE(Create(spec).ok());
  const ConnectionId alice = Connect("alice");
  ASSERT_TRUE(Ask(alice).has_value());
  ASSERT_TRUE(Ask(alice).has_value());
  Disconnect(alice);
  Pass(kLease);
  EXPECT_THAT(Attempts(), ElementsAre("1 LOST", "1 RELEASED"));
  EXPECT_EQ(Trial(0).state(), FAIL);
  EXPECT_EQ(Trial(1).state(), WAITING);
  EXPECT_THAT(Rows("SELECT reason, '' FROM parzen_attempts WHERE state = 'RELEASED'"),
              ElementsAre(HasSubstr("it had not begun")));
}

TEST_F(DispatcherAheadTest, AStudyThatIsStoppedBeginsNoTrialThatWaits) {
  ASSERT_TRUE(Create(ForestStudy("s", 5)).ok());
  const ConnectionId alice = Connect("alice");
  const Lease running = Ask(alice)->lease();
  const Lease waiting = Ask(alice)->lease();
  Execute("UPDATE parzen_studies SET stopped = 1");
  Pass(absl::Seconds(1));
  ASSERT_EQ(sent_.size(), 1);
  EXPECT_EQ(sent_[0].message.drop().lease().token(), waiting.token());
  EXPECT_EQ(Trial(1).state(), WAITING);
  EXPECT_TRUE(Finish(alice, running));
}

}  // namespace
}  // namespace parzen
