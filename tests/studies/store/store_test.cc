// Writing studies and trials, and reading them back as the coordinator does.
#include "studies/store/store.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class WriteTest : public StoreTest {
 protected:
  WriteTest() {
    Open();
    space_.emplace(*SearchSpace::Create(ForestSpec("any")));
  }

  std::vector<StoredTrial> Trials(int64_t study_id) {
    const auto trials = store().LoadTrials(study_id, *space_);
    EXPECT_TRUE(trials.ok()) << trials.status();
    return *trials;
  }
  absl::Status TryMove(int64_t trial_id, TrialState to, const std::vector<double>& values = {}) {
    return Try([&] { return store().MoveTrial(trial_id, to, values, kNoon); });
  }
  absl::Status TryInsert(int64_t study_id, int64_t number, const Point& point = ForestPoint(0.1)) {
    return Try([&] { return store().InsertTrial(study_id, number, *space_, point, kNoon).status(); });
  }

  std::optional<SearchSpace> space_;
};

// --- Transactions.

TEST_F(WriteTest, NothingIsWrittenOutsideATransaction) {
  EXPECT_THAT(store().CreateStudy(ForestSpec("s"), {}, 0, kNoon).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "call Begin first"));
  EXPECT_THAT(Query(Path(), "SELECT * FROM studies"), IsEmpty());
}

TEST_F(WriteTest, ARollbackLeavesNothing) {
  EXPECT_EQ(Try([&] { return store().CreateStudy(ForestSpec("s"), {}, 0, kNoon).status(); }), absl::OkStatus());
  EXPECT_THAT(*store().LoadStudies(), IsEmpty());
}

TEST_F(WriteTest, ATransactionSeesItsOwnWrites) {
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  ASSERT_TRUE(store().CreateStudy(ForestSpec("s"), {}, 0, kNoon).ok());
  EXPECT_EQ(store().FindStudy("s")->name, "s");
  EXPECT_EQ(GetStudy("s")->running(), 0);
  EXPECT_EQ(store().Commit(), absl::OkStatus());
}

TEST_F(WriteTest, AWriteThatSqliteRefusesEndsTheTransaction) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  const int64_t trial_id = AddTrial(study_id, ForestPoint(0.1));
  const StoredAttempt attempt = OpenAttempt(trial_id, 1, "same");
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  ASSERT_EQ(store().SetBudget(study_id, 9), absl::OkStatus());
  ASSERT_EQ(store().InsertAttempt(attempt, kNoon), absl::OkStatus());
  const absl::Status refused = store().InsertAttempt(attempt, kNoon);
  EXPECT_THAT(refused, IsError(absl::StatusCode::kAlreadyExists, "parzen_attempts"));
  EXPECT_EQ(store().SetBudget(study_id, 10), refused);
  EXPECT_EQ(store().Commit(), refused);
  EXPECT_EQ(store().FindStudy("s")->budget, 0);
  Transact([&] { return store().SetBudget(study_id, 11); });  // and the next one starts afresh
}

TEST_F(WriteTest, ARefusalThatWroteNothingLeavesTheTransactionOpen) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  EXPECT_FALSE(store().CreateStudy(ForestSpec("s"), {}, 0, kNoon).ok());
  EXPECT_EQ(store().SetBudget(study_id, 5), absl::OkStatus());
  EXPECT_EQ(store().Commit(), absl::OkStatus());
  EXPECT_EQ(store().FindStudy("s")->budget, 5);
}

// --- Studies.

TEST_F(WriteTest, AStudyIsReadBackAsItWasMade) {
  DatasetFile file;
  file.set_name("train.csv");
  file.set_path("/data/train.csv");
  file.set_sha256(std::string(64, 'a'));
  file.set_bytes(12345678901);
  const StudySpec spec = ForestSpec("s");
  Transact([&] { return store().CreateStudy(spec, {file}, 60, kNoon).status(); });
  const auto study = store().FindStudy("s");
  ASSERT_TRUE(study.ok()) << study.status();
  EXPECT_EQ(study->spec->SerializeAsString(), spec.SerializeAsString());
  EXPECT_THAT(study->files, SizeIs(1));
  EXPECT_EQ(study->files[0].SerializeAsString(), file.SerializeAsString());
  EXPECT_EQ(study->budget, 60);
  EXPECT_FALSE(study->space_finished);
  EXPECT_THAT(study->directions, ElementsAre(MAXIMIZE));
}

