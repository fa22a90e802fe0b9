// Data that is not nice.
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr char kModel[] = "logistic_regression {}";

TEST(LogisticRegressionTest, ClassesOnTwoSidesAreToldApart) {
  const Fitted model(kModel, Table({{-2, 0}, {-1, 0}, {1, 1}, {2, 1}}), 2);
  EXPECT_EQ(model.ClassOf({-.1f}), 0);
  EXPECT_EQ(model.ClassOf({.1f}), 1);
}

TEST(LogisticRegressionTest, OnlyClassOfTheTrainingRowsIsCertain) {
  const FeatureMatrix probabilities =
      Fitted(kModel, Table({{1, 2}, {5, 2}}), 4).Probabilities(FeatureMatrix::Constant(1, 1, 3));
  EXPECT_EQ(probabilities, (FeatureMatrix(1, 4) << 0, 0, 1, 0).finished());
}

TEST(LogisticRegressionTest, ClassWithoutRowsIsImpossible) {
  const Fitted model(kModel, Table({{-1, 0}, {1, 3}}), 5);
  const FeatureMatrix probabilities = model.Probabilities(FeatureMatrix::Constant(1, 1, 9));
  for (const int k : {1, 2, 4}) EXPECT_EQ(probabilities(0, k), 0);
  EXPECT_GT(probabilities(0, 3), .5);
}

TEST(LogisticRegressionTest, ConstantColumnChangesNothing) {
  LabelledRows rows = Clouds(200, 3, 3), more = rows;
  more.features.conservativeResize(Eigen::NoChange, 4);
  more.features.col(3).setZero();
  const FeatureMatrix without = Fitted(kModel, rows, 3).Probabilities(rows.features);
  EXPECT_LT((Fitted(kModel, more, 3).Probabilities(more.features) - without).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(LogisticRegressionTest, RowsTwiceAreAsGoodAsTwiceTheirWeight) {
  LabelledRows rows = Clouds(150, 3, 3), twice = rows;
  twice.features = rows.features.replicate(2, 1);
  twice.labels.insert(twice.labels.end(), rows.labels.begin(), rows.labels.end());
  const FeatureMatrix once =
      Fitted("logistic_regression { c: 2 tolerance: 1e-8 }", rows, 3).Probabilities(rows.features);
  const FeatureMatrix both =
      Fitted("logistic_regression { c: 1 tolerance: 1e-8 }", twice, 3).Probabilities(rows.features);
  EXPECT_LT((once - both).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(LogisticRegressionTest, ThousandsOfClassesAreLearned) {
  constexpr int kClasses = 10000, kRows = kClasses / 5;
  LabelledRows rows;  // of every fifth class, one on a circle
  rows.features.resize(kRows, 2);
  for (int i = 0; i < kRows; ++i) {
    rows.features.row(i) << static_cast<float>(std::cos(i)), static_cast<float>(std::sin(i));
    rows.labels.push_back(5 * i);
  }
  const FeatureMatrix probabilities =
      Fitted("logistic_regression { max_iterations: 1 }", rows, kClasses).Probabilities(rows.features.topRows(3));
  EXPECT_LT((probabilities.rowwise().sum().array() - 1).abs().maxCoeff(), 1e-4);
  EXPECT_GT(probabilities(1, 5 * 1), probabilities(1, 5 * 4));  // which lies across
  EXPECT_EQ(probabilities(1, 6), 0);
}

TEST(LogisticRegressionTest, RowsTooLargeForFloatProductsHaveProbabilities) {
  const Fitted model(kModel, Table({{-2, 1, 0}, {-1, 2, 0}, {1, 1, 1}, {2, 0, 1}}), 2);
  constexpr float kLargest = std::numeric_limits<float>::max();
  const FeatureMatrix probabilities =
      model.Probabilities((FeatureMatrix(2, 2) << kLargest, -kLargest, -kLargest, kLargest).finished());
  EXPECT_EQ(probabilities, (FeatureMatrix(2, 2) << 0, 1, 1, 0).finished());
}

TEST(LogisticRegressionTest, SeparableRowsWithoutPenaltyEndSomehow) {
  const Fitted model("logistic_regression { penalty: NONE max_iterations: 1000 }", Table({{-1, 0}, {1, 1}}), 2);
  EXPECT_GT(model.Probabilities(FeatureMatrix::Constant(1, 1, 1))(0, 1), .999);
}

TEST(LogisticRegressionTest, BalancedClassesCountAlike) {
  // Ninety rows of one class and ten of the other, at the same place: what is probable is what counts.
  std::vector<std::vector<float>> rows(90, {0, 0});
  rows.insert(rows.end(), 10, {0, 1});
  const FeatureMatrix at = FeatureMatrix::Zero(1, 1);
  EXPECT_NEAR(Fitted(kModel, Table(rows), 2).Probabilities(at)(0, 1), .1, 1e-4);
  EXPECT_NEAR(Fitted("logistic_regression { class_weight: BALANCED }", Table(rows), 2).Probabilities(at)(0, 1), .5,
              1e-4);
}

TEST(LogisticRegressionTest, AClassOfWeightTwoIsLearnedAsIfItsRowsWereThereTwice) {
  const LabelledRows rows = Clouds(200, 4, 3);
  LabelledRows twice = rows;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    if (rows.labels[static_cast<size_t>(row)] != 1) continue;
    twice.features.conservativeResize(twice.rows() + 1, Eigen::NoChange);
    twice.features.bottomRows(1) = rows.features.row(row);
    twice.labels.push_back(1);
  }
  const std::string model = "logistic_regression { tolerance: 1e-7 max_iterations: 1000 ";
  const FeatureMatrix weighed =
      Fitted(model + R"(weight_of { name: "1" weight: 2 } })", rows, 3).Probabilities(rows.features);
  EXPECT_LT((weighed - Fitted(model + "}", twice, 3).Probabilities(rows.features)).cwiseAbs().maxCoeff(), 1e-4);
  EXPECT_GT((weighed - Fitted(model + "}", rows, 3).Probabilities(rows.features)).cwiseAbs().maxCoeff(), .05);
}

TEST(LogisticRegressionTest, NumbersToPredictAreRefused) {
  LabelledRows rows = Table({{1, 0}, {2, 0}});
  rows.targets = {.5f, .7f};
  FitContext context{RandomStream(1, 0, "model")};
  const absl::Status status = (*MakeModel(ModelSpec(kModel)))->Fit(TrainingRows(rows, 0), context);
  EXPECT_THAT(status.ToString(), HasSubstr("INVALID_ARGUMENT: logistic_regression learns classes"));
}

TEST(LogisticRegressionTest, NothingToLearnFromIsRefused) {
  for (const auto& [rows, columns] : {std::pair(0, 3), std::pair(3, 0)}) {
    LabelledRows empty;
    empty.features.resize(rows, columns);
    empty.labels.assign(rows, 0);
    FitContext context{RandomStream(1, 0, "model")};
    const absl::Status status = (*MakeModel(ModelSpec(kModel)))->Fit(TrainingRows(empty, 2), context);
    EXPECT_THAT(status.ToString(), HasSubstr("INVALID_ARGUMENT: logistic_regression needs at least one row"));
  }
}

}  // namespace
}  // namespace parzen
