// Scaling is scikit-learn's and Torgerson's, round for round, and whatever the rows are, it is defined.
#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/embeddings/placed.h"
#include "worker/models/embeddings/row_distances.h"
#include "worker/models/embeddings/smacof.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// Made by mds_reference.py.
const nlohmann::json& Cases() {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/mds_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *cases;
}

FeatureMatrix MatrixOf(const nlohmann::json& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < rows[i].size(); ++j) matrix(static_cast<int64_t>(i), static_cast<int64_t>(j)) = rows[i][j];
  }
  return matrix;
}

FeatureMatrix Distances(const FeatureMatrix& rows) {
  return *RowDistances(rows, [] { return false; });
}

// By its definition.
double PlainStress(const FeatureMatrix& rows, const FeatureMatrix& places) {
  double stress = 0;
  for (int64_t i = 0; i < rows.rows(); ++i) {
    for (int64_t j = 0; j < i; ++j) stress += std::pow(Apart(rows, i, j) - Apart(places, i, j), 2);
  }
  return stress;
}

class MdsReferenceTest : public testing::TestWithParam<size_t> {
 protected:
  const nlohmann::json& reference_ = Cases()[GetParam()];
  const FeatureMatrix rows_ = MatrixOf(reference_["rows"]);
};

TEST_P(MdsReferenceTest, StressFallsRoundForRoundAsScikitLearnsDoes) {
  const FeatureMatrix distances = Distances(rows_);
  for (const nlohmann::json& theirs : reference_["descents"]) {
    const FeatureMatrix start = MatrixOf(theirs["start"]);
    SCOPED_TRACE(start.cols());
    SmacofOptions options;
    options.tolerance = -std::numeric_limits<double>::infinity();
    options.max_iterations = theirs["rounds"].back();
    std::vector<double> stress = {0};
    options.report = [&](int64_t, double value) { return stress.push_back(value), true; };
    ASSERT_TRUE(RunSmacof(distances, {start}, options).ok());
    for (size_t i = 0; i < theirs["rounds"].size(); ++i) {
      const size_t round = theirs["rounds"][i];
      const double expected = theirs["stress"][i];
      EXPECT_NEAR(stress[round], expected, 1e-5 * expected) << round;
    }
  }
}

TEST_P(MdsReferenceTest, DescentEndsWhereScikitLearnsDoes) {
  const FeatureMatrix distances = Distances(rows_);
  for (const nlohmann::json& theirs : reference_["descents"]) {
    const FeatureMatrix start = MatrixOf(theirs["start"]);
    SCOPED_TRACE(start.cols());
    const absl::StatusOr<Smacof> end = RunSmacof(distances, {start}, {});
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_TRUE(end->converged);
    EXPECT_NEAR(static_cast<double>(end->iterations), theirs["iterations"].get<double>(), 1);
    EXPECT_NEAR(end->stress, theirs["end"].get<double>(), 1e-3 * theirs["end"].get<double>());
    EXPECT_NEAR(end->stress, PlainStress(rows_, end->places), 1e-5 * end->stress);
  }
}

TEST_P(MdsReferenceTest, LeastStressOfFourStartsIsScikitLearns) {
  const std::vector<double> all = reference_["best_of_four"];
  const double seeds = static_cast<double>(all.size());
  double ours = 0;
  for (size_t seed = 0; seed < all.size(); ++seed) {
    ours += Place("mds {}", rows_, seed).metrics.train().stress() / seeds;
  }
  const double theirs = std::accumulate(all.begin(), all.end(), 0.) / seeds;
  double variance = 0;
  for (const double stress : all) variance += std::pow(stress - theirs, 2) / (seeds - 1);
  // Irises end in many different places.
  EXPECT_NEAR(ours, theirs, .01 * theirs + 3 * std::sqrt(variance / seeds));
}

