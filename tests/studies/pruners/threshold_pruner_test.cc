#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

TEST(ThresholdPrunerTest, ValuesInsideTheBoundsGoOnWhateverTheDirection) {
  for (const Direction direction : {MINIMIZE, MAXIMIZE}) {
    PrunedStudy study("threshold { lower: -1 upper: 2 }", direction);
    const size_t trial = study.Start();
    EXPECT_THAT(study.Report(trial, 1, -1), GoesOn());
    EXPECT_THAT(study.Report(trial, 2, 2), GoesOn());
    EXPECT_THAT(study.Report(trial, 3, -1.5), StopsBecause("-1.5 at step 3 is below -1"));
    EXPECT_THAT(study.Report(trial, 4, 2.5), StopsBecause("2.5 at step 4 is above 2"));
  }
}

TEST(ThresholdPrunerTest, NanStopsAndAMissingBoundDoesNot) {
  PrunedStudy study("threshold { upper: 2 }");
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, -kInfinity), GoesOn());
  EXPECT_THAT(study.Report(trial, 2, kInfinity), StopsBecause("above 2"));
  EXPECT_THAT(study.Report(trial, 3, kNan), StopsBecause("NaN"));
}

TEST(ThresholdPrunerTest, TheWarmUpAndStepsInsideAnIntervalAreNotJudged) {
  PrunedStudy study("threshold { upper: 2 warmup_steps: 3 interval_steps: 2 }");
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 2, 9), GoesOn());
  EXPECT_THAT(study.Report(trial, 3, 9), StopsBecause("step 3"));
  EXPECT_THAT(study.Report(trial, 4, 9), GoesOn());
  EXPECT_THAT(study.Report(trial, 5, 9), StopsBecause("step 5"));
}

TEST(ThresholdPrunerTest, BoundsTheWrongWayRoundAreRefused) {
  const History history;
  const PrunerSpec spec = PrunerText("threshold { lower: 2 upper: 1 }");
  const absl::Status status = MakePruner({spec, "s", MINIMIZE, history}).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("lower is 2, above upper, 1"));
}

}  // namespace
}  // namespace parzen