TEST_F(WriteTest, NamesMayHoldQuotesAndAnyScript) {
  for (const std::string name : {"it's \"mine\"; DROP TABLE studies --", "\u7814\u7a76 \U0001f333", "a%_b"}) {
    CreateStudy(ForestSpec(name));
    const auto study = store().FindStudy(name);
    ASSERT_TRUE(study.ok()) << study.status();
    EXPECT_EQ(study->spec->name(), name);
  }
}

TEST_F(WriteTest, ANameCanBeTakenOnce) {
  CreateStudy(ForestSpec("s"));
  EXPECT_THAT(Try([&] { return store().CreateStudy(ForestSpec("s"), {}, 0, kNoon).status(); }),
              IsError(absl::StatusCode::kAlreadyExists, "there is a study \"s\""));
}

TEST_F(WriteTest, AnUnknownStudyIsAnsweredWithTheClosestName) {
  CreateStudy(ForestSpec("forest"));
  EXPECT_THAT(store().FindStudy("forst").status(), IsError(absl::StatusCode::kNotFound, "did you mean \"forest\"?"));
}

TEST_F(WriteTest, SeveralObjectivesKeepTheirOrder) {
  StudySpec spec = ForestSpec("s");
  spec.add_objective()->set_metric("fit_seconds");
  spec.mutable_objective(1)->set_direction(MINIMIZE);
  CreateStudy(spec);
  EXPECT_THAT(Query(Path(), "SELECT direction, objective FROM study_directions ORDER BY study_direction_id"),
              ElementsAre("MAXIMIZE|0", "MINIMIZE|1"));
  EXPECT_THAT(Query(Path(), "SELECT key, value_json FROM study_system_attributes"),
              ElementsAre("study:metric_names|[\"validation_accuracy\", \"fit_seconds\"]"));
}

TEST_F(WriteTest, BudgetAndFinishedSpaceAndFinalResultCanChange) {
  const int64_t study_id = CreateStudy(ForestSpec("s"), 5);
  FinalResult result;
  result.set_trial_number(3);
  result.mutable_metrics()->mutable_test()->set_accuracy(0.1 + 0.2);
  Transact([&] { return store().SetBudget(study_id, 7); });
  Transact([&] { return store().SetSpaceFinished(study_id, true); });
  Transact([&] { return store().SetFinalResult(study_id, result); });
  EXPECT_EQ(store().FindStudy("s")->budget, 7);
  EXPECT_TRUE(store().FindStudy("s")->space_finished);
  EXPECT_EQ(GetStudy("s")->final().SerializeAsString(), result.SerializeAsString());
}

TEST_F(WriteTest, AStudyThatDoesNotExistCannotBeChanged) {
  EXPECT_THAT(Try([&] { return store().SetBudget(42, 7); }), IsError(absl::StatusCode::kNotFound, "study_id 42"));
}

TEST_F(WriteTest, ASpecThatIsNotUnderstoodNamesItsStudyAndHidesNoOther) {
  CreateStudy(ForestSpec("s"));
  ASSERT_EQ(RunSql(Path(), "UPDATE parzen_studies SET spec = 'flux_capacitor: 1'"), absl::OkStatus());
  const std::vector<StoredStudy> studies = *store().LoadStudies();
  ASSERT_EQ(studies.size(), 1u);
  EXPECT_FALSE(studies[0].spec.has_value());
  EXPECT_THAT(studies[0].unreadable, testing::HasSubstr("the spec of study \"s\""));
}

// --- Trials.

