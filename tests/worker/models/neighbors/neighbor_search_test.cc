// The neighbours that are found are those that exact arithmetic finds, however scores were computed.
#include "worker/models/neighbors/neighbor_search.h"

#include <algorithm>
#include <cmath>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/models/neighbors/exact_distance.h"

namespace parzen {
namespace {

constexpr NearestNeighbors::Metric kMetrics[] = {NearestNeighbors::EUCLIDEAN, NearestNeighbors::MANHATTAN,
                                                 NearestNeighbors::COSINE};
const auto never = [] { return false; };

// Numbers in steps of 1 / `steps`, of which there are `levels`; 0: any.
FeatureMatrix Grid(int64_t rows, int64_t columns, int levels, double steps, uint64_t seed) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (float& value : matrix.reshaped()) {
    value = static_cast<float>(levels == 0 ? stream.Normal() : static_cast<double>(stream.Below(levels)) / steps);
  }
  return matrix;
}

// By the definition.
NeighborLists ByHand(NearestNeighbors::Metric metric, const FeatureMatrix& train, const FeatureMatrix& rows,
                     int64_t neighbors) {
  NeighborLists lists;
  lists.length = std::min<int64_t>(neighbors, train.rows());
  const int64_t columns = train.cols();
  for (int64_t i = 0; i < rows.rows(); ++i) {
    const float* const a = rows.row(i).data();
    std::vector<std::pair<double, int32_t>> all;
    for (int64_t j = 0; j < train.rows(); ++j) {
      const float* const b = train.row(j).data();
      all.emplace_back(ExactMeasure(metric, a, ExactProduct(a, a, columns), b, ExactProduct(b, b, columns), columns),
                       static_cast<int32_t>(j));
    }
    std::sort(all.begin(), all.end());
    for (int64_t n = 0; n < lists.length; ++n) {
      lists.rows.push_back(all[static_cast<size_t>(n)].second);
      lists.distances.push_back(DistanceOfMeasure(metric, all[static_cast<size_t>(n)].first));
    }
  }
  return lists;
}

void ExpectExact(const FeatureMatrix& train, const FeatureMatrix& rows, int64_t neighbors) {
  for (const auto metric : kMetrics) {
    SCOPED_TRACE(NearestNeighbors::Metric_Name(metric));
    const NeighborLists right = ByHand(metric, train, rows, neighbors);
    const auto found = NeighborSearch(metric, train).Find(rows, neighbors, never);
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->length, right.length);
    EXPECT_EQ(found->rows, right.rows);
    EXPECT_EQ(found->distances, right.distances);
  }
}

TEST(ExactDistanceTest, DistancesAreTheirDefinitions) {
  const FeatureMatrix rows = Grid(2, 21, 0, 1, 1);
  const Eigen::VectorXd a = rows.row(0).cast<double>(), b = rows.row(1).cast<double>();
  const float *const x = rows.row(0).data(), *const y = rows.row(1).data();
  const double xx = ExactProduct(x, x, 21), yy = ExactProduct(y, y, 21);
  EXPECT_NEAR(xx, a.squaredNorm(), 1e-12);
  EXPECT_NEAR(ExactMeasure(kMetrics[0], x, xx, y, yy, 21), (a - b).squaredNorm(), 1e-12);
  EXPECT_NEAR(DistanceOfMeasure(kMetrics[0], 9), 3, 0);
  EXPECT_NEAR(ExactMeasure(kMetrics[1], x, xx, y, yy, 21), (a - b).lpNorm<1>(), 1e-12);
  EXPECT_NEAR(ExactMeasure(kMetrics[2], x, xx, y, yy, 21), 1 - a.dot(b) / a.norm() / b.norm(), 1e-12);
}

TEST(ExactDistanceTest, EqualRowsAreAtZeroAndRowsOfZerosHaveNoDirection) {
  const FeatureMatrix rows = Grid(1, 37, 0, 1, 1), zeros = FeatureMatrix::Zero(1, 37);
  const double square = ExactProduct(rows.data(), rows.data(), 37);
  for (const auto metric : kMetrics) {
    EXPECT_EQ(ExactMeasure(metric, rows.data(), square, rows.data(), square, 37), 0);
  }
  EXPECT_EQ(ExactMeasure(NearestNeighbors::COSINE, rows.data(), square, zeros.data(), 0, 37), 1);
}

