// What a search needs to go on after a restart: enqueued points, curves and constraints.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "studies/store/stored_constraints.h"
#include "studies/store/stored_params.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class SearchTest : public StoreTest {
 protected:
  SearchTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s", MINIMIZE));
  }

  StoredTrial Loaded(size_t number) {
    const auto trials = store().LoadTrials(study_id_, space_);
    EXPECT_TRUE(trials.ok()) << trials.status();
    return (*trials)[number];
  }
  void SetAttribute(int64_t trial_id, absl::string_view key, absl::string_view json) {
    Transact([&] { return store().SetTrialSystemAttribute(trial_id, key, json); });
  }
  int64_t Enqueue(int64_t number, const Point& given) {
    int64_t trial_id = 0;
    Transact([&] {
      const auto enqueued = store().EnqueueTrial(study_id_, number, space_, given);
      trial_id = enqueued.value_or(0);
      return enqueued.status();
    });
    return trial_id;
  }

  const SearchSpace space_ = *SearchSpace::Create(ForestSpec("s"));
  int64_t study_id_ = 0;
};

TEST_F(SearchTest, AnEnqueuedTrialWaitsWithWhatWasGivenOfIt) {
  Enqueue(0, {std::nullopt, 7, 1});
  const StoredTrial trial = Loaded(0);
  EXPECT_EQ(trial.state, WAITING);
  EXPECT_EQ(trial.fixed_params, "{\"depth\": 7, \"criterion\": \"ENTROPY\"}");
  const GivenPoint given = FromFixedParams(space_, *trial.fixed_params);
  EXPECT_EQ(given.point, (Point{std::nullopt, 7, 1}));
  EXPECT_EQ(given.ignored, "");
  EXPECT_THAT(Query(Path(), "SELECT state, datetime_start FROM trials"), ElementsAre("WAITING|NULL"));
}

TEST_F(SearchTest, AnEnqueuedTrialNeedsTheNextNumber) {
  EXPECT_THAT(Try([&] { return store().EnqueueTrial(study_id_, 3, space_, Point(3)).status(); }),
              IsError(absl::StatusCode::kFailedPrecondition, "number 0, not 3"));
}

TEST_F(SearchTest, ACompletedPointReplacesWhatIsStored) {
  const int64_t trial_id = Enqueue(0, Point(3));
  ASSERT_EQ(RunSql(Path(),
                   "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) "
                   "VALUES (1, 'depth', 99, '{}')"),
            absl::OkStatus());
  Transact([&] { return store().SetPoint(trial_id, space_, ForestPoint(0.25, 6, 1)); });
  EXPECT_EQ(Loaded(0).point, ForestPoint(0.25, 6, 1));
  EXPECT_FALSE(Try([&] { return store().SetPoint(trial_id, space_, Point(3)); }).ok());
}

TEST_F(SearchTest, OnlyATrialThatWaitsTellsWhatWasGiven) {
  const int64_t trial_id = Enqueue(0, ForestPoint(0.1));
  Move(trial_id, RUNNING);
  EXPECT_EQ(Loaded(0).fixed_params, std::nullopt);
}

TEST_F(SearchTest, CurvesComeBackInTheOrderOfTheirSteps) {
  const int64_t other = AddTrial(study_id_, ForestPoint(0.1));
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.2));
  Transact([&] { return store().SetIntermediateValue(other, 5, 1); });
  for (const int64_t step : {7, 2, 4}) {
    Transact([&] { return store().SetIntermediateValue(trial_id, step, step == 4 ? -kInfinity : 0.1 * step); });
  }
  Transact([&] { return store().SetIntermediateValue(trial_id, 2, std::nan("")); });
  EXPECT_THAT(Loaded(0).steps, ElementsAre(Step{5, 1}));
  const std::vector<Step> steps = Loaded(1).steps;
  ASSERT_EQ(steps.size(), 3u);
  EXPECT_TRUE(steps[0].step == 2 && std::isnan(steps[0].value));
  EXPECT_EQ(steps[1], (Step{4, -kInfinity}));
  EXPECT_EQ(steps[2], (Step{7, 0.1 * 7}));
}

TEST_F(SearchTest, BrokenConstraintsAddUpAndKeptOnesDoNot) {
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
  SetAttribute(trial_id, ConstraintKey("seconds"), "0.5");
  SetAttribute(trial_id, ConstraintKey("size"), "-2.0");
  SetAttribute(trial_id, ConstraintKey("error"), "0.25");
  EXPECT_EQ(Loaded(0).violation, 0.75);
}