TEST_F(WriteTest, ATrialIsStoredAsOptunaStoresOne) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddTrial(study_id, ForestPoint(0.1, 7, 1));
  EXPECT_THAT(Query(Path(), "SELECT number, study_id, state, datetime_start, datetime_complete FROM trials"),
              ElementsAre(absl::StrCat("0|", study_id, "|RUNNING|2026-11-20 12:00:00.000007|NULL")));
  EXPECT_THAT(
      Query(Path(), "SELECT param_name, typeof(param_value), param_value, distribution_json FROM trial_params"),
      ElementsAre(
          "share|real|0.1|{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 0.001, "
          "\"high\": 0.5, \"log\": true}}",
          "depth|real|7.0|{\"name\": \"IntDistribution\", \"attributes\": {\"log\": false, \"step\": 1, \"low\": 1, "
          "\"high\": 20}}",
          "criterion|real|1.0|{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"GINI\", "
          "\"ENTROPY\"]}}"));
}

TEST_F(WriteTest, NumbersCountTheTrialsOfEachStudy) {
  const int64_t a = CreateStudy(ForestSpec("a"));
  const int64_t b = CreateStudy(ForestSpec("b"));
  for (const int64_t study_id : {a, b, a}) AddTrial(study_id, ForestPoint(0.1));
  EXPECT_THAT(Query(Path(), "SELECT study_id, number FROM trials ORDER BY trial_id"),
              ElementsAre(absl::StrCat(a, "|0"), absl::StrCat(b, "|0"), absl::StrCat(a, "|1")));
}

TEST_F(WriteTest, ATrialThatAnotherProgramAddedIsNoticed) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  ASSERT_EQ(RunSql(Path(), "INSERT INTO trials (number, study_id, state) VALUES (0, 1, 'WAITING')"), absl::OkStatus());
  EXPECT_THAT(TryInsert(study_id, 0), IsError(absl::StatusCode::kFailedPrecondition, "is number 1, not 0"));
  EXPECT_EQ(TryInsert(study_id, 1), absl::OkStatus());
}

TEST_F(WriteTest, ATrialNeedsAStudyAndAPointOfItsSpace) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  EXPECT_THAT(TryInsert(study_id + 1, 0), IsError(absl::StatusCode::kNotFound, "study_id 2"));
  EXPECT_FALSE(TryInsert(study_id, 0, ForestPoint(0.9)).ok());
  EXPECT_FALSE(TryInsert(study_id, 0, {0.1, std::nullopt, 1}).ok());
}

TEST_F(WriteTest, TrialsComeBackByNumberWithPointAndValues) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddComplete(study_id, 0.25);
  AddTrial(study_id, ForestPoint(0.3, 20, 1));
  const std::vector<StoredTrial> trials = Trials(study_id);
  ASSERT_THAT(trials, SizeIs(2));
  EXPECT_EQ(trials[0].state, COMPLETE);
  EXPECT_THAT(trials[0].values, ElementsAre(0.25));
  EXPECT_EQ(trials[1].number, 1);
  EXPECT_EQ(trials[1].point, ForestPoint(0.3, 20, 1));
  EXPECT_THAT(trials[1].values, IsEmpty());
}

TEST_F(WriteTest, ParametersThatTheSpaceDoesNotKnowAreLeftOut) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddTrial(study_id, ForestPoint(0.1));
  ASSERT_EQ(RunSql(Path(), "INSERT INTO trial_params (trial_id, param_name, param_value) VALUES (1, 'other', 3)"),
            absl::OkStatus());
  EXPECT_EQ(Trials(study_id)[0].point, ForestPoint(0.1));
}

TEST_F(WriteTest, ANumberOutsideTheRangeIsKeptButNoCategoryThatDoesNotExist) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddTrial(study_id, ForestPoint(0.1));
  ASSERT_EQ(RunSql(Path(), "UPDATE trial_params SET param_value = 99 WHERE param_name != 'share'"), absl::OkStatus());
  EXPECT_EQ(Trials(study_id)[0].point, (Point{0.1, 99, std::nullopt}));
}

