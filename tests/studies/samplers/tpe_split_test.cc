#include "studies/samplers/tpe_split.h"

#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/samplers/tpe_options.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A history, and the split of it that has been kept up to date.
class TpeSplitTest : public testing::Test {
 protected:
  void Complete(std::vector<double> values, double violation = 0) { Add(COMPLETE, std::move(values), {}, violation); }
  void Pruned(std::vector<Step> steps, double violation = 0) { Add(PRUNED, {}, std::move(steps), violation); }

  void Add(TrialState state, std::vector<double> values = {}, std::vector<Step> steps = {}, double violation = 0) {
    HistoryTrial trial;
    trial.number = static_cast<int64_t>(history_.size());
    trial.state = state;
    trial.values = std::move(values);
    trial.steps = std::move(steps);
    trial.violation = violation;
    history_.Add(std::move(trial));
  }

  // Trials that nothing is to be learnt from, so that this many observations make one below for each ten.
  void Worse(int count) {
    for (int i = 0; i < count; ++i) Complete({1e6 + i});
  }

  std::vector<uint32_t> Below(std::vector<Direction> directions = {MINIMIZE}) const {
    const TpeOptions options = Optuna5(directions.size());
    TpeSplit split(std::move(directions), options);
    Read(split);
    return split.below();
  }

  // One good trial of ten.
  static TpeOptions Optuna5(size_t objectives = 1, bool liar = true) {
    TpeSampler message;
    message.set_preset(TpeSampler::OPTUNA5);
    message.set_constant_liar(liar);
    return *ResolveTpeOptions(message, objectives);
  }

