// Pictures keep neighbours, the parts they are made of follow their formulas, and whatever the rows are, places are
// defined.
#include "worker/models/embeddings/umap.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tbb/task_arena.h"
#include "worker/models/embeddings/fuzzy_graph.h"
#include "worker/models/embeddings/other_neighbors.h"
#include "worker/models/embeddings/umap_curve.h"
#include "worker/models/embeddings/umap_start.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::function<bool()> kGoOn = [] { return false; };

// Rows with their classes, from scikit-learn.
struct Digits {
  FeatureMatrix rows;
  std::vector<int32_t> labels;
};
const Digits& SomeDigits() {
  static const Digits* const digits = [] {
    std::ifstream file("tests/testdata/locally_linear_reference.json");
    EXPECT_TRUE(file.good());
    const nlohmann::json reference = nlohmann::json::parse(file)[0];
    auto* const read = new Digits{FeatureMatrix(400, 64), reference["labels"].get<std::vector<int32_t>>()};
    for (int64_t i = 0; i < 400; ++i) {
      const auto row = reference["features"][static_cast<size_t>(i)].get<std::vector<float>>();
      read->rows.row(i) = Eigen::Map<const Eigen::RowVectorXf>(row.data(), 64);
    }
    return read;
  }();
  return *digits;
}

FeatureMatrix NormalRows(int64_t rows, int64_t features, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, features);
  for (float& value : matrix.reshaped()) value = static_cast<float>(stream.Normal());
  return matrix;
}

absl::StatusOr<std::unique_ptr<Embedder>> Make(const std::string& options) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(absl::StrCat("umap { ", options, " }"), &spec));
  return MakeUmap(spec);
}

absl::StatusOr<FeatureMatrix> Embed(const std::string& options, const FeatureMatrix& rows, int threads = 2,
                                    const std::function<bool()>& stop = kGoOn, uint64_t seed = 1) {
  const auto embedder = Make(options);
  EXPECT_TRUE(embedder.ok()) << embedder.status();
  UnlabelledContext context{RandomStream(seed, 0, "model")};
  context.stop_requested = stop;
  TrainMetrics metrics;
  absl::StatusOr<FeatureMatrix> places = absl::UnknownError("not run");
  tbb::task_arena(threads).execute([&] { places = (*embedder)->Embed(rows, context, metrics); });
  return places;
}

std::string ErrorOf(const std::string& options, const FeatureMatrix& rows) {
  const absl::Status status = Embed(options, rows).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

// How much the 5 nearest in the picture are among the nearest rows (Venna and Kaski, 2001).
double Trustworthiness(const FeatureMatrix& rows, const FeatureMatrix& places) {
  const auto count = static_cast<double>(rows.rows());
  const NeighborLists near = *OtherNeighbors(rows, rows.rows() - 1, kGoOn), seen = *OtherNeighbors(places, 5, kGoOn);
  double penalty = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    std::vector<double> ranks(static_cast<size_t>(rows.rows()));
    for (int64_t n = 0; n < near.length; ++n) {
      ranks[static_cast<size_t>(near.rows[static_cast<size_t>(i * near.length + n)])] = static_cast<double>(n + 1);
    }
    for (int64_t n = 0; n < 5; ++n) {
      penalty += std::max(0., ranks[static_cast<size_t>(seen.rows[static_cast<size_t>(i * 5 + n)])] - 5);
    }
  }
  return 1 - penalty * 2 / (count * 5 * (2 * count - 16));
}

// The share of rows whose nearest other in the picture has their class.
double NearestAccuracy(const FeatureMatrix& places, const std::vector<int32_t>& labels) {
  const NeighborLists seen = *OtherNeighbors(places, 1, kGoOn);
  double right = 0;
  for (size_t i = 0; i < labels.size(); ++i) right += labels[static_cast<size_t>(seen.rows[i])] == labels[i];
  return right / static_cast<double>(labels.size());
}

TEST(UmapTest, PictureKeepsNeighboursFromEveryStart) {
  for (const char* start : {"SPECTRAL", "RANDOM", "PCA"}) {
    const auto places = Embed(absl::StrCat("start: ", start), SomeDigits().rows);
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_GT(Trustworthiness(SomeDigits().rows, *places), .95) << start;
    EXPECT_GT(NearestAccuracy(*places, SomeDigits().labels), .9) << start;
  }
}

