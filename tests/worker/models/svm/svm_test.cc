// Kernel support vector machines: options and hostile data.
#include <algorithm>
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

// A ring of class 1 around class 0.
LabelledRows Ring() {
  std::vector<std::vector<float>> rows;
  for (int i = 0; i < 40; ++i) {
    const float angle = static_cast<float>(i) * .157f, radius = i % 2 == 0 ? 1 : 3;
    rows.push_back({radius * std::cos(angle), radius * std::sin(angle), static_cast<float>(i % 2)});
  }
  return Table(rows);
}

TEST(SvmTest, KernelLearnsWhatNoLineSeparates) {
  EXPECT_EQ(Fitted("svm {}", Ring(), 2).Accuracy(Ring()), 1);
  EXPECT_EQ(Fitted("svm { kernel: POLY degree: 2 }", Ring(), 2).Accuracy(Ring()), 1);
  EXPECT_LT(Fitted("svm { kernel: LINEAR }", Ring(), 2).Accuracy(Ring()), 1);
}

TEST(SvmTest, BoundaryLiesHalfWayBetweenTheNearestRows) {
  const Fitted model("svm { kernel: LINEAR c: 100 }", Table({{0, 0}, {1, 0}, {3, 1}, {7, 1}}), 2);
  EXPECT_EQ(model.ClassOf({1.99f}), 0);
  EXPECT_EQ(model.ClassOf({2.01f}), 1);
  EXPECT_EQ(model.Description().support_vectors(), 2);
}

TEST(SvmTest, SmallCLetsEveryRowHoldUpTheBoundary) {
  const LabelledRows rows = Clouds(100, 4, 2);
  EXPECT_EQ(Fitted("svm { c: 1e-3 }", rows, 2).Description().support_vectors(),
            2. * std::min(std::count(rows.labels.begin(), rows.labels.end(), 0),
                          std::count(rows.labels.begin(), rows.labels.end(), 1)));
}

TEST(SvmTest, BalancedWeightsHelpTheSmallClass) {
  LabelledRows rows = Clouds(400, 2, 2);
  for (size_t i = 0; i < 330; ++i) rows.labels[i] = 0;
  const auto found = [&](const char* model) {
    const Fitted fitted(model, rows, 2);
    int of_1 = 0;
    const FeatureMatrix shares = fitted.Probabilities(rows.features);
    for (int64_t i = 0; i < rows.rows(); ++i) of_1 += shares(i, 1) > shares(i, 0);
    return of_1;
  };
  EXPECT_GT(found("svm { class_weight: BALANCED }"), found("svm {}") + 20);
}

TEST(SvmTest, FewStepsAreReportedAsNotConverged) {
  const TrainMetrics metrics = Fitted("svm { max_iterations: 3 c: 1000 }", Clouds(300, 4, 3), 3).Description();
  EXPECT_EQ(metrics.converged(), 0);
  EXPECT_EQ(metrics.iterations(), 9);  // three pairs
}

TEST(SvmTest, SmallCacheChangesNothing) {
  // 4,000 rows of two classes: a working set of them takes 8 MiB.
  const LabelledRows rows = Clouds(4000, 3, 2), others = Clouds(100, 3, 2, 0, 2);
  const Fitted large("svm { c: 3 }", rows, 2), small("svm { c: 3 cache_mib: 1 }", rows, 2);
  EXPECT_NEAR(small.Description().support_vectors(), large.Description().support_vectors(),
              .01 * large.Description().support_vectors());
  EXPECT_LT((small.Probabilities(others.features) - large.Probabilities(others.features)).cwiseAbs().maxCoeff(), 1e-3);
}

TEST(SvmTest, ProbabilitiesAreTheSameForAnyNumberOfThreads) {
  const std::string model = "svm { probability: true kernel: SIGMOID gamma: 0.01 }";
  const LabelledRows rows = Clouds(600, 10, 4);
  EXPECT_EQ(ProbabilitiesOnThreads(2, model, rows, 4), ProbabilitiesOnThreads(1, model, rows, 4));
}

TEST(SvmTest, ProbabilitiesTellHowSureTheModelIs) {
  const LabelledRows rows = Clouds(1500, 4, 3), others = Clouds(1500, 4, 3, 0, 2);
  const FeatureMatrix probabilities = Fitted("svm { probability: true }", rows, 3).Probabilities(others.features);
  double claimed = 0, right = 0;
  for (int64_t i = 0; i < others.rows(); ++i) {
    Eigen::Index best = 0;
    claimed += static_cast<double>(probabilities.row(i).maxCoeff(&best));
    right += best == others.labels[static_cast<size_t>(i)];
  }
  EXPECT_NEAR(claimed / 1500, right / 1500, .04);
}

