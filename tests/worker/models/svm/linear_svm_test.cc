// Linear support vector machines: options and hostile data.
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

absl::Status FitStatus(const std::string& model, const LabelledRows& rows, int classes) {
  FitContext context{RandomStream(1, 0, "model")};
  return (*MakeModel(ModelSpec(model)))->Fit(TrainingRows(rows, classes), context);
}

// The decision value that a probability of the second of two classes stands for.
double Decision(const Fitted& model, float x) {
  const FeatureMatrix p = model.Probabilities(FeatureMatrix::Constant(1, 1, x));
  return std::log(static_cast<double>(p(0, 1)) / static_cast<double>(p(0, 0)));
}

TEST(LinearSvmTest, MinimumIsTheOneFoundByHand) {
  // 1/2 (w^2 + b^2) + 2 losses: by symmetry b = 0, and w = 4 / 5 for squared losses, which pull with 4 (1 - w).
  const LabelledRows rows = Table({{-1, 0}, {1, 1}});
  EXPECT_NEAR(Decision(Fitted("linear_svm { tolerance: 1e-9 }", rows, 2), 1), .8, 1e-5);
  // Losses that are not squared pull until the margin is 1.
  EXPECT_NEAR(Decision(Fitted("linear_svm { tolerance: 1e-9 loss: HINGE }", rows, 2), 1), 1, 1e-5);
  EXPECT_NEAR(Decision(Fitted("linear_svm { tolerance: 1e-9 loss: HINGE c: 0.1 }", rows, 2), 1), .2, 1e-5);
}

TEST(LinearSvmTest, BalancedWeightsHelpTheSmallClass) {
  const LabelledRows rows = Table({{-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}, {-1, 0}, {1, 1}});
  const auto at_0 = [&](const char* model) { return Decision(Fitted(model, rows, 2), 0); };
  EXPECT_LT(at_0("linear_svm { c: 0.1 }"), at_0("linear_svm { c: 0.1 class_weight: BALANCED }"));
}

TEST(LinearSvmTest, MachinesLearnedTogetherDoNotSeeEachOther) {
  // Class 0 of three is told from the rest alike, whether the rest is one class, two, or in another task.
  LabelledRows rows = Clouds(300, 4, 12);
  const auto share = [&](int classes) {
    LabelledRows merged = rows;
    for (int32_t& label : merged.labels) label = std::min(label, classes - 1);
    const FeatureMatrix p = Fitted("linear_svm {}", merged, classes).Probabilities(rows.features.row(0));
    return std::log(p(0, 0) / p(0, 1));
  };
  EXPECT_NEAR(share(7), share(12), 1e-4);
}

TEST(LinearSvmTest, FewPassesAreReportedAsNotConverged) {
  const LabelledRows rows = Clouds(300, 4, 3);
  const TrainMetrics few = Fitted("linear_svm { max_iterations: 2 c: 100 }", rows, 3).Description();
  EXPECT_EQ(few.converged(), 0);
  EXPECT_EQ(few.iterations(), 2);
  EXPECT_EQ(Fitted("linear_svm { c: 0.01 }", rows, 3).Description().converged(), 1);
}

TEST(LinearSvmTest, OneClassIsAllThatIsPredicted) {
  const Fitted model("linear_svm {}", Table({{1, 1}, {2, 1}, {3, 1}}), 3);
  EXPECT_EQ(model.Probabilities(FeatureMatrix::Constant(1, 1, 9)), (FeatureMatrix(1, 3) << 0, 1, 0).finished());
}

TEST(LinearSvmTest, ManyClassesAreLearned) {
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 1000; ++row) rows.push_back({1, static_cast<float>(row % 3), static_cast<float>(row)});
  const FeatureMatrix p =
      Fitted("linear_svm { max_iterations: 2 }", Table(rows), 10000).Probabilities(FeatureMatrix::Constant(2, 2, 1));
  EXPECT_EQ(p.cols(), 10000);
  EXPECT_NEAR(p.sum(), 2, 1e-4);
}

TEST(LinearSvmTest, LargeFeaturesGiveShares) {
  const LabelledRows rows = Table({{1e30f, 0, 0}, {-1e30f, 1, 1}, {3, 3, 0}, {3, 3, 1}});
  const Fitted model("linear_svm {}", rows, 2);
  EXPECT_TRUE(model.Probabilities(rows.features).allFinite());
}

TEST(LinearSvmTest, FeaturesThatAreNoNumbersAreRefusedByRowAndColumn) {
  const absl::Status status =
      FitStatus("linear_svm {}", Table({{1, 2, 0}, {std::numeric_limits<float>::quiet_NaN(), 1, 1}}), 2);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("linear_svm: row 2, column 1"));
}

TEST(LinearSvmTest, RegressionIsRefused) {
  LabelledRows rows = Table({{1, 0}, {2, 0}});
  rows.targets = {1, 2};
  EXPECT_THAT(std::string(FitStatus("linear_svm {}", rows, 0).message()), HasSubstr("regression"));
}

TEST(LinearSvmTest, WrongNumbersAreRefusedByName) {
  EXPECT_THAT(MakeError("linear_svm { c: 0 }"), HasSubstr("linear_svm.c"));
  EXPECT_THAT(MakeError("linear_svm { tolerance: nan }"), HasSubstr("linear_svm.tolerance"));
}

}  // namespace
}  // namespace parzen
