// Places are scikit-learn's, up to scale, and whatever the rows are, they are defined.
#include "worker/models/embeddings/locally_linear.h"

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
#include "worker/models/embeddings/sparse_cholesky.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Made by locally_linear_reference.py.
const nlohmann::json& Cases() {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/locally_linear_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *cases;
}

FeatureMatrix MatrixOf(const nlohmann::json& rows) {
  FeatureMatrix matrix(static_cast<int64_t>(rows.size()), static_cast<int64_t>(rows[0].size()));
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    for (int64_t j = 0; j < matrix.cols(); ++j) {
      matrix(i, j) = rows[static_cast<size_t>(i)][static_cast<size_t>(j)].get<float>();
    }
  }
  return matrix;
}

FeatureMatrix NormalRows(int64_t rows, int64_t features, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix matrix(rows, features);
  for (float& value : matrix.reshaped()) value = static_cast<float>(stream.Normal());
  return matrix;
}

absl::StatusOr<std::unique_ptr<Embedder>> Make(const std::string& options) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(absl::StrCat("locally_linear { ", options, " }"), &spec));
  return MakeLocallyLinear(spec);
}

absl::StatusOr<FeatureMatrix> Embed(
    const std::string& options, const FeatureMatrix& rows, int threads = 2,
    const std::function<bool()>& stop = [] { return false; }) {
  const auto embedder = Make(options);
  EXPECT_TRUE(embedder.ok()) << embedder.status();
  UnlabelledContext context{RandomStream(1, 0, "model")};
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

class LocallyLinearReferenceTest : public testing::TestWithParam<size_t> {};

TEST_P(LocallyLinearReferenceTest, PlacesAreScikitLearns) {
  const nlohmann::json& reference = Cases()[GetParam()];
  SCOPED_TRACE(reference["case"]);
  TrainSpec spec;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(reference["model"].get<std::string>(), &spec));
  const FeatureMatrix rows = MatrixOf(reference["features"]), theirs = MatrixOf(reference["places"]);
  UnlabelledContext context{RandomStream(1, 0, "model")};
  TrainMetrics metrics;
  const auto places = (*MakeLocallyLinear(spec))->Embed(rows, context, metrics);
  ASSERT_TRUE(places.ok()) << places.status();
  ASSERT_EQ(places->cols(), theirs.cols());
  const float scale = std::sqrt(static_cast<float>(rows.rows()));
  for (int64_t j = 0; j < theirs.cols(); ++j) {
    // Where the largest two numbers differ by rounding alone, the sign is either.
    const float sign = places->col(j).dot(theirs.col(j)) < 0 ? -1 : 1;
    EXPECT_LT((*places - sign * scale * theirs).col(j).cwiseAbs().maxCoeff(), 1e-4f) << "dimension " << j;
  }
}

INSTANTIATE_TEST_SUITE_P(Every, LocallyLinearReferenceTest, testing::Range(size_t{0}, Cases().size()));