TEST(UmapTest, PicturesHaveOneToThreeDimensions) {
  for (const int dimensions : {1, 2, 3}) {
    const auto places = Embed(absl::StrCat("epochs: 100 dimensions: ", dimensions), SomeDigits().rows);
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_EQ(places->cols(), dimensions);
    EXPECT_GT(Trustworthiness(SomeDigits().rows, *places), dimensions == 1 ? .85 : .93) << dimensions;
  }
}

TEST(UmapTest, CloudsThatAreFarApartStayApart) {
  FeatureMatrix rows = NormalRows(120, 4);
  rows.middleRows(40, 40).array() += 200;
  rows.bottomRows(40).array() -= 200;
  const auto places = Embed("", rows);
  ASSERT_TRUE(places.ok()) << places.status();
  std::vector<int32_t> clouds(120);
  for (size_t i = 0; i < 120; ++i) clouds[i] = static_cast<int32_t>(i / 40);
  EXPECT_EQ(NearestAccuracy(*places, clouds), 1);
}

TEST(UmapTest, SmallerMinDistanceMakesTighterClumps) {
  const auto nearest = [](const std::string& options) {
    const auto places = Embed(options, SomeDigits().rows);
    const NeighborLists seen = *OtherNeighbors(*places, 1, kGoOn);
    double sum = 0;
    for (const double distance : seen.distances) sum += distance;
    return sum / 400;
  };
  EXPECT_LT(2 * nearest("min_distance: 0.01"), nearest("min_distance: 0.8"));
}

TEST(UmapTest, BitsDependOnTheStreamAndNotOnThreads) {
  for (const int64_t count : {30, 1500}) {
    const FeatureMatrix rows = NormalRows(count, 6);
    const auto one = Embed("epochs: 30", rows, 1);
    ASSERT_TRUE(one.ok()) << one.status();
    for (const int threads : {2, 3}) EXPECT_EQ(*Embed("epochs: 30", rows, threads), *one) << threads << " threads";
    EXPECT_NE(*Embed("epochs: 30", rows, 2, kGoOn, 2), *one);
  }
}

TEST(UmapTest, StopIsObeyedWheneverItComes) {
  const FeatureMatrix rows = NormalRows(400, 10);
  for (const int asked : {1, 5, 300, 420, 2000}) {
    std::atomic<int> questions = 0;
    const auto places = Embed("", rows, 1, [&] { return ++questions >= asked; });
    EXPECT_TRUE(absl::IsCancelled(places.status())) << asked << " questions: " << places.status();
  }
}

TEST(UmapTest, EqualRowsHavePlaces) {
  for (const char* start : {"SPECTRAL", "RANDOM", "PCA"}) {
    for (const int64_t count : {15, 200}) {
      const auto places = Embed(absl::StrCat("epochs: 50 start: ", start), FeatureMatrix::Constant(count, 3, 7));
      ASSERT_TRUE(places.ok()) << places.status();
      EXPECT_TRUE(places->allFinite()) << start;
    }
  }
}

TEST(UmapTest, FewestRowsAndFeaturesHavePlaces) {
  for (const char* start : {"SPECTRAL", "RANDOM", "PCA"}) {
    const auto places = Embed(absl::StrCat("neighbors: 2 dimensions: 3 start: ", start), NormalRows(2, 1));
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_EQ(places->cols(), 3);
    EXPECT_TRUE(places->allFinite());
  }
}

