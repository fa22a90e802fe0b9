// Measures of pictures are scikit-learn's, and what is computed quickly is what counting by hand gives.
#include "worker/metrics/embedding.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/metrics/kept_rows.h"

namespace parzen {
namespace {

const auto never = [] { return false; };

// Made by embedding_reference.py.
const nlohmann::json& Pictures() {
  static const nlohmann::json* const pictures = [] {
    std::ifstream file("tests/testdata/embedding_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file).at("pictures"));
  }();
  return *pictures;
}

FeatureMatrix Matrix(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(rows.size(), rows[0].size());
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) matrix(static_cast<int64_t>(r), static_cast<int64_t>(c)) = rows[r][c];
  }
  return matrix;
}

// Normal numbers; of some levels: whole ones below that.
FeatureMatrix Normal(int64_t rows, int64_t columns, uint64_t seed, int levels = 0) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, columns);
  for (float& value : matrix.reshaped()) {
    value = static_cast<float>(levels == 0 ? stream.Normal() : static_cast<double>(stream.Below(levels)));
  }
  return matrix;
}

std::vector<int32_t> Labels(int64_t rows, int classes) {
  RandomStream stream(3, 0, "labels");
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < rows; ++row) labels.push_back(static_cast<int32_t>(stream.Below(classes)));
  return labels;
}

PartMetrics Measure(const FeatureMatrix& rows, const FeatureMatrix& places, const std::vector<int32_t>& labels = {}) {
  PartMetrics metrics;
  const absl::Status status = MeasureEmbedding(rows, places, labels, never, metrics);
  EXPECT_TRUE(status.ok()) << status;
  return metrics;
}

// All other rows, nearest first.
std::vector<int64_t> OthersByHand(const FeatureMatrix& rows, int64_t row) {
  std::vector<std::pair<double, int64_t>> others;
  for (int64_t other = 0; other < rows.rows(); ++other) {
    if (other == row) continue;
    others.emplace_back((rows.row(row).cast<double>() - rows.row(other).cast<double>()).squaredNorm(), other);
  }
  std::sort(others.begin(), others.end());
  std::vector<int64_t> order;
  for (const auto& [distance, other] : others) order.push_back(other);
  return order;
}

// By the definition.
double TrustworthinessByHand(const FeatureMatrix& rows, const FeatureMatrix& places) {
  const double n = static_cast<double>(rows.rows()), k = 5;
  double penalty = 0;
  for (int64_t row = 0; row < rows.rows(); ++row) {
    const std::vector<int64_t> near_rows = OthersByHand(rows, row), near_places = OthersByHand(places, row);
    for (size_t near = 0; near < 5; ++near) {
      const auto at = std::find(near_rows.begin(), near_rows.end(), near_places[near]);
      penalty += std::max<double>(0, static_cast<double>(at - near_rows.begin()) + 1 - k);
    }
  }
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * penalty;
}

void ExpectAsByHand(const FeatureMatrix& rows, const FeatureMatrix& places) {
  const PartMetrics metrics = Measure(rows, places);
  EXPECT_NEAR(metrics.trustworthiness(), TrustworthinessByHand(rows, places), 1e-12);
  EXPECT_NEAR(metrics.continuity(), TrustworthinessByHand(places, rows), 1e-12);
}

class EmbeddingReferenceTest : public testing::TestWithParam<size_t> {};

