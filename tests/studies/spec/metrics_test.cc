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
  TrainMetrics metrics;
  metrics.mutable_validation()->set_accuracy(.75);
  EXPECT_EQ(FindMetric(metrics, "validation_accuracy"), .75);
  EXPECT_EQ(FindMetric(metrics, "train_accuracy"), std::nullopt);
  EXPECT_EQ(FindMetric(metrics, "validation"), std::nullopt);
}

}  // namespace
}  // namespace parzen
