// Trainings of models that learn without labels, from files to metrics.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/data_folder.h"
#include "worker/trainer.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class UnlabelledTrainingTest : public testing::Test {
 protected:
  // Built-in images: 300 to learn from, 60 for the test.
  static TrainTask Task(const std::string& rest) {
    TrainTask task;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("dataset { digits { train: 300 test: 60 } } transform { scale { divide_by: 255 } } ", rest),
        task.mutable_spec()));
    task.set_study_seed(7);
    task.set_trial_number(3);
    return task;
  }
  static TrainTask Final(TrainTask task) {
    task.set_final(true);
    return task;
  }
  TrainMetrics Trained(const TrainTask& task) {
    const auto metrics = Train(task, cache_, hooks_);
    EXPECT_TRUE(metrics.ok()) << metrics.status();
    return metrics.ok() ? *metrics : TrainMetrics();
  }

  DataCache cache_;
  TrainHooks hooks_;
};

int64_t RowsIn(const FoundClusters& found) {
  int64_t rows = 0;
  for (const FoundCluster& cluster : found.cluster()) {
    int64_t of_classes = 0;
    for (const int64_t count : cluster.rows_of_class()) of_classes += count;
    EXPECT_EQ(of_classes, cluster.rows());
    rows += cluster.rows();
  }
  return rows;
}

TEST_F(UnlabelledTrainingTest, ClustersAreFoundInAllTrainingRowsAndMeasured) {
  const TrainMetrics metrics = Trained(Task("k_means { clusters: 10 }"));
  EXPECT_GT(metrics.train().inertia(), 0);
  EXPECT_GT(metrics.train().homogeneity(), .2);
  EXPECT_TRUE(metrics.train().has_silhouette());
  EXPECT_TRUE(metrics.train().has_adjusted_rand());
  EXPECT_FALSE(metrics.has_validation());
  EXPECT_EQ(metrics.clusters().cluster_size(), 10);
  EXPECT_EQ(RowsIn(metrics.clusters()), 300);
  EXPECT_EQ(metrics.clusters().drawn_size(), 0);
}

TEST_F(UnlabelledTrainingTest, ASplitKeepsRowsApartToBeMeasured) {
  const TrainMetrics metrics =
      Trained(Task("split { validation: .2 } gaussian_mixture { components: 3 covariance: DIAGONAL }"));
  EXPECT_TRUE(metrics.validation().has_log_likelihood());
  EXPECT_EQ(RowsIn(metrics.clusters()), 240);
  EXPECT_TRUE(metrics.has_aic());
  EXPECT_TRUE(metrics.has_bic());
}

TEST_F(UnlabelledTrainingTest, TheFinalTrainingIsMeasuredOnTestRowsAndKeepsImagesAsTheyAreInTheFiles) {
  const std::string rest =
      "transform { pca { components: 20 } } gaussian_mixture { components: 4 covariance: SPHERICAL }";
  const TrainMetrics metrics = Trained(Final(Task(rest)));
  EXPECT_TRUE(metrics.test().has_log_likelihood());
  EXPECT_TRUE(metrics.test().has_homogeneity());
  const FoundClusters& found = metrics.clusters();
  EXPECT_EQ(found.height() * found.width(), 784);
  EXPECT_EQ(found.drawn_size(), 20);
  for (const FoundCluster& cluster : found.cluster()) {
    EXPECT_EQ(cluster.center().size(), 784u);
    EXPECT_EQ(cluster.image_size(), std::min<int64_t>(20, cluster.rows()));
    for (const std::string& image : cluster.image()) EXPECT_EQ(image.size(), 784u);
  }
}

TEST_F(UnlabelledTrainingTest, PrincipalComponentsAreKeptToLookAt) {
  const TrainMetrics metrics = Trained(Final(Task("transform { pca { components: 12 } } decision_tree {}")));
  const ComponentViews& views = metrics.components();
  ASSERT_EQ(views.explained_size(), 12);
  double together = 0;
  for (int i = 0; i < 12; ++i) {
    EXPECT_LE(views.explained(i), (i > 0 ? views.explained(i - 1) : 1) + 1e-9);
    together += views.explained(i);
  }
  EXPECT_GT(together, .3);
  EXPECT_LT(together, 1);
  EXPECT_EQ(views.component_size(), 12);
  EXPECT_EQ(views.original_size(), 10);
  ASSERT_EQ(views.reconstruction_size(), 5) << "of 1, 2, 5, 10 and 12";
  // More components are nearer.
  const auto distance = [&](const ComponentViews::Reconstruction& reconstruction) {
    double sum = 0;
    for (int i = 0; i < 10; ++i) {
      for (size_t pixel = 0; pixel < 784; ++pixel) {
        sum += std::pow(
            static_cast<uint8_t>(reconstruction.image(i)[pixel]) - static_cast<uint8_t>(views.original(i)[pixel]), 2);
      }
    }
    return sum;
  };
  EXPECT_LT(distance(views.reconstruction(4)), distance(views.reconstruction(0)));
  EXPECT_FALSE(Trained(Task("transform { pca { components: 12 } } decision_tree {}")).has_components());
}

TEST_F(UnlabelledTrainingTest, WhitenedComponentsExplainTheSameShares) {
  const TrainMetrics plain = Trained(Final(Task("transform { pca { components: 5 } } decision_tree {}")));
  const TrainMetrics white = Trained(Final(Task("transform { pca { components: 5 whiten: true } } decision_tree {}")));
  for (int i = 0; i < 5; ++i) {
    EXPECT_NEAR(plain.components().explained(i), white.components().explained(i), 1e-4);
  }
}

TEST_F(UnlabelledTrainingTest, PlacesAreMeasuredAndKept) {
  const TrainMetrics metrics =
      Trained(Task("transform { pca { components: 20 } } pca_embedding {} keep { places: 100 thumbnails: 7 }"));
  EXPECT_GT(metrics.train().trustworthiness(), .5);
  EXPECT_GT(metrics.train().continuity(), .5);
  EXPECT_TRUE(metrics.train().has_neighbor_accuracy());
  EXPECT_EQ(metrics.places().row_size(), 100);
  EXPECT_EQ(metrics.places().value_size(), 200);
  EXPECT_EQ(metrics.places().image_size(), 7);
  EXPECT_EQ(metrics.places().shown_size(), 7);
}

TEST_F(UnlabelledTrainingTest, StepsAreReportedWhenTheirMetricIsWatched) {
  std::vector<double> values;
  hooks_.report = [&](int64_t step, double value) {
    EXPECT_GT(step, 0);
    values.push_back(value);
    return true;
  };
  TrainTask task = Task("k_means { clusters: 5 starts: 1 }");
  task.set_watched_metric("train_homogeneity");
  Trained(task);
  EXPECT_TRUE(values.empty());
  task.set_watched_metric("train_inertia");
  Trained(task);
  ASSERT_GT(values.size(), 1u);
  EXPECT_LE(values.back(), values.front());
  hooks_.report = [](int64_t, double) { return false; };
  EXPECT_TRUE(absl::IsCancelled(Train(task, cache_, hooks_).status()));
}

TEST_F(UnlabelledTrainingTest, ModelsThatPredictNothingAreNotKeptInFiles) {
  hooks_.keep = [](const Model&, const PreparedData&, const TrainMetrics&) { return absl::OkStatus(); };
  const absl::Status status = Train(Task("k_means {}"), cache_, hooks_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("k_means cannot be kept in a file"));
}

}  // namespace
}  // namespace parzen