TEST(UmapTest, ExtremeOptionsAndNumbersGiveFinitePlaces) {
  const FeatureMatrix rows = NormalRows(80, 3);
  for (const char* options : {"learning_rate: 1000", "spread: 0.001 min_distance: 0.001", "spread: 10 min_distance: 10",
                              "spread: 10", "min_distance: 0", "negative_samples: 0", "negative_samples: 100",
                              "epochs: 1", "neighbors: 80", "learning_rate: 1000 spread: 0.001 min_distance: 0"}) {
    const auto places = Embed(options, rows);
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_TRUE(places->allFinite()) << options;
  }
  for (const int exponent : {100, -100}) {
    const FeatureMatrix scaled = rows.unaryExpr([=](float value) { return std::ldexp(value, exponent); });
    for (const char* start : {"SPECTRAL", "PCA"}) {
      const auto places = Embed(absl::StrCat("start: ", start), scaled);
      ASSERT_TRUE(places.ok()) << places.status();
      EXPECT_GT(Trustworthiness(rows, *places), .9) << "2^" << exponent << " " << start;
    }
  }
}

TEST(UmapTest, MoreNeighboursThanRowsAreRefused) {
  EXPECT_THAT(ErrorOf("neighbors: 15", NormalRows(14, 3)),
              AllOf(HasSubstr("neighbors: 15"), HasSubstr("which are 14")));
  EXPECT_THAT(ErrorOf("", NormalRows(0, 3)), HasSubstr("which are 0"));
  EXPECT_THAT(ErrorOf("", FeatureMatrix(20, 0)), HasSubstr("20 rows of 0 features"));
}

TEST(UmapTest, OptionsOutOfRangeAreRefused) {
  for (const char* options :
       {"dimensions: 0", "dimensions: 4", "neighbors: 1", "neighbors: 10001", "spread: 0", "spread: 11", "spread: nan",
        "min_distance: -1", "min_distance: 1.5", "min_distance: nan", "epochs: -1", "epochs: 1000001",
        "learning_rate: 0", "learning_rate: inf", "negative_samples: -1", "negative_samples: 1001"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Make(options).status())) << options;
  }
}

// By scipy 1.10's curve_fit.
TEST(UmapCurveTest, CurvesAreThoseOfLeastSquares) {
  struct Known {
    double min_distance, spread, a, b;
  };
  for (const Known& known : {Known{0.1, 1, 1.576943613, 0.8950607193}, Known{0, 1, 1.932809088, 0.7904946612},
                             Known{0.5, 1, 0.5830298055, 1.334167383}, Known{0.25, 0.5, 3.706291385, 1.334167382},
                             Known{1, 1, 0.114975991, 1.929235335}, Known{0.1, 3, 0.2956566961, 0.8246523665},
                             Known{0.01, 10, 0.05038954599, 0.7915042285}}) {
    const UmapCurve curve = FitUmapCurve(known.min_distance, known.spread);
    EXPECT_NEAR(curve.a, known.a, 1e-5 * known.a) << known.min_distance << " " << known.spread;
    EXPECT_NEAR(curve.b, known.b, 1e-5 * known.b) << known.min_distance << " " << known.spread;
  }
}

// The number that `graph` has there, or 0.
double At(const SparseRows& graph, int64_t row, int32_t column) {
  const size_t* const begins = graph.begins.data() + row;
  for (size_t i = begins[0]; i < begins[1]; ++i) {
    if (graph.columns[i] == column) return graph.values[i];
  }
  return 0;
}

TEST(FuzzyGraphTest, IsSymmetricAndSureOfTheNearest) {
  const NeighborLists others = *OtherNeighbors(SomeDigits().rows, 14, kGoOn);
  const SparseRows graph = *FuzzyGraph(others, kGoOn);
  ASSERT_EQ(graph.rows(), 400);
  for (int64_t row = 0; row < 400; ++row) {
    EXPECT_EQ(At(graph, row, others.rows[static_cast<size_t>(row * 14)]), 1);
    EXPECT_EQ(At(graph, row, static_cast<int32_t>(row)), 0);
  }
  const SparseRows transposed = Transposed(graph);
  EXPECT_EQ(transposed.columns, graph.columns);
  EXPECT_EQ(transposed.values, graph.values);
  EXPECT_GT(*std::min_element(graph.values.begin(), graph.values.end()), 0);
  EXPECT_EQ(*std::max_element(graph.values.begin(), graph.values.end()), 1);
}

