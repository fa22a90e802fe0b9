// Metrics of clusters are scikit-learn's, and defined where it has none.
#include "worker/metrics/clustering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <numeric>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tbb/task_arena.h"
#include "worker/metrics/silhouette.h"

namespace parzen {
namespace {

using Labels = std::vector<int32_t>;

// Made by clustering_reference.py.
const nlohmann::json& Cases(const char* kind) {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/clustering_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return cases->at(kind);
}

FeatureMatrix Rows(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = rows[i][j];
  }
  return matrix;
}

FeatureMatrix NormalRows(int64_t rows, int64_t columns, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (float& value : matrix.reshaped<Eigen::RowMajor>()) value = static_cast<float>(stream.Normal());
  return matrix;
}

Labels RandomLabels(int64_t rows, uint64_t classes, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "labels");
  Labels labels(static_cast<size_t>(rows));
  for (int32_t& label : labels) label = static_cast<int32_t>(stream.Below(classes));
  return labels;
}

PartMetrics Measure(const FeatureRef& rows, const Labels& clusters, const Labels& labels) {
  PartMetrics metrics;
  const absl::Status status = MeasureClusters(
      rows, clusters, labels, [] { return false; }, metrics);
  EXPECT_TRUE(status.ok()) << status;
  return metrics;
}

// All numbers that one of them has, by name.
void ExpectAsRecorded(const PartMetrics& metrics, const nlohmann::json& reference, const std::string& first,
                      const std::string& last) {
  const google::protobuf::Descriptor& fields = *PartMetrics::descriptor();
  for (int number = fields.FindFieldByName(first)->number(); number <= fields.FindFieldByName(last)->number();
       ++number) {
    const google::protobuf::FieldDescriptor& field = *fields.FindFieldByNumber(number);
    const bool measured = metrics.GetReflection()->HasField(metrics, &field);
    ASSERT_EQ(measured, reference.contains(field.name())) << field.name();
    if (!measured) continue;
    const double recorded = reference.at(field.name());
    EXPECT_NEAR(metrics.GetReflection()->GetDouble(metrics, &field), recorded, 1e-9 * std::max(1., std::abs(recorded)))
        << field.name();
  }
}

TEST(ClusteringTest, AgreementWithClassesIsScikitLearns) {
  for (const nlohmann::json& reference : Cases("labelings")) {
    SCOPED_TRACE(reference["case"]);
    const Labels clusters = reference["clusters"];
    const PartMetrics metrics =
        Measure(FeatureMatrix::Zero(static_cast<int64_t>(clusters.size()), 1), clusters, reference["labels"]);
    ExpectAsRecorded(metrics, reference, "homogeneity", "adjusted_mutual_information");
  }
}

TEST(ClusteringTest, SeparationIsScikitLearns) {
  for (const nlohmann::json& reference : Cases("rows")) {
    SCOPED_TRACE(reference["case"]);
    const FeatureMatrix rows = Rows(reference["rows_in_eighths"]) / 8;
    ExpectAsRecorded(Measure(rows, reference["clusters"], {}), reference, "silhouette", "calinski_harabasz");
  }
}

TEST(ClusteringTest, WithoutLabelsNothingComparesWithThem) {
  const PartMetrics metrics = Measure(NormalRows(20, 2), RandomLabels(20, 3), {});
  EXPECT_TRUE(metrics.has_silhouette());
  EXPECT_FALSE(metrics.has_homogeneity());
  EXPECT_FALSE(metrics.has_rand());
  EXPECT_FALSE(metrics.has_adjusted_mutual_information());
}

TEST(ClusteringTest, EveryRowAClusterOnBothSidesIsPerfectAgreement) {
  Labels all(30);
  std::iota(all.begin(), all.end(), 0);
  const PartMetrics metrics = Measure(NormalRows(30, 2), all, Labels(all.rbegin(), all.rend()));
  EXPECT_EQ(metrics.adjusted_mutual_information(), 1);
  EXPECT_EQ(metrics.adjusted_rand(), 1);
  EXPECT_EQ(metrics.rand(), 1);
  EXPECT_NEAR(metrics.v_measure(), 1, 1e-15);
  EXPECT_FALSE(metrics.has_silhouette());
  EXPECT_FALSE(metrics.has_davies_bouldin());
}

TEST(ClusteringTest, RandomClustersOfManyRowsHaveNothingLeftAfterChance) {
  const Contingency counts = CountTogether(RandomLabels(300000, 10, 1), RandomLabels(300000, 300, 2));
  EXPECT_NEAR(AdjustedMutualInformation(counts), 0, 2e-4);
  EXPECT_NEAR(AdjustedRandIndex(counts), 0, 2e-4);
}

