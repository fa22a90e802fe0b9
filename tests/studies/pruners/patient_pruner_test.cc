#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

// The steps, from 1, at which a curve is told to stop.
std::vector<int64_t> Stops(PrunedStudy& study, const std::vector<double>& curve) {
  const size_t trial = study.Start();
  std::vector<int64_t> stops;
  for (size_t i = 0; i < curve.size(); ++i) {
    const auto step = static_cast<int64_t>(i) + 1;
    if (study.Report(trial, step, curve[i]).stop) stops.push_back(step);
  }
  return stops;
}

TEST(PatientPrunerTest, SoManyStepsWithoutImprovementAreForgiven) {
  PrunedStudy study("patient { patience: 2 }");
  EXPECT_THAT(Stops(study, {5, 4, 3, 3.5, 3.2, 3.1, 2}), testing::ElementsAre(6));
  EXPECT_THAT(Stops(study, {5, 4, 3, 2, 1, 0}), testing::IsEmpty());
  EXPECT_THAT(Stops(study, {1, 1, 1, 1}), testing::ElementsAre(4));  // to stay equal is no improvement
}

TEST(PatientPrunerTest, WithoutPatienceTheFirstStepBackStops) {
  PrunedStudy study("patient { patience: 0 }");
  EXPECT_THAT(Stops(study, {5, 4, 4.5}), testing::ElementsAre(3));
}

TEST(PatientPrunerTest, WhenMaximisingGrowthIsImprovement) {
  PrunedStudy study("patient { patience: 1 }", MAXIMIZE);
  EXPECT_THAT(Stops(study, {1, 2, 3, 4}), testing::IsEmpty());
  EXPECT_THAT(Stops(study, {4, 3, 2}), testing::ElementsAre(3));
}

TEST(PatientPrunerTest, AnImprovementBelowTheDeltaIsNone) {
  PrunedStudy study("patient { patience: 1 min_delta: 0.5 }");
  EXPECT_THAT(Stops(study, {3, 2.8, 2.6}), testing::ElementsAre(3));
  EXPECT_THAT(Stops(study, {3, 2.8, 2.4}), testing::IsEmpty());
}

TEST(PatientPrunerTest, NanIsNoImprovementAndAnythingIsBetterThanNan) {
  PrunedStudy study("patient { patience: 1 }");
  EXPECT_THAT(Stops(study, {1, kNan, kNan}), testing::ElementsAre(3));
  EXPECT_THAT(Stops(study, {kNan, kNan, 7}), testing::IsEmpty());
  EXPECT_THAT(Stops(study, {kNan, kNan, kNan}), testing::ElementsAre(3));
}

TEST(PatientPrunerTest, TheReasonNamesWhatWasNotReachedAgain) {
  PrunedStudy study("patient { patience: 1 min_delta: 0.25 }");
  const size_t trial = study.Start();
  study.Report(trial, 1, 2);
  study.Report(trial, 2, 3);
  EXPECT_THAT(study.Report(trial, 3, 4),
              StopsBecause("none of the last 2 values up to step 3 is better than 2 at step 1 by more than 0.25"));
}

TEST(PatientPrunerTest, TheWrappedPrunerDecidesOncePatienceIsOver) {
  PrunedStudy study("patient { patience: 1 wraps { threshold { upper: 5 } } }");
  const size_t trial = study.Start();
  EXPECT_THAT(study.Report(trial, 1, 8), GoesOn());  // above 5, but patience is not over
  EXPECT_THAT(study.Report(trial, 2, 9), GoesOn());
  EXPECT_THAT(study.Report(trial, 3, 9), StopsBecause("9 at step 3 is above 5"));
  EXPECT_THAT(study.Report(trial, 4, 4), GoesOn());
  EXPECT_THAT(study.Report(trial, 5, 4.5), GoesOn());
  EXPECT_THAT(study.Report(trial, 6, 4.5), GoesOn());  // not better than before, but inside the bounds
}

TEST(PatientPrunerTest, ItHasTheBracketsOfTheWrappedPruner) {
  PrunedStudy plain("hyperband { max_resource: 81 }");
  PrunedStudy patient("patient { patience: 1 wraps { hyperband { max_resource: 81 } } }");
  for (int64_t number = 0; number < 20; ++number) {
    EXPECT_EQ(patient.pruner().Bracket(number), plain.pruner().Bracket(number));
  }
}

TEST(PatientPrunerTest, OptionsOfTheWrappedPrunerAreCheckedToo) {
  const History history;
  const PrunerSpec spec = PrunerText("patient { patience: 1 wraps { threshold { lower: 2 upper: 1 } } }");
  EXPECT_TRUE(absl::IsInvalidArgument(MakePruner({spec, "s", MINIMIZE, history}).status()));
}

}  // namespace
}  // namespace parzen
