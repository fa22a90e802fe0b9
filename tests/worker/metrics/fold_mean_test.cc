// What the parts of a cross-validation have in common.
#include "worker/metrics/fold_mean.h"

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "worker/metrics/part.h"

namespace parzen {
namespace {

using testing::ElementsAre;

TrainMetrics Metrics(const std::string& text) {
  TrainMetrics metrics;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &metrics)) << text;
  return metrics;
}

TEST(FoldMeanTest, NumbersAreMeansAndSecondsAreSums) {
  const TrainMetrics mean =
      MeanOfFolds({Metrics("validation { accuracy: .5 r2: -1 } iterations: 10 fit_seconds: 1 predict_seconds: 3"),
                   Metrics("validation { accuracy: .75 r2: 0 } iterations: 13 fit_seconds: 2 predict_seconds: 4")});
  EXPECT_EQ(mean.validation().accuracy(), .625);
  EXPECT_EQ(mean.validation().r2(), -.5);
  EXPECT_EQ(mean.iterations(), 11.5);
  EXPECT_EQ(mean.fit_seconds(), 3);
  EXPECT_EQ(mean.predict_seconds(), 7);
  EXPECT_FALSE(mean.has_train());
}

TEST(FoldMeanTest, CountsOfRowsAreSums) {
  const TrainMetrics mean = MeanOfFolds(
      {Metrics("validation { confusion { class_name: 'a' class_name: 'b' count: [3, 1, 0, 2] } "
               "  of_class { name: 'a' recall: 1 support: 4 } of_class { name: 'b' recall: .5 support: 2 } }"),
       Metrics("validation { confusion { class_name: 'a' class_name: 'b' count: [1, 1, 1, 1] } "
               "  of_class { name: 'a' recall: 0 support: 2 } of_class { name: 'b' recall: .25 support: 2 } }")});
  EXPECT_THAT(mean.validation().confusion().count(), ElementsAre(4, 2, 1, 3));
  EXPECT_THAT(mean.validation().confusion().class_name(), ElementsAre("a", "b"));
  ASSERT_EQ(mean.validation().of_class_size(), 2);
  EXPECT_EQ(mean.validation().of_class(0).name(), "a");
  EXPECT_EQ(mean.validation().of_class(0).recall(), .5);
  EXPECT_EQ(mean.validation().of_class(0).support(), 6);
  EXPECT_EQ(mean.validation().of_class(1).recall(), .375);
}

TEST(FoldMeanTest, WhatOnePartLacksIsAbsent) {
  const TrainMetrics mean =
      MeanOfFolds({Metrics("validation { roc_auc: .5 accuracy: 1 } feature_importance: [1, 0]"),
                   Metrics("validation { accuracy: 1 } feature_importance: [.5, .25, .25] out_of_bag_accuracy: 1")});
  EXPECT_FALSE(mean.validation().has_roc_auc());
  EXPECT_FALSE(mean.has_out_of_bag_accuracy());
  EXPECT_EQ(mean.feature_importance_size(), 0);
  EXPECT_EQ(mean.validation().accuracy(), 1);
}

TEST(FoldMeanTest, ImportancesAreMeansFeatureByFeature) {
  const TrainMetrics mean =
      MeanOfFolds({Metrics("feature_importance: [1, 0]"), Metrics("feature_importance: [.5, .5]")});
  EXPECT_THAT(mean.feature_importance(), ElementsAre(.75, .25));
}

TEST(FindScalarTest, PathsLeadToNumbersOfPartsAndOfTheTraining) {
  const TrainMetrics metrics = Metrics("train { accuracy: 1 } validation { accuracy: .5 } iterations: 7");
  EXPECT_EQ(FindScalar(metrics, "train_accuracy"), 1);
  EXPECT_EQ(FindScalar(metrics, "validation_accuracy"), .5);
  EXPECT_EQ(FindScalar(metrics, "iterations"), 7);
  for (const char* none : {"test_accuracy", "validation", "validation_", "validation_confusion", "accuracy", ""}) {
    EXPECT_EQ(FindScalar(metrics, none), std::nullopt) << none;
  }
}

}  // namespace
}  // namespace parzen
