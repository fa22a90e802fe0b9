// Data that nobody wants: every tree model gives a defined result or a clear error.
#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class HostileDataTest : public testing::TestWithParam<std::string> {
 protected:
  std::string Model() const {
    return GetParam() + (GetParam() == "decision_tree" ? " {}" : " { trees: 5 bootstrap: false }");
  }
  std::string Refused(const LabelledRows& rows, int classes) const {
    FitContext context{RandomStream(1, 0, "model")};
    const absl::Status status = (*MakeModel(ModelSpec(Model())))->Fit(TrainingRows(rows, classes), context);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }
};

TEST_P(HostileDataTest, NumbersThatAreNotFiniteAreRefusedWithTheirPlace) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const float bad : {std::nanf(""), infinity, -infinity}) {
    LabelledRows rows = Clouds(3000, 4, 2);
    rows.features(2345, 3) = bad;
    rows.features(2346, 0) = bad;
    EXPECT_THAT(Refused(rows, 2), HasSubstr("training rows: row 2346, column 4"));
  }
}

TEST_P(HostileDataTest, ConstantColumnsDoNotMatter) {
  LabelledRows rows = Clouds(200, 6, 3, 16);
  rows.features.leftCols(3).setConstant(4);
  const Fitted fitted(Model(), rows, 3);
  EXPECT_GT(fitted.Accuracy(rows), .95);
  for (int f = 0; f < 3; ++f) EXPECT_EQ(fitted.Description().feature_importance(f), 0);
}

TEST_P(HostileDataTest, AllColumnsConstantMakeOneLeafOfShares) {
  const Fitted fitted(Model(), Table({{1, 2, 0}, {1, 2, 1}, {1, 2, 1}, {1, 2, 1}}), 2);
  EXPECT_FLOAT_EQ(fitted.Probabilities(FeatureMatrix::Zero(1, 2))(0, 1), .75f);
}

TEST_P(HostileDataTest, OneClassOnlyIsAlwaysPredicted) {
  LabelledRows rows = Clouds(100, 3, 3);
  rows.labels.assign(100, 2);
  const FeatureMatrix predicted = Fitted(Model(), rows, 3).Probabilities(rows.features);
  EXPECT_EQ(predicted.col(2).minCoeff(), 1);
}

TEST_P(HostileDataTest, OneRowAndOneColumnAreEnough) {
  EXPECT_EQ(Fitted(Model(), Table({{3, 1}}), 2).ClassOf({-7}), 1);
  EXPECT_EQ(Fitted(Model(), Table({{3, 1}, {4, 0}}), 2).Accuracy(Table({{3, 1}, {4, 0}})), 1);
}

TEST_P(HostileDataTest, TenThousandClassesAreLearned) {
  std::vector<std::vector<float>> rows;
  for (int row = 0; row < 600; ++row) {
    rows.push_back({static_cast<float>(row % 200), static_cast<float>(row % 3), static_cast<float>(row * 16)});
  }
  EXPECT_EQ(Fitted(Model(), Table(rows), 10000).Accuracy(Table(rows)), 1);
}

TEST_P(HostileDataTest, MoreClassesThanASampleCanNameAreRefused) {
  EXPECT_THAT(Refused(Clouds(10, 2, 2), 70000), HasSubstr("and 65535 classes; got 10 and 70000"));
}

TEST_P(HostileDataTest, HugeValuesAreCutLikeOthers) {
  const float most = std::numeric_limits<float>::max();
  const LabelledRows rows = Table({{-most, 0}, {-1e30f, 1}, {0, 2}, {1e30f, 3}, {most, 4}});
  EXPECT_EQ(Fitted(Model(), rows, 5).Accuracy(rows), 1);
}

TEST_P(HostileDataTest, ValuesCloserThanTheirMiddleCanTellAreToldApart) {
  const LabelledRows rows = Table({{1, 0}, {std::nextafter(1.f, 2.f), 1}});
  EXPECT_EQ(Fitted(Model(), rows, 2).Accuracy(rows), 1);
}

TEST_P(HostileDataTest, DuplicatedRowsCountAsOftenAsTheyAre) {
  const LabelledRows once = Clouds(100, 4, 3, 8);
  LabelledRows thrice;
  thrice.features = once.features.replicate(3, 1);
  for (int time = 0; time < 3; ++time) {
    thrice.labels.insert(thrice.labels.end(), once.labels.begin(), once.labels.end());
  }
  EXPECT_EQ(Fitted(Model(), thrice, 3).Accuracy(thrice), Fitted(Model(), once, 3).Accuracy(once));
}

INSTANTIATE_TEST_SUITE_P(Every, HostileDataTest, testing::Values("decision_tree", "random_forest", "extra_trees"),
                         [](const auto& model) { return model.param; });

}  // namespace
}  // namespace parzen