TEST_F(SearchTest, AFinalTrialGetsNoSystemAttribute) {
  const int64_t trial_id = AddComplete(study_id_, 1);
  EXPECT_THAT(Try([&] { return store().SetTrialSystemAttribute(trial_id, "a", "1"); }),
              IsError(absl::StatusCode::kFailedPrecondition, "which is final"));
}

// Each form of constraint that is broken, and of one that is kept.
TEST_F(SearchTest, TheBestTrialAndTheViewAgreeWithTheViolationOnWhatIsBroken) {
  const std::vector<std::pair<std::string, std::string>> attributes = {
      {"constraints", "[1.0, -1.0]"},
      {"constraints", "null"},
      {"constraints", "[NaN]"},
      {"constraints", "[Infinity]"},
      {"constraints", "[\"a\"]"},
      {"constraints", "broken"},
      {"constraints:a", "0.5"},
      {"constraints:a", "Infinity"},
      {"constraints:a", "NaN"},
      {"constraints:a", "\"a\""},
      {"constraints", "[]"},
      {"constraints", "[-1, 0]"},
      {"constraints", "[-Infinity]"},
      {"constraints:a", "-0.5"},
      {"constraints:a", "-Infinity"},
      {"constraintsx", "5"},
      {"other", "5"},
  };
  for (size_t i = 0; i < attributes.size(); ++i) {
    const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
    SetAttribute(trial_id, attributes[i].first, attributes[i].second);
    Move(trial_id, COMPLETE, {100.0 - static_cast<double>(i)});  // each better than all before it
    const bool broken = i < 10;
    EXPECT_EQ(Loaded(i).violation > 0, broken) << attributes[i].second;
    const auto summary = GetStudy("s");
    const int64_t best = summary->has_best() ? summary->best().number() : -1;
    EXPECT_EQ(best, broken ? -1 : static_cast<int64_t>(i)) << attributes[i].first << " " << attributes[i].second;
    const std::vector<std::string> expected =
        broken ? std::vector<std::string>() : std::vector<std::string>{absl::StrCat(i)};
    EXPECT_EQ(Query(Path(), "SELECT number FROM parzen_best"), expected) << attributes[i].second;
  }
}

TEST_F(SearchTest, ConstraintsAreShownWithTheirNames) {
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
  SetAttribute(trial_id, "constraints", "[0.5, -1]");
  SetAttribute(trial_id, "constraints:seconds", "2");
  std::vector<std::string> shown;
  const auto trial = GetTrial("s", 0);
  for (const MetricValue& constraint : trial->constraint()) {
    shown.push_back(absl::StrCat(constraint.name(), " ", constraint.value()));
  }
  EXPECT_THAT(shown, ElementsAre("0 0.5", "1 -1", "seconds 2"));
}

TEST_F(SearchTest, AFileOfTheFirstVersionGetsTheNewViewsAndKeepsItsRows) {
  const int64_t trial_id = AddTrial(study_id_, ForestPoint(0.1));
  SetAttribute(trial_id, "constraints:a", "1");
  Move(trial_id, COMPLETE, {0.5});
  Close();
  std::string earlier =
      "DROP VIEW parzen_best; CREATE VIEW parzen_best AS SELECT number FROM parzen_trials; "
      "DROP INDEX parzen_workers_connected; UPDATE parzen_version SET schema_version = 1;";
  for (const char* const later :
       {"studies DROP COLUMN stopped", "studies DROP COLUMN deadline", "attempts DROP COLUMN asked",
        "workers DROP COLUMN disconnected", "workers DROP COLUMN draining", "workers DROP COLUMN memory_bytes",
        "workers DROP COLUMN labels", "workers DROP COLUMN models", "workers DROP COLUMN version",
        "workers DROP COLUMN allow_commands", "workers DROP COLUMN clock_ahead_seconds"}) {
    absl::StrAppend(&earlier, "ALTER TABLE parzen_", later, ";");
  }
  ASSERT_EQ(RunSql(Path(), earlier), absl::OkStatus());
  ASSERT_THAT(Query(Path(), "SELECT * FROM parzen_best"), ElementsAre("0"));
  Open(Store::Mode::kReadWrite);
  EXPECT_THAT(Query(Path(), "SELECT * FROM parzen_best"), IsEmpty());
  EXPECT_THAT(Query(Path(), "SELECT * FROM parzen_version"), ElementsAre("1|5"));
  EXPECT_EQ(Loaded(0).state, COMPLETE);
}

}  // namespace
}  // namespace parzen
