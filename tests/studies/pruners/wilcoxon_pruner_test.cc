#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

// Reports the curve at steps 1, 2, ...; the last judgement.
PrunerDecision Last(PrunedStudy& study, const std::vector<double>& curve) {
  const size_t trial = study.Start();
  PrunerDecision decision;
  for (size_t i = 0; i < curve.size(); ++i) decision = study.Report(trial, static_cast<int64_t>(i) + 1, curve[i]);
  return decision;
}

TEST(WilcoxonPrunerTest, ATrialWorseAtEveryStepStopsOnceThereAreEnough) {
  PrunedStudy study("wilcoxon {}");
  study.Completed({1, 1, 1, 1, 1, 1});
  EXPECT_THAT(Last(study, {2, 3, 4}), GoesOn());  // p = 1/8
  EXPECT_THAT(Last(study, {2, 3, 4, 5}),
              StopsBecause("worse than trial 0, the best one, over the 4 steps that both have: by 2.5 in the mean, "
                           "signed-rank test p = 0.0625"));
}

TEST(WilcoxonPrunerTest, WhenMaximisingSmallerValuesAreWorse) {
  PrunedStudy study("wilcoxon {}", MAXIMIZE);
  study.Completed({5, 5, 5, 5});
  EXPECT_THAT(Last(study, {4, 3, 2, 1}), StopsBecause("p = 0.0625"));
  EXPECT_THAT(Last(study, {6, 7, 8, 9}), GoesOn());
}

TEST(WilcoxonPrunerTest, ATrialThatIsBetterInTheMeanGoesOn) {
  PrunedStudy study("wilcoxon { p_threshold: 0.6 }");
  study.Completed({1, 1, 1, 1});
  // The ranks speak against it (p = .44 or so), the mean for it.
  EXPECT_THAT(Last(study, {1.5, 1.6, 1.7, -9}), GoesOn());
  EXPECT_THAT(Last(study, {1.5, 1.6, 1.7, 0.9}), StopsBecause("worse than trial 0"));
}

TEST(WilcoxonPrunerTest, FewerStepsThanAskedForAreNotJudged) {
  PrunedStudy study("wilcoxon { startup_steps: 6 }");
  study.Completed({1, 1, 1, 1, 1, 1});
  EXPECT_THAT(Last(study, {2, 3, 4, 5, 6}), GoesOn());
  EXPECT_THAT(Last(study, {2, 3, 4, 5, 6, 7}), StopsBecause("6 steps"));
}

TEST(WilcoxonPrunerTest, OnlyStepsThatBothHaveWithFiniteValuesCount) {
  PrunedStudy study("wilcoxon {}");
  study.Completed({1, 1, kNan, 1});
  EXPECT_THAT(Last(study, {2, 3, 4, kInfinity, 5, 6}), GoesOn());  // two pairs are left
}

TEST(WilcoxonPrunerTest, TheBestTrialIsTheBestFeasibleOne) {
  PrunedStudy study("wilcoxon {}");
  study.Completed({0, 0, 0, 0}, /*violation=*/1);
  EXPECT_THAT(Last(study, {2, 3, 4, 5}), GoesOn());
  study.Completed({9, 9, 9, 9});
  EXPECT_THAT(Last(study, {2, 3, 4, 5}), GoesOn());
  study.Completed({1, 1, 1, 1});
  EXPECT_THAT(Last(study, {2, 3, 4, 5}), StopsBecause("worse than trial 4"));
}

TEST(WilcoxonPrunerTest, EqualCurvesGoOn) {
  PrunedStudy study("wilcoxon { p_threshold: 1 }");
  study.Completed({1, 2, 3, 4});
  EXPECT_THAT(Last(study, {1, 2, 3, 4}), GoesOn());
}

}  // namespace
}  // namespace parzen
