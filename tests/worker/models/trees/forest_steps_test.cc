// What a forest tells while it grows, and once it has: the same for any number of threads.
#include <atomic>
#include <numeric>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

struct Report {
  int64_t step;
  FeatureMatrix predictions;
};

class ForestStepsTest : public testing::TestWithParam<std::string> {
 protected:
  std::string Forest(const std::string& options) const { return GetParam() + " { " + options + " }"; }

  // Grows a forest and keeps what it reports; after `most` reports the trial is pruned.
  absl::Status Grow(const std::string& options, int threads = 2, size_t most = 1000) {
    const std::unique_ptr<Model> model = *MakeModel(ModelSpec(Forest(options)));
    reports_.clear();
    const Watch watch{watched_.features, [&](int64_t step, const FeatureMatrix& predictions) {
                        reports_.push_back({step, predictions});
                        return reports_.size() < most;
                      }};
    FitContext context{RandomStream(1, 0, "model"), [] { return false; }, &watch};
    absl::Status status;
    tbb::task_arena(threads).execute([&] { status = model->Fit(TrainingRows(rows_, 3), context); });
    if (status.ok()) after_ = model->Predict(watched_.features);
    return status;
  }
  std::vector<int64_t> Steps() const {
    std::vector<int64_t> steps;
    for (const Report& report : reports_) steps.push_back(report.step);
    return steps;
  }

  LabelledRows rows_ = Clouds(200, 5, 3), watched_ = Clouds(150, 5, 3, 0, 2);
  std::vector<Report> reports_;
  FeatureMatrix after_;
};

TEST_P(ForestStepsTest, FewTreesAreReportedOneByOne) {
  ASSERT_TRUE(Grow("trees: 3").ok());
  EXPECT_THAT(Steps(), ElementsAre(1, 2, 3));
}

TEST_P(ForestStepsTest, ManyTreesAreReportedTwentyTimesTheLastIncluded) {
  ASSERT_TRUE(Grow("trees: 50").ok());
  EXPECT_THAT(Steps(), SizeIs(20));
  EXPECT_EQ(Steps()[0], 3);
  EXPECT_EQ(Steps()[1], 5);
  EXPECT_EQ(Steps().back(), 50);
}

TEST_P(ForestStepsTest, EachReportIsWhatAForestOfSoManyTreesPredicts) {
  ASSERT_TRUE(Grow("trees: 30").ok());
  for (const Report& report : reports_) {
    const Fitted shorter(Forest("trees: " + std::to_string(report.step)), rows_, 3);
    EXPECT_EQ(report.predictions, shorter.Probabilities(watched_.features)) << report.step;
  }
  EXPECT_EQ(reports_.back().predictions, after_);
}

TEST_P(ForestStepsTest, ReportsAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  ASSERT_TRUE(Grow("trees: 40", 1).ok());
  const std::vector<Report> by_one = std::exchange(reports_, {});
  for (const int threads : {2, 8}) {
    ASSERT_TRUE(Grow("trees: 40", threads).ok());
    ASSERT_THAT(reports_, SizeIs(by_one.size()));
    for (size_t i = 0; i < by_one.size(); ++i) EXPECT_EQ(reports_[i].predictions, by_one[i].predictions);
  }
}

TEST_P(ForestStepsTest, ATrialThatIsPrunedEndsAndIsNotReportedAgain) {
  EXPECT_TRUE(absl::IsCancelled(Grow("trees: 400", 2, 3)));
  EXPECT_THAT(reports_, SizeIs(3));
}

TEST_P(ForestStepsTest, ATrialPrunedAtItsLastReportIsCancelledToo) {
  EXPECT_TRUE(absl::IsCancelled(Grow("trees: 3", 2, 3)));
}

