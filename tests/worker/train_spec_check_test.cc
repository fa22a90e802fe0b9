// What can be told from options alone is told by name; what needs data is left to it.
#include "worker/train_spec_check.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::StartsWith;

// The message for a spec; "" when it may be right.
std::string Complaint(absl::string_view text) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &spec)) << text;
  const absl::Status status = CheckTrainSpec(spec);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

std::string WithModel(absl::string_view model) { return Complaint(absl::StrCat("dataset { digits {} } ", model)); }
std::string With(absl::string_view options) { return WithModel(absl::StrCat("decision_tree {} ", options)); }
std::string WithDataset(absl::string_view dataset) {
  return Complaint(absl::StrCat("decision_tree {} dataset { ", dataset, " }"));
}

TEST(TrainSpecCheckTest, WhatDataMayMakeRightPasses) {
  EXPECT_EQ(WithDataset("csv { file: 'none.csv' target: 'price' } fraction: .001"), "");
  EXPECT_EQ(WithDataset("idx { images: 'none' labels: 'none' } keep_class: 'a' sum_of_two {}"), "");
  EXPECT_EQ(With("split { folds: 100 } transform { pca { components: 1000000 } }"), "");
  EXPECT_EQ(With("split { validation: .001 }"), "");
  EXPECT_EQ(WithModel("logistic_regression { penalty: L1 solver: SAGA weight_of { name: 'none' weight: 2 } }"), "");
}

TEST(TrainSpecCheckTest, ModelsThatCannotBeMadeAreNamed) {
  EXPECT_THAT(WithModel("logistic_regression { penalty: L1 solver: LBFGS }"),
              StartsWith("logistic_regression.penalty: L1 does not go with the solver LBFGS"));
  EXPECT_THAT(WithModel("random_forest { out_of_bag: true bootstrap: false }"), StartsWith("random_forest.out_of_bag"));
}

TEST(TrainSpecCheckTest, EveryTransformIsMade) {
  EXPECT_THAT(With("transform { pca { components: 2 variance: .5 } }"), StartsWith("transform.pca: either"));
  EXPECT_THAT(With("transform { scale {} } transform { min_max { low: 2 } }"), StartsWith("transform.min_max.high: 1"));
  EXPECT_THAT(With("transform {}"), StartsWith("transform: no kind is chosen"));
}

TEST(TrainSpecCheckTest, SplitsThatLeaveNothingAreNamed) {
  EXPECT_THAT(With("split { folds: 1 }"), StartsWith("split.folds: 1 parts leave none to learn from"));
  EXPECT_THAT(With("split { folds: 5 validation: .2 }"), StartsWith("split.validation: with folds, which is 5, "));
  EXPECT_THAT(With("split { validation: 1 }"), StartsWith("split.validation: 1 is not between 0 and 1"));
}

TEST(TrainSpecCheckTest, DatasetsThatNoFileMakesRightAreNamed) {
  EXPECT_THAT(WithDataset("csv { file: 'd.csv' label: 'kind' target: 'price' }"),
              StartsWith("dataset.csv.target: \"price\" is a number to predict, and label names the class \"kind\""));
  EXPECT_THAT(WithDataset("csv { file: 'd.csv' target: 'price' } keep_class: 'a'"), StartsWith("dataset.keep_class: "));
  EXPECT_THAT(WithDataset("csv { file: 'd.csv' target: 'price' } sum_of_two {}"), StartsWith("dataset.sum_of_two: "));
  EXPECT_THAT(WithDataset("idx { images: 'i' labels: 'l' test_images: 't' }"),
              StartsWith("dataset.idx: test_images is given without test_labels"));
  EXPECT_THAT(WithDataset("digits { train: 9 }"), StartsWith("dataset.digits.train: 9 is not between 10"));
  EXPECT_THAT(WithDataset("digits {} keep_class: '1' keep_class: '1'"),
              StartsWith("dataset.keep_class: \"1\" is named"));
  EXPECT_THAT(WithDataset("digits {} first_rows: -1"), StartsWith("dataset.first_rows: -1 is below 0"));
  EXPECT_THAT(WithDataset("digits {} fraction: 0"), StartsWith("dataset.fraction: 0 is not a share above 0"));
  EXPECT_THAT(WithDataset(""), StartsWith("dataset: no format is chosen; choose one of csv, digits, idx"));
}

}  // namespace
}  // namespace parzen