TEST(LocallyLinearTest, DimensionsHaveMeanZeroAndMeanSquareOneAndDoNotGoTogether) {
  const auto places = Embed("dimensions: 3 neighbors: 8", NormalRows(300, 4));
  ASSERT_TRUE(places.ok()) << places.status();
  const Eigen::MatrixXd seen = places->cast<double>();
  EXPECT_LT(seen.colwise().mean().cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_LT((seen.transpose() * seen / 300 - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(LocallyLinearTest, LargestNumberOfEachDimensionIsPositive) {
  const auto places = Embed("dimensions: 3", NormalRows(200, 5));
  ASSERT_TRUE(places.ok()) << places.status();
  for (const auto& dimension : places->colwise()) {
    EXPECT_EQ(dimension.maxCoeff(), dimension.cwiseAbs().maxCoeff());
  }
}

TEST(LocallyLinearTest, CurveIsLaidOnALineInItsOrder) {
  FeatureMatrix rows(200, 2);
  for (int i = 0; i < 200; ++i) rows.row(i) << std::cos(.02f * i), std::sin(.02f * i);
  const auto places = Embed("dimensions: 1 neighbors: 4", rows);
  ASSERT_TRUE(places.ok()) << places.status();
  const float direction = (*places)(199, 0) > (*places)(0, 0) ? 1 : -1;
  for (int i = 1; i < 200; ++i) EXPECT_GT(direction * ((*places)(i, 0) - (*places)(i - 1, 0)), 0) << i;
}

TEST(LocallyLinearTest, BitsDoNotDependOnThreads) {
  for (const int64_t rows : {100, 700}) {
    const FeatureMatrix data = NormalRows(rows, 12);
    const auto one = Embed("", data, 1);
    ASSERT_TRUE(one.ok()) << one.status();
    for (const int threads : {2, 3}) EXPECT_EQ(*Embed("", data, threads), *one) << threads << " threads";
  }
}

TEST(LocallyLinearTest, StopIsObeyedWheneverItComes) {
  const FeatureMatrix rows = NormalRows(400, 10);
  for (const int asked : {1, 5, 300, 700, 850}) {
    std::atomic<int> questions = 0;
    const auto places = Embed("", rows, 1, [&] { return ++questions >= asked; });
    EXPECT_TRUE(absl::IsCancelled(places.status())) << asked << " questions: " << places.status();
  }
}

TEST(LocallyLinearTest, GroupsOfNeighboursAreCounted) {
  FeatureMatrix rows = NormalRows(90, 3);
  rows.middleRows(30, 30).array() += 100;
  rows.bottomRows(30).array() -= 100;
  EXPECT_THAT(ErrorOf("neighbors: 7", rows),
              AllOf(HasSubstr("3 groups that do not hang together"), HasSubstr("more neighbors than 7")));
}

TEST(LocallyLinearTest, ManyEqualRowsAreAGroup) {
  FeatureMatrix rows = NormalRows(60, 3);
  rows.topRows(20).setZero();
  rows.topRows(20).array() += 1000;
  EXPECT_THAT(ErrorOf("", rows), HasSubstr("2 groups"));
}

TEST(LocallyLinearTest, EqualRowsHaveEqualPlaces) {
  FeatureMatrix rows = NormalRows(150, 3);
  rows.row(70) = rows.row(20);
  const auto places = Embed("neighbors: 6", rows);
  ASSERT_TRUE(places.ok()) << places.status();
  // Each is nearly all of the other.
  EXPECT_LT((places->row(70) - places->row(20)).norm(), 1e-2);
}

TEST(LocallyLinearTest, RowsThatAreAllEqualHavePlaces) {
  for (const int64_t count : {12, 300}) {
    const auto places = Embed("", FeatureMatrix::Constant(count, 4, 2.5f));
    ASSERT_TRUE(places.ok()) << places.status();
    EXPECT_TRUE(places->allFinite());
  }
}

TEST(LocallyLinearTest, HugeAndTinyNumbersHaveTheSamePlaces) {
  const FeatureMatrix rows = NormalRows(200, 5);
  const FeatureMatrix places = *Embed("", rows);
  for (const int exponent : {90, -90}) {
    const FeatureMatrix scaled = rows.unaryExpr([=](float value) { return std::ldexp(value, exponent); });
    const auto seen = Embed("", scaled);
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_LT((*seen - places).cwiseAbs().maxCoeff(), 1e-3) << "2^" << exponent;
  }
}

TEST(LocallyLinearTest, FewestRowsHavePlaces) {
  const auto places = Embed("dimensions: 1 neighbors: 1", NormalRows(2, 1));
  ASSERT_TRUE(places.ok()) << places.status();
  EXPECT_NEAR((*places)(0, 0), 1, 1e-6);
  EXPECT_NEAR((*places)(1, 0), -1, 1e-6);
}

TEST(LocallyLinearTest, AllOthersMayBeNeighbours) {
  const auto places = Embed("neighbors: 29", NormalRows(30, 3));
  ASSERT_TRUE(places.ok()) << places.status();
  EXPECT_TRUE(places->allFinite());
}

TEST(LocallyLinearTest, AsManyNeighboursAsRowsAreRefused) {
  EXPECT_THAT(ErrorOf("neighbors: 10", NormalRows(10, 3)),
              AllOf(HasSubstr("neighbors: 10"), HasSubstr("which are 10")));
  EXPECT_THAT(ErrorOf("neighbors: 10", NormalRows(0, 3)), HasSubstr("which are 0"));
  EXPECT_THAT(ErrorOf("neighbors: 2 dimensions: 3", NormalRows(3, 3)), HasSubstr("dimensions: 3"));
  EXPECT_THAT(ErrorOf("", FeatureMatrix(20, 0)), HasSubstr("20 rows of 0 features"));
}

TEST(LocallyLinearTest, TooLittleRegularizationIsSaid) {
  FeatureMatrix rows = NormalRows(50, 2);
  rows.row(8) = rows.row(7);
  EXPECT_THAT(ErrorOf("neighbors: 12 regularization: 1e-300", rows),
              HasSubstr("regularization of 1e-300 is too little"));
}

TEST(LocallyLinearTest, OptionsOutOfRangeAreRefused) {
  for (const char* options : {"dimensions: 0", "dimensions: 4", "neighbors: 0", "neighbors: 1001", "regularization: 0",
                              "regularization: -1", "regularization: nan", "regularization: inf"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Make(options).status())) << options;
  }
}

// A symmetric matrix with so many numbers in each row, of which the diagonal is the largest.
SparseRows RandomSymmetric(int64_t rows, int64_t numbers, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "matrix");
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(rows, rows);
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t n = 0; n < numbers / 2; ++n) {
      const auto j = static_cast<int64_t>(stream.Below(static_cast<uint64_t>(rows)));
      full(i, j) = full(j, i) = stream.Normal();
    }
    full(i, i) = 1;
  }
  for (int64_t i = 0; i < rows; ++i) full(i, i) = full.row(i).cwiseAbs().sum();
  SparseRows sparse;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < rows; ++j) {
      if (full(i, j) == 0) continue;
      sparse.columns.push_back(static_cast<int32_t>(j));
      sparse.values.push_back(full(i, j));
    }
    sparse.begins.push_back(sparse.columns.size());
  }
  return sparse;
}

