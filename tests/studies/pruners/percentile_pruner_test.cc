// Median and percentile: hand tables of the rule in percentile_rule.h.
#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

// Five complete trials; at step 1 their values are 1 to 5, at step 2 half of that.
void CompleteFive(PrunedStudy& study) {
  for (const double value : {3.0, 1.0, 5.0, 2.0, 4.0}) study.Completed({value, value / 2});
}

TEST(MedianPrunerTest, ATrialBetterThanTheMedianGoesOnAndAWorseOneStops) {
  PrunedStudy study("median {}");
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 1, 2.9), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 3), GoesOn());  // as good as the median
  EXPECT_THAT(study.Report(study.Start(), 1, 3.1), StopsBecause("3.1 at step 1, is worse than 3, the median of 5"));
}

TEST(MedianPrunerTest, WhenMaximisingMoreIsBetter) {
  PrunedStudy study("median {}", MAXIMIZE);
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 1, 3.1), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 2.9), StopsBecause("2.9 at step 1, is worse than 3"));
}

TEST(MedianPrunerTest, TheBestValueSoFarCountsNotTheLast) {
  PrunedStudy study("median {}");
  CompleteFive(study);
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, 1.4), GoesOn());
  EXPECT_THAT(study.Report(trial, 2, 9), GoesOn());  // 1.4 is still better than 1.5
  const size_t other = study.Start();
  EXPECT_THAT(study.Report(other, 1, 1.6), GoesOn());
  EXPECT_THAT(study.Report(other, 2, 9), StopsBecause("1.6 at step 1, is worse than 1.5, the median"));
}

TEST(MedianPrunerTest, NobodyStopsBeforeEnoughTrialsAreComplete) {
  PrunedStudy study("median { startup_trials: 6 }");
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 1, 100), GoesOn());
  study.Finish(study.Start(), PRUNED);
  EXPECT_THAT(study.Report(study.Start(), 1, 100), GoesOn());  // only complete ones count
  study.Completed({3});
  EXPECT_THAT(study.Report(study.Start(), 1, 100), StopsBecause("of 6"));
}

TEST(MedianPrunerTest, NothingStopsWithoutValuesAtTheStep) {
  PrunedStudy study("median { min_trials: 3 }");
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 7, 100), GoesOn());
  study.Completed({3, 3, 3});
  study.Completed({3, 3, 3});
  EXPECT_THAT(study.Report(study.Start(), 3, 100), GoesOn());
  study.Completed({3, 3, 3});
  EXPECT_THAT(study.Report(study.Start(), 3, 100), StopsBecause("of 3 complete trials at step 3"));
}

TEST(MedianPrunerTest, TheWarmUpIsNotJudged) {
  PrunedStudy study("median { warmup_steps: 2 }");
  CompleteFive(study);
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, 100), GoesOn());
  EXPECT_THAT(study.Report(trial, 2, 100), StopsBecause("at step 2"));
}

TEST(MedianPrunerTest, OnlyTheFirstValueInAnIntervalIsJudged) {
  PrunedStudy study("median { startup_trials: 1 warmup_steps: 1 interval_steps: 4 }");
  study.Completed(std::vector<double>(12, 1.0));
  const size_t trial = study.Start();
  std::vector<int64_t> judged;
  for (const int64_t step : {1, 2, 4, 6, 7, 8, 9, 12}) {
    if (study.Report(trial, step, 2).stop) judged.push_back(step);
  }
  EXPECT_THAT(judged, testing::ElementsAre(1, 6, 9));  // intervals begin at 1, 5, 9
}

TEST(MedianPrunerTest, NanAmongOthersIsPassedOver) {
  PrunedStudy study("median { startup_trials: 0 }");
  study.Completed({kNan});
  EXPECT_THAT(study.Report(study.Start(), 1, 100), GoesOn());  // nothing to compare with
  study.Completed({1});
  EXPECT_THAT(study.Report(study.Start(), 1, 100), StopsBecause("1, the median of 1"));
}

TEST(MedianPrunerTest, ATrialWithNothingButNanStops) {
  PrunedStudy study("median {}");
  CompleteFive(study);
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, kNan), StopsBecause("all values up to step 1 are NaN"));
  EXPECT_THAT(study.Report(trial, 2, 1), GoesOn());
}

TEST(MedianPrunerTest, ValuesOfAnEarlierAttemptAtLaterStepsDoNotCount) {
  PrunedStudy study("median {}");
  CompleteFive(study);
  const size_t trial = study.Start();
  study.Tell(trial, 2, 0);
  EXPECT_THAT(study.Report(trial, 1, 3.5), StopsBecause("3.5 at step 1"));
}

TEST(PercentilePrunerTest, TheBestSoManyPercentGoOn) {
  PrunedStudy study("percentile { percentile: 25 }");
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 1, 2), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 2.1), StopsBecause("worse than 2, the bar for the best 25% of 5"));
}

TEST(PercentilePrunerTest, WhenMaximisingTheBestAreTheLargest) {
  PrunedStudy study("percentile { percentile: 25 }", MAXIMIZE);
  CompleteFive(study);
  EXPECT_THAT(study.Report(study.Start(), 1, 4), GoesOn());
  EXPECT_THAT(study.Report(study.Start(), 1, 3.9), StopsBecause("worse than 4"));
}

}  // namespace
}  // namespace parzen
