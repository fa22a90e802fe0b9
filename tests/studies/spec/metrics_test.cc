#include "studies/metrics.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;

TEST(MetricsTest, ObjectivesMayNotLookAtTestRows) {
  EXPECT_THAT(ObjectiveMetricNames(), Each(Not(StartsWith("test"))));
  EXPECT_THAT(ObjectiveMetricNames(), Contains("validation_accuracy"));
  EXPECT_THAT(ObjectiveMetricNames(), Contains("fit_seconds"));
}

TEST(MetricsTest, OnlyScalarsThatArePresentAreListed) {
  TrainMetrics metrics;
  metrics.mutable_train()->set_accuracy(0);
  metrics.mutable_validation()->set_macro_f1(.5);
  metrics.mutable_validation()->mutable_confusion()->add_count(3);
  metrics.mutable_test()->set_log_loss(2);
  metrics.set_predict_seconds(.25);
  EXPECT_THAT(FlattenMetrics(metrics), ElementsAre(Pair("train_accuracy", 0), Pair("validation_macro_f1", .5),
                                                   Pair("test_log_loss", 2), Pair("predict_seconds", .25)));
}

TEST(MetricsTest, AnAbsentMetricHasNoValue) {
  TrialResult result;
  result.mutable_train()->mutable_validation()->set_accuracy(.75);
  EXPECT_EQ(FindMetric(result, "validation_accuracy"), .75);
  EXPECT_EQ(FindMetric(result, "train_accuracy"), std::nullopt);
  EXPECT_EQ(FindMetric(result, "validation"), std::nullopt);
}

TEST(MetricsTest, OtherWorkNamesItsMetricsItself) {
  TrialResult result;
  result.add_metric()->set_name("loss");
  result.mutable_metric(0)->set_value(.25);
  EXPECT_EQ(FindMetric(result, "loss"), .25);
  EXPECT_THAT(FlattenMetrics(result), ElementsAre(Pair("loss", .25)));
}

TEST(MetricsTest, AnObjectiveWithoutAMetricMeansTheOneOfItsWork) {
  StudySpec trains, computes, computes_two;
  trains.mutable_train();
  trains.add_objective();
  computes.mutable_function();
  computes.add_objective();
  computes_two.mutable_function();
  computes_two.add_objective();
  computes_two.add_objective()->set_metric("size");
  EXPECT_EQ(MetricOf(trains, 0), "validation_accuracy");
  EXPECT_EQ(MetricOf(computes, 0), "value");
  EXPECT_EQ(MetricOf(computes_two, 0), "value_1");
  EXPECT_EQ(MetricOf(computes_two, 1), "size");
}

}  // namespace
}  // namespace parzen