  void Read(TpeSplit& split) const {
    std::vector<uint32_t> all(history_.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    split.Update(history_, all);
  }

  History history_;
};

TEST_F(TpeSplitTest, TheLowestValuesAreBelowWhenMinimising) {
  for (const double value : {3.0, 1.0, 2.0}) Complete({value});
  Worse(8);
  EXPECT_THAT(Below(), ElementsAre(1, 2));
}

TEST_F(TpeSplitTest, TheHighestValuesAreBelowWhenMaximising) {
  for (const double value : {3.0, 1.0, 2.0}) Complete({value});
  EXPECT_THAT(Below({MAXIMIZE}), ElementsAre(0));
}

TEST_F(TpeSplitTest, OfEqualValuesTheOldestIsBelow) {
  for (int i = 0; i < 11; ++i) Complete({5});
  EXPECT_THAT(Below(), ElementsAre(0, 1));
}

TEST_F(TpeSplitTest, InfiniteValuesAreTheBestOrTheWorst) {
  for (const double value : {kInfinity, 0.0, -kInfinity}) Complete({value});
  EXPECT_THAT(Below({MINIMIZE}), ElementsAre(2));
  EXPECT_THAT(Below({MAXIMIZE}), ElementsAre(0));
}

TEST_F(TpeSplitTest, PrunedTrialsComeAfterCompleteOnesTheLongestFirst) {
  Pruned({{3, 0.5}});
  Pruned({{0, 9.0}, {7, 2.0}});
  Pruned({{7, 1.0}});
  Pruned({{7, std::numeric_limits<double>::quiet_NaN()}});
  Pruned({});
  Complete({100});
  for (int i = 0; i < 5; ++i) Pruned({});  // eleven: two are below
  EXPECT_THAT(Below(), ElementsAre(2, 5));
  for (int i = 0; i < 10; ++i) Pruned({});
  EXPECT_THAT(Below(), ElementsAre(1, 2, 5));
  for (int i = 0; i < 10; ++i) Pruned({});
  EXPECT_THAT(Below(), ElementsAre(1, 2, 3, 5));
  for (int i = 0; i < 10; ++i) Pruned({});
  EXPECT_THAT(Below(), ElementsAre(0, 1, 2, 3, 5));
}

TEST_F(TpeSplitTest, PrunedValuesAreComparedInTheStudysDirection) {
  Pruned({{7, 1.0}});
  Pruned({{7, 2.0}});
  EXPECT_THAT(Below({MAXIMIZE}), ElementsAre(1));
}

TEST_F(TpeSplitTest, InfeasibleTrialsComeLastTheLeastViolationFirst) {
  Complete({-100}, 2.0);
  Complete({5}, 1.0);
  Pruned({});
  EXPECT_THAT(Below(), ElementsAre(2));
  for (int i = 0; i < 8; ++i) Complete({0}, 3.0);
  EXPECT_THAT(Below(), ElementsAre(1, 2));
}

TEST_F(TpeSplitTest, FailedTrialsAreNowhereAndDoNotCount) {
  for (int i = 0; i < 30; ++i) Add(FAIL);
  Complete({1});
  TpeSplit split({MINIMIZE}, Optuna5());
  Read(split);
  EXPECT_EQ(split.observations(), 1u);
  EXPECT_EQ(split.side(0), TpeSplit::Side::kNeither);
  EXPECT_THAT(split.below(), ElementsAre(30));
}

TEST_F(TpeSplitTest, TrialsWithoutAnEndAreAboveForALiarOnly) {
  Add(RUNNING);
  Add(WAITING);
  for (const bool liar : {true, false}) {
    TpeSplit split({MINIMIZE}, Optuna5(1, liar));
    Read(split);
    const TpeSplit::Side side = liar ? TpeSplit::Side::kAbove : TpeSplit::Side::kNeither;
    EXPECT_EQ(split.side(0), side);
    EXPECT_EQ(split.side(1), side);
    EXPECT_EQ(split.observations(), 0u);
    EXPECT_THAT(split.below(), IsEmpty());
  }
}

TEST_F(TpeSplitTest, WithSeveralObjectivesWholeFrontsAreBelow) {
  Complete({1, 3});
  Complete({2, 2});
  Complete({3, 1});
  for (int i = 0; i < 27; ++i) Complete({10.0 + i, 10.0 + i});
  EXPECT_THAT(Below({MINIMIZE, MINIMIZE}), ElementsAre(0, 1, 2));
}

TEST_F(TpeSplitTest, EachObjectiveHasItsDirection) {
  Complete({1, 3});
  Complete({1, 5});
  Complete({4, 4});
  EXPECT_THAT(Below({MINIMIZE, MAXIMIZE}), ElementsAre(1));
  EXPECT_THAT(Below({MAXIMIZE, MINIMIZE}), ElementsAre(2));
}

TEST_F(TpeSplitTest, TheLastFrontIsCutToThePointsOfLargestVolume) {
  // One front; the middle of the bulge covers most, and its near twin adds next to nothing to it.
  Complete({0, 10});
  Complete({2, 2});
  Complete({2.01, 1.99});
  Complete({10, 0});
  for (int i = 0; i < 7; ++i) Complete({20, 20});  // eleven: two are below
  const std::vector<uint32_t> below = Below({MINIMIZE, MINIMIZE});
  ASSERT_EQ(below.size(), 2u);
  EXPECT_EQ(std::count(below.begin(), below.end(), 1) + std::count(below.begin(), below.end(), 2), 1);
}

TEST_F(TpeSplitTest, WithSeveralObjectivesInfeasibleTrialsComeLastToo) {
  Complete({0, 0}, 1.0);
  Complete({5, 5});
  EXPECT_THAT(Below({MINIMIZE, MINIMIZE}), ElementsAre(1));
}

TEST_F(TpeSplitTest, ATrialThatIsPushedOutIsNamedAmongTheChanged) {
  TpeSplit split({MINIMIZE}, Optuna5());
  Complete({2});
  Read(split);
  Complete({1});
  EXPECT_THAT(split.Update(history_, {1}), ElementsAre(0, 1));
  EXPECT_EQ(split.side(0), TpeSplit::Side::kAbove);
  EXPECT_EQ(split.side(1), TpeSplit::Side::kBelow);
}

}  // namespace
}  // namespace parzen
