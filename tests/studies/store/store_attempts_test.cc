// Workers, attempts and events: what tells the story of a trial, and what a restarted coordinator goes by.
#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AttemptTest : public StoreTest {
 protected:
  AttemptTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s"));
    trial_id_ = AddTrial(study_id_, ForestPoint(0.1));
  }

  StoredAttempt Attempt(int attempt, const std::string& token, const std::string& request = "") const {
    StoredAttempt row = OpenAttempt(trial_id_, attempt, token);
    row.request_id = request;
    row.embedded = true;
    return row;
  }
  void Insert(const StoredAttempt& attempt) {
    Transact([&] { return store().InsertAttempt(attempt, kNoon); });
  }
  void End(const std::string& token, AttemptState state, const std::string& reason = "") {
    Transact([&] { return store().EndAttempt(token, state, reason, kNoon + absl::Seconds(2)); });
  }
  absl::Status TryInsert(const StoredAttempt& attempt) {
    return Try([&] { return store().InsertAttempt(attempt, kNoon); });
  }
  absl::Status TryEnd(const std::string& token, AttemptState state) {
    return Try([&] { return store().EndAttempt(token, state, "", kNoon); });
  }

  int64_t study_id_ = 0;
  int64_t trial_id_ = 0;
};

TEST_F(AttemptTest, AnAttemptIsFoundByItsTokenAndItsRequest) {
  Insert(Attempt(1, "secret", "request-1"));
  const auto found = store().FindAttemptByToken("secret");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->study_id, study_id_);
  EXPECT_EQ((*found)->trial_id, trial_id_);
  EXPECT_EQ((*found)->trial_number, 0);
  EXPECT_EQ((*found)->attempt, 1);
  EXPECT_EQ((*found)->worker_id, "w");
  EXPECT_EQ((*found)->state, OPEN);
  EXPECT_TRUE((*found)->embedded);
  EXPECT_EQ((*store().FindAttemptByRequest("request-1"))->token, "secret");
}

TEST_F(AttemptTest, UnknownTokensAndRequestsFindNothing) {
  Insert(Attempt(1, "secret"));
  EXPECT_EQ(*store().FindAttemptByToken("other"), std::nullopt);
  EXPECT_EQ(*store().FindAttemptByRequest(""), std::nullopt);
}

TEST_F(AttemptTest, TokensRequestsAndAttemptNumbersAreUnique) {
  Insert(Attempt(1, "t1", "r1"));
  EXPECT_THAT(TryInsert(Attempt(2, "t1", "r2")), IsError(absl::StatusCode::kAlreadyExists, "token"));
  EXPECT_THAT(TryInsert(Attempt(2, "t2", "r1")), IsError(absl::StatusCode::kAlreadyExists, "request_id"));
  EXPECT_THAT(TryInsert(Attempt(1, "t2", "r2")), IsError(absl::StatusCode::kAlreadyExists, "attempt"));
}

TEST_F(AttemptTest, AttemptsThatNobodyAskedForDoNotCollide) {
  Insert(Attempt(1, "t1"));
  Insert(Attempt(2, "t2"));
  EXPECT_THAT(*store().LoadOpenAttempts(), SizeIs(2));
}

TEST_F(AttemptTest, AnEndedAttemptIsNotOpen) {
  Insert(Attempt(1, "t1"));
  Insert(Attempt(2, "t2"));
  End("t1", LOST, "its worker went silent");
  const auto open = store().LoadOpenAttempts();
  ASSERT_THAT(*open, SizeIs(1));
  EXPECT_EQ((*open)[0].token, "t2");
  EXPECT_EQ((*store().FindAttemptByToken("t1"))->state, LOST);
}

TEST_F(AttemptTest, AnAttemptEndsOnce) {
  Insert(Attempt(1, "t1"));
  End("t1", ENDED);
  EXPECT_THAT(TryEnd("t1", LOST),
              IsError(absl::StatusCode::kFailedPrecondition, "attempt 1 of trial 0 is ENDED already"));
  EXPECT_THAT(TryEnd("t2", LOST), IsError(absl::StatusCode::kNotFound, "no attempt has this token"));
  EXPECT_THAT(TryEnd("t1", OPEN), IsError(absl::StatusCode::kInvalidArgument, "does not end as OPEN"));
}

TEST_F(AttemptTest, ATrialCountsItsAttemptsAndTheLostOnes) {
  Insert(Attempt(1, "t1"));
  Insert(Attempt(2, "t2"));
  Insert(Attempt(3, "t3"));
  End("t1", LOST, "gone");
  End("t2", RELEASED);
  const auto trials = store().LoadTrials(study_id_, *SearchSpace::Create(ForestSpec("s")));
  EXPECT_EQ((*trials)[0].attempts, 3);
  EXPECT_EQ((*trials)[0].lost_attempts, 1);
}

TEST_F(AttemptTest, ATrialTellsTheStoryOfItsAttempts) {
  StoredWorker worker = WorkerNamed("oak");
  worker.host = "forest";
  Transact([&] { return store().PutWorker(worker, kNoon); });
  Insert(Attempt(1, "t1"));
  End("t1", LOST, "its worker went silent");
  Insert(Attempt(2, "t2"));
  const auto trial = GetTrial("s", 0);
  ASSERT_TRUE(trial.ok()) << trial.status();
  ASSERT_THAT(trial->attempt(), SizeIs(2));
  EXPECT_EQ(trial->attempt(0).ShortDebugString(),
            "attempt: 1 state: LOST worker: \"oak\" host: \"forest\" started: \"2026-11-20 12:00:00.000007\" "
            "ended: \"2026-11-20 12:00:02.000007\" reason: \"its worker went silent\"");
  EXPECT_EQ(trial->attempt(1).state(), OPEN);
}

TEST_F(AttemptTest, AWorkerThatComesBackIsTheSameRow) {
  StoredWorker worker = WorkerNamed("oak");
  Transact([&] { return store().PutWorker(worker, kNoon); });
  worker.slots = 8;
  Transact([&] { return store().PutWorker(worker, kNoon + absl::Seconds(9)); });
  EXPECT_THAT(Query(Path(), "SELECT name, slots, first_seen, last_seen FROM parzen_workers"),
              ElementsAre("oak|8|2026-11-20 12:00:00.000007|2026-11-20 12:00:09.000007"));
}

TEST_F(AttemptTest, EventsAreKeptInOrder) {
  Transact([&] { return store().AppendEvent(study_id_, trial_id_, "refused", "late end of attempt 1", kNoon); });
  Transact([&] { return store().AppendEvent(study_id_, 0, "sampler_failed", "why", kNoon); });
  EXPECT_THAT(Query(Path(), "SELECT study_id, trial_id, kind, detail FROM parzen_events ORDER BY event_id"),
              ElementsAre("1|1|refused|late end of attempt 1", "1|NULL|sampler_failed|why"));
}

TEST_F(AttemptTest, LongTextsAreCutBetweenCharacters) {
  const std::string text = std::string(kMaxTextBytes - 1, 'x') + "\u00e9";
  Transact([&] { return store().AppendEvent(study_id_, 0, "refused", text, kNoon); });
  EXPECT_THAT(Query(Path(), "SELECT length(CAST(detail AS BLOB)) FROM parzen_events"),
              ElementsAre(absl::StrCat(kMaxTextBytes - 1)));
}

TEST_F(AttemptTest, WithoutAttemptsThereIsNoOpenOne) { EXPECT_THAT(*store().LoadOpenAttempts(), IsEmpty()); }

}  // namespace
}  // namespace parzen