TEST_P(MdsReferenceTest, ClassicalPlacesAreTorgersons) {
  const FeatureMatrix theirs = MatrixOf(reference_["classical"]);
  for (int dimensions = 1; dimensions <= 3; ++dimensions) {
    const Placed placed = Place(absl::StrCat("mds { method: CLASSICAL dimensions: ", dimensions, " }"), rows_);
    ASSERT_EQ(placed.places.cols(), dimensions);
    for (int d = 0; d < dimensions; ++d) {
      const float sign = placed.places.col(d).dot(theirs.col(d)) < 0 ? -1.f : 1.f;
      EXPECT_LT((sign * placed.places.col(d) - theirs.col(d)).cwiseAbs().maxCoeff(), 1e-4) << dimensions << " " << d;
    }
    const double stress = reference_["classical_stress"][static_cast<size_t>(dimensions - 1)];
    EXPECT_NEAR(placed.metrics.train().stress(), stress, 1e-5 * stress);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, MdsReferenceTest, testing::Range(size_t{0}, Cases().size()));

TEST(RowDistancesTest, AreThoseOfDoubleToRounding) {
  // Columns and rows that do and do not fill lanes and blocks.
  for (const auto& [rows, columns] : {std::pair{70, 19}, {32, 8}, {5, 3}, {33, 1}}) {
    const FeatureMatrix matrix = FallingRows(rows, columns), distances = Distances(matrix);
    for (int64_t i = 0; i < rows; ++i) {
      EXPECT_EQ(distances(i, i), 0);
      for (int64_t j = 0; j < i; ++j) {
        EXPECT_NEAR(distances(i, j), Apart(matrix, i, j), 1e-6 * Apart(matrix, i, j)) << i << " " << j;
        EXPECT_EQ(distances(i, j), distances(j, i)) << i << " " << j;
      }
    }
  }
}

TEST(RowDistancesTest, NearRowsFarFromTheOriginAreToldApart) {
  FeatureMatrix rows = FeatureMatrix::Constant(3, 20, 4096);
  rows(1, 7) += 1.f / 1024;
  const FeatureMatrix distances = Distances(rows);
  EXPECT_EQ(distances(1, 0), 1.f / 1024);
  EXPECT_EQ(distances(2, 0), 0);
}

TEST(RowDistancesTest, StopWhenAsked) {
  EXPECT_TRUE(absl::IsCancelled(RowDistances(FallingRows(100, 5), [] { return true; }).status()));
}

TEST(MdsTest, StressIsThatOfThePlaces) {
  const FeatureMatrix rows = FallingRows(61, 7);
  for (const char* method : {"SMACOF starts: 1", "SMACOF starts: 3", "CLASSICAL"}) {
    for (int dimensions = 1; dimensions <= 3; ++dimensions) {
      const Placed placed = Place(absl::StrCat("mds { method: ", method, " dimensions: ", dimensions, " }"), rows);
      ASSERT_EQ(placed.places.cols(), dimensions);
      const double stress = PlainStress(rows, placed.places);
      EXPECT_NEAR(placed.metrics.train().stress(), stress, 1e-5 * stress) << method << " " << dimensions;
    }
  }
}

TEST(MdsTest, StressNeverRisesAndIsToldAfterEachRound) {
  for (const char* text : {"mds { starts: 1 max_iterations: 40 tolerance: 0 }", "mds { starts: 1 }", "mds {}"}) {
    const Placed placed = Place(text, FallingRows(80, 6));
    ASSERT_FALSE(placed.told.empty());
    for (size_t i = 1; i < placed.told.size(); ++i) EXPECT_LE(placed.told[i], placed.told[i - 1] * (1 + 1e-6)) << i;
    EXPECT_EQ(placed.told.back(), placed.metrics.train().stress());
    EXPECT_GE(static_cast<double>(placed.told.size()), placed.metrics.iterations());
  }
}

TEST(MdsTest, RoundsEndAtTheLimitOrWhenStressHardlyFalls) {
  const FeatureMatrix rows = FallingRows(50, 6);
  const Placed limited = Place("mds { starts: 1 max_iterations: 3 }", rows);
  EXPECT_EQ(limited.metrics.iterations(), 3);
  EXPECT_EQ(limited.metrics.converged(), 0);
  EXPECT_EQ(limited.told.size(), 3);
  const Placed converged = Place("mds { starts: 1 tolerance: 0.1 }", rows);
  EXPECT_EQ(converged.metrics.converged(), 1);
  EXPECT_LT(converged.metrics.iterations(), Place("mds { starts: 1 tolerance: 0.001 }", rows).metrics.iterations());
}

TEST(MdsTest, OfSeveralStartsTheOneThatEndsLowestIsTaken) {
  const FeatureMatrix distances = Distances(FallingRows(40, 8));
  std::vector<FeatureMatrix> starts;
  for (uint64_t seed = 1; seed <= 5; ++seed) starts.push_back(FallingRows(40, 2, seed));
  const Smacof best = *RunSmacof(distances, starts, {});
  double least = std::numeric_limits<double>::infinity();
  for (const FeatureMatrix& start : starts) {
    const Smacof alone = *RunSmacof(distances, {start}, {});
    least = std::min(least, alone.stress);
    if (alone.stress == best.stress) {
      EXPECT_EQ(alone.places, best.places);
      EXPECT_EQ(alone.iterations, best.iterations);
    }
  }
  EXPECT_EQ(best.stress, least);
}

TEST(MdsTest, RowsOfAPlaneKeepTheirDistances) {
  const FeatureMatrix plane = FallingRows(60, 2);
  FeatureMatrix rows(60, 5);
  rows << plane, plane.rowwise().reverse(), plane.col(0) - plane.col(1);
  for (const char* text : {"mds { method: CLASSICAL }", "mds { tolerance: 0 max_iterations: 3000 }"}) {
    const FeatureMatrix places = Place(text, rows).places;
    for (int64_t i = 1; i < 60; ++i) EXPECT_NEAR(Apart(places, i, 0), Apart(rows, i, 0), .01) << text << " " << i;
  }
}

TEST(MdsTest, PlacesHaveTheSameBitsOnAnyNumberOfThreads) {
  const FeatureMatrix rows = FallingRows(300, 50);
  for (const char* text : {"mds { max_iterations: 30 dimensions: 3 }", "mds { method: CLASSICAL }"}) {
    const Placed one = PlaceOnThreads(1, text, rows);
    for (const int threads : {2, 3}) {
      const Placed more = PlaceOnThreads(threads, text, rows);
      EXPECT_EQ(more.places, one.places) << text << " " << threads;
      EXPECT_EQ(more.told, one.told);
      EXPECT_EQ(more.metrics.train().stress(), one.metrics.train().stress());
    }
  }
}

TEST(MdsTest, OtherSeedsAreOtherStarts) {
  const FeatureMatrix rows = FallingRows(30, 5);
  EXPECT_EQ(Place("mds {}", rows, 1).places, Place("mds {}", rows, 1).places);
  EXPECT_NE(Place("mds {}", rows, 1).places, Place("mds {}", rows, 2).places);
}

TEST(MdsTest, TwoRowsLieAtTheirDistance) {
  FeatureMatrix rows(2, 3);
  rows << 1, 2, 3, 1, 5, 7;
  for (const char* text : {"mds {}", "mds { method: CLASSICAL }", "mds { dimensions: 3 method: CLASSICAL }"}) {
    const Placed placed = Place(text, rows);
    EXPECT_NEAR(Apart(placed.places, 0, 1), 5, 1e-5) << text;
    EXPECT_NEAR(placed.metrics.train().stress(), 0, 1e-9) << text;
  }
}

TEST(MdsTest, OneRowLiesInTheMiddle) {
  for (const char* text : {"mds {}", "mds { method: CLASSICAL dimensions: 3 }"}) {
    const Placed placed = Place(text, FallingRows(1, 4));
    EXPECT_EQ(placed.places, FeatureMatrix::Zero(1, placed.places.cols())) << text;
    EXPECT_EQ(placed.metrics.train().stress(), 0);
  }
}

TEST(MdsTest, EqualRowsLieAtOnePlace) {
  const FeatureMatrix same = FeatureMatrix::Constant(20, 4, .1f);
  for (const char* text : {"mds {}", "mds { method: CLASSICAL }"}) {
    EXPECT_LT(Place(text, same).places.cwiseAbs().maxCoeff(), 1e-6) << text;
  }
  EXPECT_EQ(Place("mds {}", same).metrics.converged(), 1);
  const FeatureMatrix twice = FallingRows(25, 4).replicate(2, 1);
  const FeatureMatrix places = Place("mds { tolerance: 0 max_iterations: 500 }", twice).places;
  for (int64_t i = 0; i < 25; ++i) EXPECT_LT(Apart(places, i, i + 25), .05) << i;
}

TEST(MdsTest, MoreDimensionsThanFeaturesHaveNothingInThem) {
  const Placed placed = Place("mds { method: CLASSICAL dimensions: 3 }", FallingRows(30, 2));
  EXPECT_EQ(placed.places.col(2), FeatureMatrix::Zero(30, 1));
  EXPECT_EQ(Place("mds { dimensions: 3 }", FallingRows(2, 1)).places.cols(), 3);
}

TEST(MdsTest, HugeAndTinyDistancesKeepTheirShape) {
  const FeatureMatrix rows = FallingRows(30, 5);
  for (const char* text : {"mds { max_iterations: 100 }", "mds { method: CLASSICAL }"}) {
    const double relative = Place(text, rows).metrics.train().stress() / Distances(rows).squaredNorm();
    for (const float size : {0x1p100f, 0x1p-100f}) {
      const Placed placed = Place(text, rows * size);
      const double largest = placed.places.cwiseAbs().maxCoeff();
      EXPECT_GT(largest, size / 10);
      EXPECT_LT(largest, size * 10);
      const double stress = placed.metrics.train().stress() / size / size;
      EXPECT_NEAR(stress / Distances(rows).squaredNorm(), relative, .2 * relative) << text << size;
    }
  }
}

TEST(MdsTest, RequestToStopIsObeyed) {
  for (const char* text : {"mds { max_iterations: 1000000 tolerance: 0 }", "mds { method: CLASSICAL }"}) {
    for (const int asked : {1, 2, 5}) {
      int questions = 0;
      UnlabelledContext context = ContextOfSeed(1);
      context.stop_requested = [&] { return ++questions >= asked; };
      EXPECT_TRUE(absl::IsCancelled(TryToPlace(text, FallingRows(100, 5), context).status())) << text << asked;
    }
  }
}

TEST(MdsTest, PrunedTrialEndsAtOnce) {
  UnlabelledContext context = ContextOfSeed(1);
  int64_t last = 0;
  context.report = [&](absl::string_view metric, int64_t step, double) {
    EXPECT_EQ(metric, "stress");
    last = step;
    return step < 3;
  };
  EXPECT_TRUE(absl::IsCancelled(TryToPlace("mds { starts: 1 tolerance: 0 }", FallingRows(100, 5), context).status()));
  EXPECT_EQ(last, 3);
}

TEST(MdsTest, RowsThatCannotBePlacedAreAnError) {
  EXPECT_THAT(PlaceError("mds {}", FeatureMatrix(0, 3)), HasSubstr("at least one row and one feature"));
  EXPECT_THAT(PlaceError("mds {}", FeatureMatrix::Zero(20001, 1)),
              HasSubstr("at most 20000 rows, all of whose distances it keeps; got 20001 rows of 1 features"));
  FeatureMatrix rows = FallingRows(5, 3);
  rows(2, 1) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(PlaceError("mds {}", rows), HasSubstr("row 3, column 2"));
  rows(2, 1) = 3e38f;
  for (const char* text : {"mds {}", "mds { method: CLASSICAL }"}) {
    EXPECT_THAT(PlaceError(text, rows), HasSubstr("rows lie further apart than 1e+37"));
  }
}

TEST(MdsTest, WrongOptionsAreNamed) {
  EXPECT_EQ(EmbedderError("mds { dimensions: 3 starts: 1000 tolerance: 0 }"), "");
  EXPECT_EQ(EmbedderError("mds { dimensions: 4 }"), "mds.dimensions: 4 is not between 1 and 3");
  EXPECT_EQ(EmbedderError("mds { starts: 0 }"), "mds.starts: 0 is not between 1 and 1000");
  EXPECT_EQ(EmbedderError("mds { max_iterations: 0 }"), "mds.max_iterations: 0 is not at least 1");
  EXPECT_EQ(EmbedderError("mds { tolerance: -1 }"), "mds.tolerance: -1 is not at least 0");
  EXPECT_EQ(EmbedderError("mds { tolerance: nan }"), "mds.tolerance: nan is not at least 0");
}

}  // namespace
}  // namespace parzen