Eigen::VectorXd Times(const SparseRows& matrix, const Eigen::VectorXd& x) {
  Eigen::VectorXd y = Eigen::VectorXd::Zero(matrix.rows());
  for (int64_t i = 0; i < matrix.rows(); ++i) {
    const size_t* const begins = matrix.begins.data() + i;
    for (size_t k = begins[0]; k < begins[1]; ++k) y(i) += matrix.values[k] * x(matrix.columns[k]);
  }
  return y;
}

TEST(SparseCholeskyTest, SolutionsSolveTheirEquations) {
  const auto stop = [] { return false; };
  for (const int64_t rows : {1, 2, 50, 191, 700}) {
    for (const int64_t numbers : {0, 2, 6, 40}) {
      const SparseRows matrix = RandomSymmetric(rows, numbers);
      auto factor = SparseCholesky::Plan(matrix, stop);
      ASSERT_TRUE(factor.ok()) << factor.status();
      ASSERT_TRUE(factor->Factor(.5, stop).ok());
      const Eigen::VectorXd wanted = Eigen::VectorXd::LinSpaced(rows, 1, 2);
      Eigen::VectorXd x = Times(matrix, wanted) + .5 * wanted;
      factor->Solve(x);
      EXPECT_LT((x - wanted).cwiseAbs().maxCoeff(), 1e-9) << rows << " rows, " << numbers << " numbers";
    }
  }
}

TEST(SparseCholeskyTest, MatrixThatIsNotPositiveDefiniteIsSaidAndMayBeShifted) {
  const auto stop = [] { return false; };
  for (const int64_t numbers : {2, 40}) {
    const SparseRows matrix = RandomSymmetric(300, numbers);
    auto factor = SparseCholesky::Plan(matrix, stop);
    ASSERT_TRUE(factor.ok()) << factor.status();
    EXPECT_TRUE(absl::IsFailedPrecondition(factor->Factor(-60, stop)));
    EXPECT_TRUE(factor->Factor(1, stop).ok());
  }
}

}  // namespace
}  // namespace parzen