TEST_P(EmbeddingReferenceTest, EveryMetricIsScikitLearns) {
  const nlohmann::json& reference = Pictures()[GetParam()];
  SCOPED_TRACE(reference["case"]);
  const PartMetrics metrics = Measure(Matrix(reference["rows"]), Matrix(reference["places"]), reference["labels"]);
  EXPECT_NEAR(metrics.trustworthiness(), reference["trustworthiness"].get<double>(), 1e-9);
  EXPECT_NEAR(metrics.continuity(), reference["continuity"].get<double>(), 1e-9);
  EXPECT_NEAR(metrics.neighbor_accuracy(), reference["neighbor_accuracy"].get<double>(), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Every, EmbeddingReferenceTest, testing::Range(size_t{0}, Pictures().size()));

TEST(EmbeddingTest, RanksAreThoseCountedByHand) {
  ExpectAsByHand(Normal(430, 30, 1), Normal(430, 2, 2));
  const FeatureMatrix rows = Normal(200, 3, 1);
  ExpectAsByHand(rows, rows.leftCols(2));
}

TEST(EmbeddingTest, EquallyNearRowsAreRankedByTheirNumber) {
  ExpectAsByHand(Normal(250, 3, 1, 4), Normal(250, 2, 2, 6));
  ExpectAsByHand(FeatureMatrix::Constant(50, 4, 2.5F), Normal(50, 2, 2));
}

TEST(EmbeddingTest, RanksAreExactWhereFloatsCannotTellDistancesApart) {
  FeatureMatrix rows = Normal(200, 8, 1) * 1e-3F;
  rows.array() += 100;
  ExpectAsByHand(rows, Normal(200, 2, 2));
  ExpectAsByHand(Normal(60, 8, 1) * 1e-18F, Normal(60, 2, 2) * 1e-12F);
  ExpectAsByHand(Normal(60, 8, 1) * 1e18F, Normal(60, 2, 2) * 1e20F);
}

TEST(EmbeddingTest, PictureOfTheRowsThemselvesIsPerfect) {
  const FeatureMatrix rows = Normal(300, 2, 1);
  const PartMetrics metrics = Measure(rows, rows * 3.5F);
  EXPECT_EQ(metrics.trustworthiness(), 1);
  EXPECT_EQ(metrics.continuity(), 1);
}

TEST(EmbeddingTest, OfEquallyFrequentLabelsTheSmallestWins) {
  // All others are neighbours: a row of class 1 has two of class 1, two of class 2 and one of class 0.
  const FeatureMatrix places = Matrix({{0}, {1}, {2}, {3}, {4}, {5}});
  const std::vector<int32_t> labels = {1, 2, 1, 2, 1, 0};
  EXPECT_DOUBLE_EQ(Measure(places, places, labels).neighbor_accuracy(), 3. / 6);
}

TEST(EmbeddingTest, WhatFewRowsCannotTellIsAbsent) {
  const FeatureMatrix eleven = Normal(11, 3, 1);
  const auto first = [&](int64_t rows) { return Measure(eleven.topRows(rows), eleven.topRows(rows), Labels(rows, 2)); };
  EXPECT_TRUE(first(11).has_trustworthiness());
  EXPECT_FALSE(first(10).has_trustworthiness());
  EXPECT_FALSE(first(10).has_continuity());
  EXPECT_TRUE(first(6).has_neighbor_accuracy());
  EXPECT_FALSE(first(5).has_neighbor_accuracy());
  EXPECT_FALSE(first(0).has_neighbor_accuracy());
  EXPECT_FALSE(Measure(eleven, eleven).has_neighbor_accuracy());
}

TEST(EmbeddingTest, OfManyRowsSomeEvenlyChosenAreMeasured) {
  const FeatureMatrix rows = Normal(10007, 3, 1), places = rows.leftCols(2);
  const std::vector<int32_t> labels = Labels(10007, 4);
  FeatureMatrix some_rows(10000, 3), some_places(10000, 2);
  std::vector<int32_t> some_labels;
  for (const int64_t row : EvenlyChosen(10007, 10000)) {
    some_rows.row(static_cast<int64_t>(some_labels.size())) = rows.row(row);
    some_places.row(static_cast<int64_t>(some_labels.size())) = places.row(row);
    some_labels.push_back(labels[static_cast<size_t>(row)]);
  }
  const PartMetrics all = Measure(rows, places, labels), some = Measure(some_rows, some_places, some_labels);
  EXPECT_EQ(all.trustworthiness(), some.trustworthiness());
  EXPECT_EQ(all.continuity(), some.continuity());
  EXPECT_EQ(all.neighbor_accuracy(), some.neighbor_accuracy());
}

TEST(EmbeddingTest, MetricsAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control three(tbb::global_control::max_allowed_parallelism, 3);
  const FeatureMatrix rows = Normal(900, 10, 1), places = rows.leftCols(2);
  const std::string one = Measure(rows, places, Labels(900, 3)).SerializeAsString();
  for (const int threads : {1, 2, 3}) {
    tbb::task_arena(threads).execute(
        [&] { EXPECT_EQ(Measure(rows, places, Labels(900, 3)).SerializeAsString(), one); });
  }
}

TEST(EmbeddingTest, StopEndsIt) {
  const FeatureMatrix rows = Normal(500, 10, 1);
  PartMetrics metrics;
  EXPECT_TRUE(absl::IsCancelled(MeasureEmbedding(
      rows, rows, {}, [] { return true; }, metrics)));
}

}  // namespace
}  // namespace parzen