TEST_F(WriteTest, AGapInTheNumbersIsRefused) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  for (int i = 0; i < 3; ++i) AddTrial(study_id, ForestPoint(0.1));
  ASSERT_EQ(RunSql(Path(), "DELETE FROM trials WHERE number = 1"), absl::OkStatus());
  EXPECT_THAT(store().LoadTrials(study_id, *space_).status(),
              IsError(absl::StatusCode::kFailedPrecondition, "a trial 2 where number 1 belongs"));
}

// --- Moves.

TEST_F(WriteTest, AFinishedTrialCannotBeMoved) {
  const int64_t trial_id = AddComplete(CreateStudy(ForestSpec("s")), 0.5);
  for (const TrialState to : {RUNNING, WAITING, FAIL, PRUNED}) {
    EXPECT_THAT(TryMove(trial_id, to), IsError(absl::StatusCode::kFailedPrecondition, "trial 0 is COMPLETE"));
  }
}

TEST_F(WriteTest, AStateThatAnotherProgramChangedIsNoticed) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  ASSERT_EQ(RunSql(Path(), "UPDATE trials SET state = 'FAIL'"), absl::OkStatus());
  EXPECT_THAT(TryMove(trial_id, COMPLETE, {1}), IsError(absl::StatusCode::kFailedPrecondition, "is FAIL"));
}

TEST_F(WriteTest, MovesSetAndClearTheTimes) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  const std::string times = "SELECT state, datetime_start, datetime_complete FROM trials";
  Move(trial_id, WAITING);
  EXPECT_THAT(Query(Path(), times), ElementsAre("WAITING|NULL|NULL"));
  Move(trial_id, RUNNING, {}, kNoon + absl::Seconds(1));
  EXPECT_THAT(Query(Path(), times), ElementsAre("RUNNING|2026-11-20 12:00:01.000007|NULL"));
  Move(trial_id, FAIL, {}, kNoon + absl::Seconds(3));
  EXPECT_THAT(Query(Path(), times), ElementsAre("FAIL|2026-11-20 12:00:01.000007|2026-11-20 12:00:03.000007"));
}

TEST_F(WriteTest, AWholeSecondStillHasSixDigits) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  AddTrial(study_id, ForestPoint(0.1), absl::FromUnixSeconds(1'795'176'000));
  EXPECT_THAT(Query(Path(), "SELECT datetime_start FROM trials"), ElementsAre("2026-11-20 12:00:00.000000"));
}

TEST_F(WriteTest, ACompleteTrialHasOneValueAnObjective) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  EXPECT_THAT(TryMove(trial_id, COMPLETE), IsError(absl::StatusCode::kInvalidArgument, "0 values; there must be 1"));
  EXPECT_THAT(TryMove(trial_id, COMPLETE, {1, 2}), IsError(absl::StatusCode::kInvalidArgument, "2 values"));
  EXPECT_THAT(TryMove(trial_id, FAIL, {1}), IsError(absl::StatusCode::kInvalidArgument, "there must be none"));
  EXPECT_EQ(TryMove(trial_id, PRUNED), absl::OkStatus());
  EXPECT_EQ(TryMove(trial_id, PRUNED, {1}), absl::OkStatus());
}

TEST_F(WriteTest, NaNIsNoObjectiveValue) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  EXPECT_THAT(TryMove(trial_id, COMPLETE, {kNaN}), IsError(absl::StatusCode::kInvalidArgument, "objective 0 is NaN"));
}

TEST_F(WriteTest, InfinitiesAreStoredAsOptunaDoesAndReadBack) {
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  for (const double value : {kInfinity, -kInfinity, 1e300}) AddComplete(study_id, value);
  EXPECT_THAT(Query(Path(), "SELECT value, value_type FROM trial_values"),
              ElementsAre("NULL|INF_POS", "NULL|INF_NEG", "1.0e+300|FINITE"));
  EXPECT_THAT(Trials(study_id)[0].values, ElementsAre(kInfinity));
  EXPECT_THAT(Trials(study_id)[1].values, ElementsAre(-kInfinity));
}