TEST(NeighborSearchTest, AnyNumbersAreOrderedExactly) {
  ExpectExact(Grid(1000, 37, 0, 1, 1), Grid(250, 37, 0, 1, 2), 5);
  ExpectExact(Grid(500, 1, 0, 1, 1), Grid(30, 1, 0, 1, 2), 3);
}

TEST(NeighborSearchTest, BytesAreOrderedExactly) {
  ExpectExact(Grid(1000, 45, 256, 1, 1), Grid(250, 45, 256, 1, 2), 5);
  ExpectExact(Grid(500, 64, 256, 255, 1), Grid(100, 64, 256, 255, 2), 7);
}

TEST(NeighborSearchTest, BytesFromMinusOneToOneAreOrderedExactly) {
  const FeatureMatrix train = Grid(500, 20, 256, 127.5, 1).array() - 1, rows = Grid(50, 20, 256, 127.5, 2).array() - 1;
  ExpectExact(train, rows, 7);
}

TEST(NeighborSearchTest, NumbersBetweenTheTrainingRowsBytesAreOrderedExactly) {
  ExpectExact(Grid(500, 20, 16, 16, 1), Grid(50, 20, 0, 1, 2), 7);
  ExpectExact(Grid(500, 20, 16, 16, 1), Grid(50, 20, 64, 16, 2), 7);
}

TEST(NeighborSearchTest, ManyEquallyNearRowsAreOrderedByTheirNumber) {
  ExpectExact(Grid(2000, 4, 2, 1, 1), Grid(50, 4, 2, 1, 2), 300);
  ExpectExact(FeatureMatrix::Constant(900, 3, 7.f), FeatureMatrix::Constant(2, 3, 7.5f), 10);
}

TEST(NeighborSearchTest, RowsThatFloatsCannotTellApartAreOrderedExactly) {
  // Far from the origin, squares of lengths hide differences of distances.
  FeatureMatrix train = Grid(800, 10, 0, 1, 1) * 1e-3f, rows = Grid(20, 10, 0, 1, 2) * 1e-3f;
  train.array() += 100;
  rows.array() += 100;
  ExpectExact(train, rows, 9);
}

TEST(NeighborSearchTest, AllRowsAreOrderedWhenAllAreWanted) {
  ExpectExact(Grid(700, 6, 0, 1, 1), Grid(10, 6, 0, 1, 2), 700);
  ExpectExact(Grid(7, 6, 0, 1, 1), Grid(10, 6, 0, 1, 2), 1000);
}

TEST(NeighborSearchTest, RowsMayLieApart) {
  const FeatureMatrix wide = Grid(300, 20, 0, 1, 1), rows = wide.leftCols(13);
  const auto apart = NeighborSearch(NearestNeighbors::EUCLIDEAN, rows).Find(wide.leftCols(13), 4, never);
  EXPECT_EQ(apart->distances, ByHand(NearestNeighbors::EUCLIDEAN, rows, rows, 4).distances);
}

TEST(NeighborSearchTest, StopEndsIt) {
  const FeatureMatrix train = Grid(1000, 5, 0, 1, 1);
  for (const auto metric : kMetrics) {
    EXPECT_TRUE(absl::IsCancelled(NeighborSearch(metric, train).Find(train, 3, [] { return true; }).status()));
  }
}

TEST(NeighborSearchTest, NeighboursAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control four(tbb::global_control::max_allowed_parallelism, 4);
  const FeatureMatrix train = Grid(1500, 30, 0, 1, 1), rows = Grid(900, 30, 0, 1, 2);
  std::vector<NeighborLists> lists(2);
  for (const int threads : {1, 4}) {
    tbb::task_arena(threads).execute(
        [&] { lists[threads == 4] = *NeighborSearch(NearestNeighbors::EUCLIDEAN, train).Find(rows, 50, never); });
  }
  EXPECT_EQ(lists[0].rows, lists[1].rows);
  EXPECT_EQ(lists[0].distances, lists[1].distances);
}

}  // namespace
}  // namespace parzen