TEST(ClusteringTest, CountsAreOfClassesInClusters) {
  const Contingency counts = CountTogether(Labels{2, 0, 2, 2, 0}, Labels{4, 1, 1, 4, 1});
  EXPECT_EQ(counts.rows, 5);
  EXPECT_THAT(counts.of_class, testing::ElementsAre(2, 0, 3));
  EXPECT_THAT(counts.of_cluster, testing::ElementsAre(0, 3, 0, 0, 2));
  ASSERT_EQ(counts.cells.size(), 3U);
  EXPECT_EQ(counts.cells[0].label, 0);
  EXPECT_EQ(counts.cells[0].cluster, 1);
  EXPECT_EQ(counts.cells[0].rows, 2);
  EXPECT_EQ(counts.cells[1].rows, 1);
  EXPECT_EQ(counts.cells[2].cluster, 4);
}

// By its definition, pair by pair.
double PlainSilhouette(const FeatureMatrix& rows, const Labels& clusters, int count) {
  double sum = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    std::vector<double> distances(static_cast<size_t>(count), 0), others(static_cast<size_t>(count), 0);
    for (int64_t j = 0; j < rows.rows(); ++j) {
      if (i == j) continue;
      const size_t cluster = static_cast<size_t>(clusters[static_cast<size_t>(j)]);
      distances[cluster] += (rows.row(i).cast<double>() - rows.row(j).cast<double>()).norm();
      ++others[cluster];
    }
    const size_t own = static_cast<size_t>(clusters[static_cast<size_t>(i)]);
    double next = INFINITY;
    for (size_t c = 0; c < distances.size(); ++c) {
      if (c != own && others[c] > 0) next = std::min(next, distances[c] / others[c]);
    }
    const double a = distances[own] / others[own];
    if (others[own] > 0) sum += (next - a) / std::max(a, next);
  }
  return sum / static_cast<double>(rows.rows());
}

TEST(ClusteringTest, SilhouetteOfManyTilesIsWhatItsDefinitionSays) {
  FeatureMatrix rows = NormalRows(611, 7);
  rows.array() += 30;
  rows.bottomRows(100) = rows.topRows(100);  // twins, here and there in another cluster
  for (const uint64_t clusters : {2, 40}) {
    const Labels labels = RandomLabels(611, clusters);
    EXPECT_NEAR(**Silhouette(rows, labels), PlainSilhouette(rows, labels, static_cast<int>(clusters)), 1e-12);
  }
}

TEST(ClusteringTest, RowsThatAreAlmostTwinsKeepTheirDistances) {
  FeatureMatrix rows(4, 2);
  rows << 1, 1, 1.0001F, 1, 5000, 1, 5000.001F, 1;
  const Labels clusters = {0, 0, 1, 1};
  EXPECT_NEAR(**Silhouette(rows, clusters), PlainSilhouette(rows, clusters, 2), 1e-13);
}

TEST(ClusteringTest, SilhouetteOfMoreThanTenThousandRowsIsThatOfSomeEvenlyChosen) {
  const FeatureMatrix rows = NormalRows(20000, 2);
  Labels clusters(20000);
  for (size_t row = 0; row < clusters.size(); ++row) clusters[row] = rows(static_cast<int64_t>(row), 0) > 0;
  FeatureMatrix every_second(10000, 2);
  Labels clusters_of_these;
  for (int64_t row = 0; row < 10000; ++row) {
    every_second.row(row) = rows.row(2 * row);
    clusters_of_these.push_back(clusters[static_cast<size_t>(2 * row)]);
  }
  EXPECT_EQ(Measure(rows, clusters, {}).silhouette(), **Silhouette(every_second, clusters_of_these));
}

TEST(ClusteringTest, BitsDoNotDependOnThreads) {
  const FeatureMatrix rows = NormalRows(1500, 13);
  const Labels clusters = RandomLabels(1500, 9, 1), labels = RandomLabels(1500, 4, 2);
  std::vector<std::string> measured;
  for (const int threads : {1, 2, 3}) {
    tbb::task_arena(threads).execute([&] { measured.push_back(Measure(rows, clusters, labels).SerializeAsString()); });
  }
  EXPECT_EQ(measured[0], measured[1]);
  EXPECT_EQ(measured[0], measured[2]);
}

TEST(ClusteringTest, StopIsObeyed) {
  const FeatureMatrix rows = NormalRows(3000, 5);
  const Labels clusters = RandomLabels(3000, 5);
  for (const int asked : {1, 5}) {
    std::atomic<int> questions = 0;
    const auto stop = [&] { return ++questions >= asked; };
    EXPECT_TRUE(absl::IsCancelled(Silhouette(rows, clusters, stop).status()));
  }
  PartMetrics metrics;
  const absl::Status status = MeasureClusters(
      rows, clusters, {}, [] { return true; }, metrics);
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_TRUE(absl::IsCancelled(MeasureSeparation(rows, clusters, [] { return true; }).status()));
}

}  // namespace
}  // namespace parzen
