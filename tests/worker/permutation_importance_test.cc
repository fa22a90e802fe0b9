// Models whose features' worth is known beforehand.
#include "worker/permutation_importance.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

class PermutationImportanceTest : public testing::Test {
 protected:
  // Feature 0 tells the class, feature 1 is the row's number, feature 2 always the same.
  PermutationImportanceTest() {
    rows_.features.resize(kRows, 3);
    for (int row = 0; row < kRows; ++row) {
      rows_.features.row(row) << static_cast<float>(row % 2), static_cast<float>(row), 5.F;
      rows_.labels.push_back(row % 2);
    }
  }

  // Looks at feature 0 alone.
  static absl::StatusOr<FeatureMatrix> ByFirst(const FeatureRef& features) {
    FeatureMatrix probabilities(features.rows(), 2);
    probabilities.col(0) = 1 - features.col(0).array();
    probabilities.col(1) = features.col(0);
    return probabilities;
  }

  template <typename Predict>
  TrainMetrics Measured(int repeats, const Predict& predict, const std::vector<std::string>& class_names = {"a", "b"}) {
    PermutationImportance options;
    options.set_repeats(repeats);
    TrainMetrics metrics;
    EXPECT_TRUE(MeasurePermutationImportance(options, LabelledView(rows_), class_names, RandomStream(1, 2, "shuffles"),
                                             predict, metrics)
                    .ok());
    return metrics;
  }

  static constexpr int kRows = 1000;
  LabelledRows rows_;
};

TEST_F(PermutationImportanceTest, ShuffledFeatureCostsWhatChanceLeaves) {
  const TrainMetrics metrics = Measured(20, ByFirst);
  // Of 500 rows of each class half get the other's value: accuracy 1/2, whose deviation is sqrt(.25 / 999).
  EXPECT_THAT(metrics.permutation_importance(), ElementsAre(DoubleNear(.5, 4 * .0158 / std::sqrt(20.)), 0, 0));
  EXPECT_THAT(metrics.permutation_importance_deviation(), ElementsAre(DoubleNear(.0158, .008), 0, 0));
}

TEST_F(PermutationImportanceTest, FallOfR2CountsInARegression) {
  for (int row = 0; row < kRows; ++row) rows_.targets.push_back(static_cast<float>(3 * row));
  const auto by_second = [](const FeatureRef& features) -> absl::StatusOr<FeatureMatrix> {
    return FeatureMatrix(3 * features.col(1));
  };
  const TrainMetrics metrics = Measured(10, by_second, {});
  // A shuffled prediction's error is twice the variance: r2 falls from 1 to -1.
  EXPECT_THAT(metrics.permutation_importance(), ElementsAre(0, DoubleNear(2, .1), 0));
}

TEST_F(PermutationImportanceTest, OneFeatureAtATimeIsShuffledAndNoneLost) {
  int predictions = 0;
  Measured(4, [&](const FeatureRef& features) -> absl::StatusOr<FeatureMatrix> {
    int changed = 0;
    for (int feature = 0; feature < 3; ++feature) {
      Eigen::VectorXf values = features.col(feature), expected = rows_.features.col(feature);
      changed += values != expected;
      std::sort(values.begin(), values.end());
      std::sort(expected.begin(), expected.end());
      EXPECT_EQ(values, expected);
    }
    const int expected = predictions == 0 || predictions > 8 ? 0 : 1;  // feature 2 stays as it is, shuffled or not
    EXPECT_EQ(changed, expected) << "prediction " << predictions;
    ++predictions;
    return ByFirst(features);
  });
  EXPECT_EQ(predictions, 1 + 3 * 4);
}

TEST_F(PermutationImportanceTest, ShufflesOfAFeatureDiffer) {
  std::vector<Eigen::VectorXf> seen;
  Measured(3, [&](const FeatureRef& features) {
    const Eigen::VectorXf values = features.col(1);
    if (values != rows_.features.col(1)) {
      for (const Eigen::VectorXf& other : seen) EXPECT_NE(other, values);
      seen.push_back(values);
    }
    return ByFirst(features);
  });
  EXPECT_EQ(seen.size(), 3u);
}

TEST_F(PermutationImportanceTest, FailureToPredictIsReturned) {
  PermutationImportance options;
  TrainMetrics metrics;
  int left = 5;
  const absl::Status status = MeasurePermutationImportance(
      options, LabelledView(rows_), {"a", "b"}, RandomStream(1, 2, "shuffles"),
      [&](const FeatureRef& features) -> absl::StatusOr<FeatureMatrix> {
        if (--left == 0) return absl::CancelledError("asked to stop");
        return ByFirst(features);
      },
      metrics);
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

}  // namespace
}  // namespace parzen