// --- Steps, attributes, artifacts.

TEST_F(WriteTest, AStepReportedAgainIsOverwritten) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  for (const double value : {0.5, kNaN, kInfinity, 0.75}) {
    Transact([&] { return store().SetIntermediateValue(trial_id, 3, value); });
  }
  EXPECT_THAT(
      Query(Path(),
            "SELECT trial_id, step, intermediate_value, intermediate_value_type FROM trial_intermediate_values"),
      ElementsAre("1|3|0.75|FINITE"));
}

TEST_F(WriteTest, AStepMayBeNaN) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  Transact([&] { return store().SetIntermediateValue(trial_id, 0, kNaN); });
  EXPECT_THAT(Query(Path(), "SELECT intermediate_value, intermediate_value_type FROM trial_intermediate_values"),
              ElementsAre("NULL|NAN"));
  EXPECT_THAT(Try([&] { return store().SetIntermediateValue(trial_id, -1, 0); }),
              IsError(absl::StatusCode::kInvalidArgument, "step -1"));
}

TEST_F(WriteTest, AnAttributeSetAgainIsOverwritten) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  for (const char* const json : {"1.5", "\"two\""}) {
    Transact([&] { return store().SetTrialUserAttribute(trial_id, "note", json); });
  }
  EXPECT_THAT(Query(Path(), "SELECT key, value_json FROM trial_user_attributes"), ElementsAre("note|\"two\""));
}

TEST_F(WriteTest, NothingOfAFinishedTrialChangesAnyMore) {
  const int64_t trial_id = AddComplete(CreateStudy(ForestSpec("s")), 0.5);
  EXPECT_THAT(Try([&] { return store().SetIntermediateValue(trial_id, 0, 1); }),
              IsError(absl::StatusCode::kFailedPrecondition, "trial 0 is COMPLETE"));
  EXPECT_THAT(Try([&] { return store().SetTrialUserAttribute(trial_id, "a", "1"); }),
              IsError(absl::StatusCode::kFailedPrecondition, "trial 0 is COMPLETE"));
}

TEST_F(WriteTest, ATrialThatDoesNotExistCannotBeChanged) {
  EXPECT_THAT(TryMove(42, FAIL), IsError(absl::StatusCode::kNotFound, "trial_id 42"));
  EXPECT_THAT(Try([&] { return store().SetIntermediateValue(42, 0, 1); }),
              IsError(absl::StatusCode::kNotFound, "trial_id 42"));
  EXPECT_THAT(Try([&] { return store().SetTrialUserAttribute(42, "a", "1"); }),
              IsError(absl::StatusCode::kNotFound, "trial_id 42"));
  EXPECT_THAT(Try([&] { return store().PutArtifact(42, "a", "b", "c"); }),
              IsError(absl::StatusCode::kNotFound, "trial_id 42"));
}

TEST_F(WriteTest, AttributesAreBounded) {
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  EXPECT_THAT(Try([&] { return store().SetTrialUserAttribute(trial_id, "a", std::string(kMaxTextBytes + 1, '1')); }),
              IsError(absl::StatusCode::kInvalidArgument, "1048577 bytes"));
  EXPECT_THAT(Try([&] { return store().SetTrialUserAttribute(trial_id, std::string(513, 'k'), "1"); }),
              IsError(absl::StatusCode::kInvalidArgument, "a key of 513"));
}

TEST_F(WriteTest, AnArtifactKeepsItsBytesAndIsReplacedByName) {
  const int64_t trial_id = AddComplete(CreateStudy(ForestSpec("s")), 0.5);
  for (const std::string& bytes : {std::string("old"), std::string("a\0b", 3)}) {
    Transact([&] { return store().PutArtifact(trial_id, "model", "application/octet-stream", bytes); });
  }
  EXPECT_THAT(Query(Path(), "SELECT name, media_type, hex(bytes) FROM parzen_artifacts"),
              ElementsAre("model|application/octet-stream|610062"));
}

}  // namespace
}  // namespace parzen
