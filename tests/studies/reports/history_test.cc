#include "studies/reports/history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::Eq;
using testing::IsEmpty;
using testing::Optional;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class HistoryTest : public testing::Test {
 protected:
  void Objective(const std::string& metric, Direction direction) {
    study_.add_metric(metric);
    study_.add_direction(direction);
  }
  void Trial(TrialState state, const std::vector<double>& values) {
    TrialRecord& trial = trials_.emplace_back();
    trial.set_number(static_cast<int64_t>(trials_.size()) - 1);
    trial.set_state(state);
    trial.mutable_value()->Assign(values.begin(), values.end());
  }
  void Complete(double value) { Trial(COMPLETE, {value}); }

  std::vector<std::optional<double>> BestSoFar(size_t objective = 0) {
    std::vector<std::optional<double>> best;
    for (const HistoryPoint& point : StudyHistory(study_, trials_)[objective].points) best.push_back(point.best_so_far);
    return best;
  }
  std::vector<std::optional<double>> Values() {
    std::vector<std::optional<double>> values;
    for (const HistoryPoint& point : StudyHistory(study_, trials_)[0].points) values.push_back(point.value);
    return values;
  }

  StudySummary study_;
  std::vector<TrialRecord> trials_;
};

TEST_F(HistoryTest, BestSoFarNeverGetsWorseWhenMaximising) {
  Objective("accuracy", MAXIMIZE);
  for (const double value : {.5, .8, .7, .9}) Complete(value);
  EXPECT_THAT(BestSoFar(), ElementsAre(.5, .8, .8, .9));
}

TEST_F(HistoryTest, BestSoFarNeverGetsWorseWhenMinimising) {
  Objective("loss", MINIMIZE);
  for (const double value : {.5, .8, .3, .4}) Complete(value);
  EXPECT_THAT(BestSoFar(), ElementsAre(.5, .5, .3, .3));
}

TEST_F(HistoryTest, ThereIsNoBestBeforeTheFirstCompleteTrial) {
  Objective("accuracy", MAXIMIZE);
  Trial(FAIL, {});
  Trial(RUNNING, {});
  Complete(.7);
  EXPECT_THAT(BestSoFar(), ElementsAre(Eq(std::nullopt), Eq(std::nullopt), Optional(.7)));
}

TEST_F(HistoryTest, PrunedTrialHasAValueThatDoesNotCount) {
  Objective("accuracy", MAXIMIZE);
  Complete(.7);
  Trial(PRUNED, {.9});
  EXPECT_THAT(Values(), ElementsAre(Optional(.7), Optional(.9)));
  EXPECT_THAT(BestSoFar(), ElementsAre(.7, .7));
}

TEST_F(HistoryTest, ValueThatIsNotFiniteIsNoValue) {
  Objective("loss", MINIMIZE);
  Complete(-kInfinity);
  Complete(kNan);
  Complete(2);
  EXPECT_THAT(Values(), ElementsAre(Eq(std::nullopt), Eq(std::nullopt), Optional(2.0)));
  EXPECT_THAT(BestSoFar(), ElementsAre(Eq(std::nullopt), Eq(std::nullopt), Optional(2.0)));
}

TEST_F(HistoryTest, EachObjectiveHasItsOwnHistory) {
  Objective("accuracy", MAXIMIZE);
  Objective("seconds", MINIMIZE);
  Trial(COMPLETE, {.5, 10});
  Trial(COMPLETE, {.6, 20});
  EXPECT_THAT(BestSoFar(0), ElementsAre(.5, .6));
  EXPECT_THAT(BestSoFar(1), ElementsAre(10.0, 10.0));
}

TEST_F(HistoryTest, ObjectiveWithoutMetricNameIsCounted) {
  study_.add_direction(MINIMIZE);
  EXPECT_EQ(StudyHistory(study_, trials_)[0].metric, "value_0");
}

TEST_F(HistoryTest, StudyWithoutTrialsHasNoPoints) {
  Objective("accuracy", MAXIMIZE);
  EXPECT_THAT(StudyHistory(study_, trials_)[0].points, IsEmpty());
}

TEST(TrialSecondsTest, AreMeasuredFromStartToCompletion) {
  TrialRecord trial;
  trial.set_started("2025-03-01 23:59:59.500000");
  EXPECT_EQ(TrialSeconds(trial), std::nullopt);
  trial.set_completed("2025-03-02 00:00:01.750000");
  EXPECT_THAT(TrialSeconds(trial), Optional(2.25));
}

}  // namespace
}  // namespace parzen