TEST(FuzzyGraphTest, NeighboursOfARowCountTogetherAsLog2OfTheirNumber) {
  // Row 0 has rows 1, 2 and 3 as neighbours, of which none has row 0.
  const NeighborLists others{
      3, {1, 2, 3, 2, 3, 4, 1, 3, 4, 1, 2, 4, 1, 2, 3}, {5, 6, 9, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}};
  const SparseRows graph = *FuzzyGraph(others, kGoOn);
  EXPECT_EQ(At(graph, 0, 1), 1);
  EXPECT_NEAR(At(graph, 0, 1) + At(graph, 0, 2) + At(graph, 0, 3), 2, 1e-4);
  // exp(-(9 - 5) / s) = exp(-(6 - 5) / s)^4
  EXPECT_NEAR(At(graph, 0, 3), std::pow(At(graph, 0, 2), 4), 1e-9);
}

TEST(FuzzyGraphTest, WhatTwoRowsSayIsJoined) {
  // Row 0 has row 1 at 1 and row 2 at 2; row 3 has row 0 at 1 and row 1 at 1.5; nobody has row 3.
  const NeighborLists one_way{2, {1, 2, 0, 2, 0, 1, 0, 1}, {1, 2, 1, 1, 1, 1, 1, 1.5}};
  const SparseRows graph = *FuzzyGraph(one_way, kGoOn);
  // Row 0 is not sure of row 2, but row 2 is of row 0.
  EXPECT_EQ(At(graph, 0, 2), 1);
  // Row 3 is surer of row 0, and row 1 says nothing of row 3.
  EXPECT_NEAR(At(graph, 3, 1), std::log2(3.) - 1, 1e-4);
  EXPECT_EQ(At(graph, 1, 3), At(graph, 3, 1));
}

TEST(FuzzyGraphTest, RowsAtTheSamePlaceAreSureOfEachOther) {
  const SparseRows graph = *FuzzyGraph(*OtherNeighbors(FeatureMatrix::Zero(6, 2), 3, kGoOn), kGoOn);
  for (const double value : graph.values) EXPECT_EQ(value, 1);
}

TEST(OtherNeighborsTest, RowIsNeverItsOwnNeighbourAmongEqualRows) {
  const NeighborLists lists = *OtherNeighbors(FeatureMatrix::Zero(6, 2), 2, kGoOn);
  EXPECT_THAT(lists.rows, testing::ElementsAre(1, 2, 0, 2, 0, 1, 0, 1, 0, 1, 0, 1));
}

TEST(UmapStartTest, SpectralStartFollowsAChain) {
  FeatureMatrix rows(300, 1);
  for (int i = 0; i < 300; ++i) rows(i, 0) = static_cast<float>(i);
  const SparseRows graph = *FuzzyGraph(*OtherNeighbors(rows, 6, kGoOn), kGoOn);
  const auto places = StartPlaces(Umap::SPECTRAL, rows, graph, 2, RandomStream(1, 0, "start"), kGoOn);
  ASSERT_TRUE(places.ok()) << places.status();
  const float direction = (*places)(299, 0) > (*places)(0, 0) ? 1 : -1;
  for (int i = 20; i < 280; ++i) EXPECT_GT(direction * ((*places)(i, 0) - (*places)(i - 10, 0)), 0) << i;
  // The second eigenvector has its ends on the same side.
  EXPECT_GT((*places)(0, 1) * (*places)(299, 1), 0);
  EXPECT_LT((*places)(0, 1) * (*places)(150, 1), 0);
}

TEST(UmapStartTest, GraphInPiecesStartsFromPrincipalComponents) {
  FeatureMatrix rows = NormalRows(60, 3);
  rows.topRows(30).array() += 100;
  const SparseRows graph = *FuzzyGraph(*OtherNeighbors(rows, 5, kGoOn), kGoOn);
  const auto start = [&](Umap::Start kind) {
    return *StartPlaces(kind, rows, graph, 2, RandomStream(1, 0, "start"), kGoOn);
  };
  EXPECT_EQ(start(Umap::SPECTRAL), start(Umap::PCA));
  EXPECT_GT(start(Umap::PCA).col(0).topRows(30).minCoeff(), start(Umap::PCA).col(0).bottomRows(30).maxCoeff() + 5);
}

}  // namespace
}  // namespace parzen
