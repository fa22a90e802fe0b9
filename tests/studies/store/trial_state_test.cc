#include "studies/trial_state.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

constexpr TrialState kStates[] = {RUNNING, COMPLETE, PRUNED, FAIL, WAITING};

TEST(TrialStateTest, NothingLeavesAFinalState) {
  for (const TrialState from : {COMPLETE, PRUNED, FAIL}) {
    EXPECT_TRUE(IsFinal(from));
    for (const TrialState to : kStates) EXPECT_FALSE(IsLegalMove(from, to)) << from << " to " << to;
  }
}

TEST(TrialStateTest, ARunningTrialEndsOrGoesBackToTheQueue) {
  for (const TrialState to : {COMPLETE, PRUNED, FAIL, WAITING}) EXPECT_TRUE(IsLegalMove(RUNNING, to)) << to;
  EXPECT_FALSE(IsLegalMove(RUNNING, RUNNING));
}

TEST(TrialStateTest, AWaitingTrialStartsFailsOrIsPrunedAndNothingElse) {
  for (const TrialState to : {RUNNING, FAIL, PRUNED}) EXPECT_TRUE(IsLegalMove(WAITING, to)) << to;
  for (const TrialState to : {COMPLETE, WAITING}) EXPECT_FALSE(IsLegalMove(WAITING, to)) << to;
}

TEST(TrialStateTest, AnIllegalMoveNamesTheTrialAndBothStates) {
  EXPECT_EQ(CheckMove(7, RUNNING, COMPLETE), absl::OkStatus());
  EXPECT_THAT(CheckMove(7, FAIL, RUNNING), IsError(absl::StatusCode::kFailedPrecondition,
                                                   "trial 7 is FAIL, which is final, and cannot become RUNNING"));
}

TEST(TrialStateTest, NamesReadBackAsTheirStates) {
  for (const TrialState state : kStates) EXPECT_EQ(*ParseTrialState(TrialStateName(state)), state);
}

TEST(TrialStateTest, AnUnknownNameIsRefusedWithTheClosestOne) {
  EXPECT_THAT(ParseTrialState("COMPLETED").status(), IsError(absl::StatusCode::kInvalidArgument, "mean \"COMPLETE\""));
  EXPECT_FALSE(ParseTrialState("complete").ok());
}

}  // namespace
}  // namespace parzen