TEST_P(ForestStepsTest, WatchIsNeverToldOrAskedByTwoThreadsAtOnce) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  const std::unique_ptr<Model> model = *MakeModel(ModelSpec(Forest("trees: 200")));
  std::atomic<int> calls = 0, most = 0;
  const auto call = [&] {
    most = std::max<int>(most, ++calls);
    --calls;
  };
  const Watch watch{watched_.features, [&](int64_t, const FeatureMatrix&) { return call(), true; }};
  FitContext context{RandomStream(1, 0, "model"), [&] { return call(), false; }, &watch};
  tbb::task_arena(8).execute([&] { EXPECT_TRUE(model->Fit(TrainingRows(rows_, 3), context).ok()); });
  EXPECT_EQ(most, 1);
}

TEST_P(ForestStepsTest, ImportancesSumToOneAndFindTheFeatureThatMatters) {
  LabelledRows rows = Clouds(300, 6, 2);
  for (int64_t row = 0; row < rows.rows(); ++row) rows.labels[row] = rows.features(row, 4) > .3f;
  const TrainMetrics metrics = Fitted(Forest("trees: 30"), rows, 2).Description();
  ASSERT_EQ(metrics.feature_importance_size(), 6);
  EXPECT_NEAR(std::accumulate(metrics.feature_importance().begin(), metrics.feature_importance().end(), 0.), 1, 1e-12);
  EXPECT_GT(metrics.feature_importance(4), .5);
}

TEST_P(ForestStepsTest, ImportancesAndOutOfBagAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control eight(tbb::global_control::max_allowed_parallelism, 8);
  std::vector<std::string> descriptions;
  for (const int threads : {1, 2, 8}) {
    tbb::task_arena(threads).execute([&] {
      descriptions.push_back(
          Fitted(Forest("trees: 24 bootstrap: true out_of_bag: true"), rows_, 3).Description().SerializeAsString());
    });
  }
  EXPECT_EQ(descriptions[1], descriptions[0]);
  EXPECT_EQ(descriptions[2], descriptions[0]);
}

TEST_P(ForestStepsTest, WithoutASplitNoFeatureMatters) {
  const TrainMetrics metrics = Fitted(Forest("trees: 5"), Table({{1, 0}, {1, 1}}), 2).Description();
  EXPECT_EQ(metrics.leaves(), 5);
  EXPECT_EQ(metrics.feature_importance(0), 0);
}

INSTANTIATE_TEST_SUITE_P(Every, ForestStepsTest, testing::Values("random_forest", "extra_trees"),
                         [](const auto& forest) { return forest.param; });

TEST(OutOfBagTest, TellsHowWellUnseenRowsArePredicted) {
  const LabelledRows rows = Clouds(600, 6, 3), others = Clouds(3000, 6, 3, 0, 2);
  const Fitted forest("random_forest { trees: 60 out_of_bag: true }", rows, 3);
  EXPECT_NEAR(forest.Description().out_of_bag_accuracy(), forest.Accuracy(others), .05);
  EXPECT_FALSE(forest.Description().has_out_of_bag_r2());
}

TEST(OutOfBagTest, IsNotToldUnlessAskedFor) {
  EXPECT_FALSE(Fitted("random_forest {}", Clouds(60, 3, 2), 2).Description().has_out_of_bag_accuracy());
}

TEST(OutOfBagTest, RowsThatEveryTreeSawAreLeftOut) {
  // One tree: about 37% of the rows count; noise in the labels of one class alone shows in exactly those.
  const LabelledRows rows = Clouds(500, 3, 2);
  const double accuracy =
      Fitted("random_forest { trees: 1 out_of_bag: true }", rows, 2).Description().out_of_bag_accuracy();
  EXPECT_LT(accuracy, .95);  // of all rows, 63% would be right for sure
  EXPECT_GT(accuracy, .5);
  const auto one_row = Fitted("random_forest { trees: 1 out_of_bag: true }", Table({{1, 0}}), 1).Description();
  EXPECT_FALSE(one_row.has_out_of_bag_accuracy());
}

}  // namespace
}  // namespace parzen