TEST(SvmTest, ClassOfOneRowHasProbabilities) {
  LabelledRows rows = Clouds(60, 3, 2);
  std::fill(rows.labels.begin(), rows.labels.end(), 0);
  rows.labels[7] = 1;
  const FeatureMatrix p = Fitted("svm { probability: true }", rows, 2).Probabilities(rows.features);
  EXPECT_TRUE(p.allFinite());
  EXPECT_LT((p.rowwise().sum().array() - 1).abs().maxCoeff(), 1e-5);
}

TEST(SvmTest, OneClassIsAllThatIsPredicted) {
  const Fitted model("svm {}", Table({{1, 1}, {2, 1}, {3, 1}}), 3);
  EXPECT_EQ(model.Probabilities(FeatureMatrix::Constant(1, 1, 9)), (FeatureMatrix(1, 3) << 0, 1, 0).finished());
  EXPECT_EQ(model.Description().support_vectors(), 0);
}

TEST(SvmTest, ConstantColumnsAndEqualRowsAreLearned) {
  LabelledRows rows = Table({{5, 1, 0}, {5, 1, 0}, {5, 1, 1}, {5, 2, 1}, {5, 2, 1}});
  EXPECT_EQ(Fitted("svm { c: 10 }", rows, 2).ClassOf({5, 2}), 1);
  rows.features.setConstant(7);  // then gamma is 1
  for (const char* kernel : {"RBF", "LINEAR", "POLY", "SIGMOID"}) {
    const Fitted model(std::string("svm { kernel: ") + kernel + " }", rows, 2);
    EXPECT_TRUE(model.Probabilities(rows.features).allFinite()) << kernel;
  }
}

TEST(SvmTest, HugeGammaKnowsOnlyEqualRows) {
  const LabelledRows rows = Table({{1, 0}, {1, 0}, {2, 1}, {3, 1}});
  EXPECT_EQ(Fitted("svm { gamma: 1e50 }", rows, 2).Accuracy(rows), 1);
}

TEST(SvmTest, FeaturesThatAreNoNumbersAreRefusedByRowAndColumn) {
  for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const absl::Status status = FitStatus("svm {}", Table({{1, 2, 0}, {1, value, 1}}), 2);
    EXPECT_TRUE(absl::IsInvalidArgument(status));
    EXPECT_THAT(std::string(status.message()), HasSubstr("svm: row 2, column 2"));
  }
}

TEST(SvmTest, FeaturesTooLargeForTheKernelAreRefused) {
  for (const char* model : {"svm {}", "svm { kernel: LINEAR }", "svm { kernel: POLY degree: 9 gamma: 1 }"}) {
    const absl::Status status = FitStatus(model, Table({{1, 0}, {1e30f, 1}}), 2);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << model;
    EXPECT_THAT(std::string(status.message()), HasSubstr("are too large")) << model;
  }
}

TEST(SvmTest, LargeFeaturesToPredictStillGiveShares) {
  const Fitted model("svm { kernel: LINEAR }", Table({{0, 0}, {1, 0}, {3, 1}, {7, 1}}), 2);
  const FeatureMatrix shares = model.Probabilities(FeatureMatrix::Constant(1, 1, 1e38f));
  EXPECT_TRUE(shares.allFinite());
  EXPECT_NEAR(shares.sum(), 1, 1e-6);
}

TEST(SvmTest, MoreClassesThanPairsCanBeMadeOfAreRefused) {
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 10000; ++row) rows.push_back({static_cast<float>(row), static_cast<float>(row)});
  const absl::Status status = FitStatus("svm {}", Table(rows), 10000);
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("at most 1000 classes; got 10000"));
}

TEST(SvmTest, RegressionIsRefused) {
  LabelledRows rows = Table({{1, 0}, {2, 0}});
  rows.targets = {1, 2};
  EXPECT_THAT(std::string(FitStatus("svm {}", rows, 0).message()), HasSubstr("regression"));
}

TEST(SvmTest, WrongNumbersAreRefusedByName) {
  EXPECT_THAT(MakeError("svm { c: 0 }"), HasSubstr("svm.c"));
  EXPECT_THAT(MakeError("svm { c: inf }"), HasSubstr("svm.c"));
  EXPECT_THAT(MakeError("svm { gamma: -1 }"), HasSubstr("svm.gamma"));
  EXPECT_THAT(MakeError("svm { coef0: nan }"), HasSubstr("svm.coef0"));
  EXPECT_THAT(MakeError("svm { tolerance: 0 }"), HasSubstr("svm.tolerance"));
  EXPECT_THAT(MakeError("svm { max_iterations: -1 }"), HasSubstr("svm.max_iterations"));
}

}  // namespace
}  // namespace parzen
