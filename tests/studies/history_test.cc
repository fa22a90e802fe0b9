#include "studies/history.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

HistoryTrial Trial(int64_t number, TrialState state = RUNNING) {
  HistoryTrial trial;
  trial.number = number;
  trial.state = state;
  return trial;
}

TEST(HistoryTest, EveryChangeOfATrialIsLoggedInOrder) {
  History history;
  history.Add(Trial(0));
  history.Add(Trial(1, WAITING));
  history.SetPoint(1, {0.5});
  history.Move(1, RUNNING);
  history.Move(0, COMPLETE, {3.0}, 0.25);
  EXPECT_THAT(history.changes(), ElementsAre(0, 1, 1, 1, 0));
  EXPECT_EQ(history[0].state, COMPLETE);
  EXPECT_THAT(history[0].values, ElementsAre(3.0));
  EXPECT_EQ(history[0].violation, 0.25);
  EXPECT_EQ(history[1].state, RUNNING);
  EXPECT_EQ(history[1].point, Point{0.5});
}

TEST(HistoryTest, ATrialThatIsPutBackLosesItsValues) {
  History history;
  history.Add(Trial(0));
  history.Move(0, COMPLETE, {3.0}, 1);
  history.Move(0, WAITING);
  EXPECT_THAT(history[0].values, IsEmpty());
  EXPECT_EQ(history[0].violation, 0);
}

TEST(HistoryTest, StepsAreKeptInOrderHoweverTheyCome) {
  History history;
  history.Add(Trial(0));
  for (const int64_t step : {3, 1, 4, 2, 0}) history.Report(0, step, 10.0 * step);
  EXPECT_THAT(history[0].steps, ElementsAre(Step{0, 0}, Step{1, 10}, Step{2, 20}, Step{3, 30}, Step{4, 40}));
}

TEST(HistoryTest, AStepReportedAgainIsReplaced) {
  History history;
  history.Add(Trial(0));
  for (const int64_t step : {1, 2, 3}) history.Report(0, step, 1);
  history.Report(0, 2, 7);
  history.Report(0, 3, std::numeric_limits<double>::infinity());
  EXPECT_THAT(history[0].steps, ElementsAre(Step{1, 1}, Step{2, 7}, Step{3, std::numeric_limits<double>::infinity()}));
}

TEST(HistoryTest, StepsAreNoChanges) {
  History history;
  history.Add(Trial(0));
  history.Report(0, 1, std::nan(""));
  EXPECT_THAT(history.changes(), ElementsAre(0));
}

TEST(HistoryTest, ATrialStaysWhereItIsWhileOthersAreAdded) {
  History history;
  history.Add(Trial(0));
  const HistoryTrial* const first = &history[0];
  for (int64_t number = 1; number < 10000; ++number) history.Add(Trial(number));
  EXPECT_EQ(first, &history[0]);
  EXPECT_EQ(history[9999].number, 9999);
}

TEST(HistoryTest, APartOfAHistoryHasGaps) {
  History part;
  part.Add(Trial(3));
  part.Add(Trial(17));
  part.Move(1, FAIL);
  EXPECT_THAT(part.changes(), ElementsAre(0, 1, 1));
  EXPECT_EQ(part[1].number, 17);
}

}  // namespace
}  // namespace parzen
