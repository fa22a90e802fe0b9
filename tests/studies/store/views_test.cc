// The views for the sqlite3 shell say what the store says.
#include <limits>

#include "absl/strings/str_cat.h"
#include "studies/distribution.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;

class ViewTest : public StoreTest {
 protected:
  ViewTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s"));
  }

  // "number|state|value" of each trial, from the store.
  std::vector<std::string> FromStore() {
    std::vector<std::string> rows;
    const auto trials = ListTrials("s", 0, 1000);
    for (const TrialRecord& trial : *trials) {
      rows.push_back(absl::StrCat(trial.number(), "|", TrialState_Name(trial.state()), "|",
                                  trial.value().empty() ? "NULL" : JsonNumber(trial.value(0))));
    }
    return rows;
  }

  int64_t study_id_ = 0;
};

TEST_F(ViewTest, TrialsInTheViewAreTheTrialsOfTheStore) {
  for (const double value : {0.5, 0.9}) AddComplete(study_id_, value);
  for (const TrialState state : {FAIL, PRUNED, WAITING}) Move(AddTrial(study_id_, ForestPoint(0.1)), state);
  AddTrial(study_id_, ForestPoint(0.1));
  EXPECT_EQ(Query(Path(), "SELECT number, state, value FROM parzen_trials"), FromStore());
}

TEST_F(ViewTest, InfiniteValuesAreShown) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {kInfinity, -kInfinity}) AddComplete(study_id_, value);
  EXPECT_THAT(Query(Path(), "SELECT value FROM parzen_trials"), ElementsAre("Inf", "-Inf"));
}

TEST_F(ViewTest, ParametersAreOneJsonObjectOfValuesAsUsersSeeThem) {
  AddTrial(study_id_, ForestPoint(0.1 + 0.2, 7, 1));
  EXPECT_THAT(Query(Path(), "SELECT params FROM parzen_trials"),
              ElementsAre("{\"share\":0.30000000000000004,\"depth\":7,\"criterion\":\"ENTROPY\"}"));
}

TEST_F(ViewTest, ATrialShowsItsLastAttempt) {
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
  for (const int attempt : {1, 2}) {
    StoredWorker worker = WorkerNamed(absl::StrCat("tree", attempt));
    StoredAttempt row = OpenAttempt(trial_id, attempt, absl::StrCat("t", attempt));
    row.worker_id = worker.worker_id = worker.name;
    Transact([&] { return store().PutWorker(worker, kNoon); });
    Transact([&] { return store().InsertAttempt(row, kNoon); });
    Transact([&] { return store().EndAttempt(row.token, LOST, absl::StrCat(worker.name, " is gone"), kNoon); });
  }
  Move(trial_id, FAIL, {}, kNoon + absl::Milliseconds(1250));
  EXPECT_THAT(Query(Path(), "SELECT study, worker, attempts, reason, seconds FROM parzen_trials"),
              ElementsAre("s|tree2|2|tree2 is gone|1.25"));
}

TEST_F(ViewTest, TheBestTrialFollowsTheDirection) {
  const int64_t down = CreateStudy(ForestSpec("down", MINIMIZE));
  CreateStudy(ForestSpec("empty"));
  for (const double value : {0.5, 0.9, 0.1, 0.9, 0.1}) {
    AddComplete(study_id_, value);
    AddComplete(down, value);
  }
  EXPECT_THAT(Query(Path(), "SELECT study, number, value FROM parzen_best"), ElementsAre("s|1|0.9", "down|2|0.1"));
}

TEST_F(ViewTest, SeveralObjectivesHaveNoBestTrial) {
  StudySpec spec = ForestSpec("two");
  *spec.add_objective() = spec.objective(0);
  Move(AddTrial(CreateStudy(spec), ForestPoint(0.1)), COMPLETE, {0.1, 0.2});
  EXPECT_THAT(Query(Path(), "SELECT * FROM parzen_best"), testing::IsEmpty());
}

TEST_F(ViewTest, MetricsAreOneRowEach) {
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
  Transact([&] { return store().SetTrialUserAttribute(trial_id, "fit_seconds", "1.5"); });
  Transact([&] { return store().SetTrialUserAttribute(trial_id, "log_loss", "NaN"); });
  EXPECT_THAT(Query(Path(), "SELECT study, number, name, value FROM parzen_metrics"),
              ElementsAre("s|0|fit_seconds|1.5", "s|0|log_loss|NaN"));
}

TEST_F(ViewTest, ADistributionThatIsNoJsonDoesNotBreakTheView) {
  AddTrial(study_id_, ForestPoint(0.1));
  ASSERT_EQ(RunSql(Path(),
                   "UPDATE trial_params SET distribution_json = '{\"choices\": [NaN]}' WHERE param_name = 'criterion'"),
            absl::OkStatus());
  EXPECT_THAT(Query(Path(), "SELECT params FROM parzen_trials"),
              ElementsAre("{\"share\":0.1,\"depth\":5,\"criterion\":0.0}"));
}

}  // namespace
}  // namespace parzen
