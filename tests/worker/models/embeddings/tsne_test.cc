// t-SNE's parts are what the papers say and what scikit-learn computes, and its pictures are as good.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "worker/metrics/embedding.h"
#include "worker/models/embeddings/barnes_hut.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/embeddings/principal_start.h"
#include "worker/models/embeddings/tsne_affinities.h"
#include "worker/models/embeddings/tsne_descent.h"
#include "worker/models/embeddings/tsne_forces.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::function<bool()> never = [] { return false; };

nlohmann::json Parse(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  return nlohmann::json::parse(file);
}

// Made by embedding_reference.py.
const nlohmann::json& Reference() {
  static const nlohmann::json* const reference = new nlohmann::json(Parse("tests/testdata/embedding_reference.json"));
  return *reference;
}

FeatureMatrix Matrix(const std::vector<std::vector<float>>& rows) {
  FeatureMatrix matrix(rows.size(), rows[0].size());
  for (size_t r = 0; r < rows.size(); ++r) {
    for (size_t c = 0; c < rows[r].size(); ++c) matrix(static_cast<int64_t>(r), static_cast<int64_t>(c)) = rows[r][c];
  }
  return matrix;
}

FeatureMatrix Digits(int64_t count) {
  const nlohmann::json digits = Parse("tests/testdata/classification_reference.json")["digits"];
  FeatureMatrix rows(count, 64);
  for (int64_t i = 0; i < count; ++i) {
    const std::string line = digits[static_cast<size_t>(i)];
    for (int pixel = 0; pixel < 64; ++pixel) {
      const char level = line[static_cast<size_t>(2 + pixel)];
      rows(i, pixel) = static_cast<float>(level <= '9' ? level - '0' : level - 'a' + 10);
    }
  }
  return rows;
}

// Normal numbers around `clouds` centres.
FeatureMatrix Clouds(int64_t rows, int64_t columns, int clouds, double spread, uint64_t seed = 1) {
  RandomStream stream(seed, 0, "rows");
  FeatureMatrix centres(clouds, columns), matrix(rows, columns);
  for (float& value : centres.reshaped()) value = static_cast<float>(spread * stream.Normal());
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < columns; ++c)
      matrix(row, c) = centres(row % clouds, c) + static_cast<float>(stream.Normal());
  }
  return matrix;
}

Affinities AffinitiesOf(const FeatureMatrix& rows, double perplexity) {
  absl::StatusOr<Affinities> found = FindAffinities(rows, perplexity, never);
  EXPECT_TRUE(found.ok()) << found.status();
  return *std::move(found);
}

Eigen::MatrixXd Dense(const Affinities& affinities) {
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(affinities.rows(), affinities.rows());
  for (int64_t row = 0; row < affinities.rows(); ++row) {
    for (size_t at = static_cast<size_t>(affinities.begin[static_cast<size_t>(row)]);
         at < static_cast<size_t>(affinities.begin[static_cast<size_t>(row) + 1]); ++at) {
      dense(row, affinities.column[at]) += static_cast<double>(affinities.value[at]);
    }
  }
  return dense;
}

// By the definition, for any places.
double DivergenceByHand(const Eigen::MatrixXd& p, const Eigen::MatrixXd& places) {
  const double freedom = DegreesOfFreedom(static_cast<int>(places.cols()));
  Eigen::MatrixXd q(places.rows(), places.rows());
  for (int64_t i = 0; i < q.rows(); ++i) {
    for (int64_t j = 0; j < q.rows(); ++j) {
      const double square = (places.row(i) - places.row(j)).squaredNorm();
      q(i, j) = i == j ? 0 : std::pow(1 + square / freedom, -(freedom + 1) / 2);
    }
  }
  q /= q.sum();
  double divergence = 0;
  for (int64_t i = 0; i < q.rows(); ++i) {
    for (int64_t j = 0; j < q.rows(); ++j) divergence += p(i, j) > 0 ? p(i, j) * std::log(p(i, j) / q(i, j)) : 0;
  }
  return divergence;
}

struct Drawn {
  absl::StatusOr<FeatureMatrix> places = FeatureMatrix();
  TrainMetrics metrics;
  std::vector<std::pair<int64_t, double>> reports;
};

// What an embedder of those options does, "tsne { ... }".
Drawn Draw(absl::string_view text, const FeatureMatrix& rows, const std::function<bool()>& stop = never,
           int64_t prune_at = -1) {
  TrainSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &spec)) << text;
  const auto embedder = (*Registry<EmbedderFactory>::Global().Find("tsne"))(spec);
  Drawn drawn;
  if (!embedder.ok()) {
    drawn.places = embedder.status();
    return drawn;
  }
  UnlabelledContext context{RandomStream(1, 0, "model")};
  context.stop_requested = stop;
  context.report = [&](absl::string_view metric, int64_t step, double value) {
    EXPECT_EQ(metric, "kl_divergence");
    drawn.reports.emplace_back(step, value);
    return step != prune_at;
  };
  drawn.places = (*embedder)->Embed(rows, context, drawn.metrics);
  return drawn;
}

std::string ErrorOf(absl::string_view text, const FeatureMatrix& rows) {
  const Drawn drawn = Draw(text, rows);
  EXPECT_TRUE(absl::IsInvalidArgument(drawn.places.status())) << drawn.places.status();
  return std::string(drawn.places.status().message());
}

// ---- Affinities

TEST(TsneAffinitiesTest, JointProbabilitiesAreScikitLearns) {
  const FeatureMatrix rows = Matrix(Reference()["rows"]);
  for (const nlohmann::json& reference : Reference()["affinities"]) {
    const Eigen::MatrixXd ours = Dense(AffinitiesOf(rows, reference["perplexity"]));
    size_t at = 0;
    for (int64_t i = 0; i < rows.rows(); ++i) {
      for (int64_t j = i + 1; j < rows.rows(); ++j, ++at) {
        const double theirs = reference["joint"][at];
        ASSERT_NEAR(ours(i, j), theirs, 1e-4 * theirs + 1e-9) << i << " " << j;
        ASSERT_EQ(ours(i, j), ours(j, i));
      }
    }
  }
}

TEST(TsneAffinitiesTest, RowsHaveWholePacketsOfAscendingColumnsThatSumToOne) {
  const Affinities affinities = AffinitiesOf(Clouds(700, 5, 3, 4), 20);
  double sum = 0, entropy = 0;
  for (int64_t row = 0; row < 700; ++row) {
    const int64_t begin = affinities.begin[static_cast<size_t>(row)],
                  end = affinities.begin[static_cast<size_t>(row) + 1];
    EXPECT_EQ((end - begin) % Affinities::kMultiple, 0);
    EXPECT_GE(end - begin, 61);
    for (int64_t at = begin; at < end; ++at) {
      const double value = static_cast<double>(affinities.value[static_cast<size_t>(at)]);
      const int32_t column = affinities.column[static_cast<size_t>(at)];
      sum += value;
      entropy += value > 0 ? value * std::log(value) : 0;
      if (value == 0 && column == row) continue;
      EXPECT_NE(column, row);
      EXPECT_TRUE(at == begin || column > affinities.column[static_cast<size_t>(at - 1)]);
    }
  }
  EXPECT_NEAR(sum, 1, 1e-6);
  EXPECT_NEAR(affinities.sum, sum, 1e-12);
  EXPECT_NEAR(affinities.entropy, entropy, 1e-10);
}

TEST(TsneAffinitiesTest, ScaleOfTheRowsDoesNotMatter) {
  const FeatureMatrix rows = Clouds(100, 4, 2, 3);
  const Eigen::MatrixXd right = Dense(AffinitiesOf(rows, 10));
  for (const float scale : {1e-15F, 1e-5F, 1e5F, 1e15F}) {
    EXPECT_TRUE(Dense(AffinitiesOf(rows * scale, 10)).isApprox(right, 1e-4)) << scale;
  }
}

TEST(TsneAffinitiesTest, EqualRowsDrawEachOtherAlike) {
  FeatureMatrix rows = Clouds(60, 3, 1, 0);
  rows.topRows(30).rowwise() = rows.row(0).eval();
  const Eigen::MatrixXd joint = Dense(AffinitiesOf(rows, 5));
  EXPECT_TRUE(joint.allFinite());
  EXPECT_NEAR(joint.sum(), 1, 1e-6);
  // 16 neighbours each, all at no distance.
  EXPECT_GT(joint.topLeftCorner(30, 30).sum(), .499);
  EXPECT_NEAR(Dense(AffinitiesOf(FeatureMatrix::Constant(40, 2, 3), 39)).maxCoeff(), 1. / 40 / 39, 1e-9);
}

// ---- Forces

FeatureMatrix GradientAt(const Affinities& affinities, const FeatureMatrix& places, double angle, double exaggeration) {
  FeatureMatrix gradient(places.rows(), places.cols());
  TsneForces::Make(affinities, static_cast<int>(places.cols()), angle, never)
      ->FindGradient(places, exaggeration, gradient);
  return gradient;
}

class TsneForcesTest : public testing::TestWithParam<int> {};

TEST_P(TsneForcesTest, ExactGradientIsTheSlopeOfTheDivergence) {
  const Affinities affinities = AffinitiesOf(Clouds(30, 4, 2, 2), 8);
  const Eigen::MatrixXd p = Dense(affinities);
  const FeatureMatrix places = Clouds(30, GetParam(), 2, 1, 2);
  const FeatureMatrix gradient = GradientAt(affinities, places, 0, 1);
  constexpr double kStep = 1e-5;
  for (int64_t i = 0; i < places.rows(); ++i) {
    for (int64_t d = 0; d < places.cols(); ++d) {
      Eigen::MatrixXd moved = places.cast<double>();
      moved(i, d) += kStep;
      const double above = DivergenceByHand(p, moved);
      moved(i, d) -= 2 * kStep;
      EXPECT_NEAR(gradient(i, d), (above - DivergenceByHand(p, moved)) / (2 * kStep), 1e-6);
    }
  }
}

TEST_P(TsneForcesTest, DivergenceIsItsDefinition) {
  const Affinities affinities = AffinitiesOf(Clouds(150, 4, 2, 2), 8);
  const FeatureMatrix places = Clouds(150, GetParam(), 2, 5, 2);
  FeatureMatrix gradient(places.rows(), places.cols());
  const auto forces = TsneForces::Make(affinities, GetParam(), 0, never);
  forces->FindGradient(places, 12, gradient);
  EXPECT_NEAR(forces->Divergence(places), DivergenceByHand(Dense(affinities), places.cast<double>()), 1e-5);
}

TEST_P(TsneForcesTest, ExaggerationMultipliesAffinities) {
  const Affinities affinities = AffinitiesOf(Clouds(100, 4, 2, 2), 8);
  const FeatureMatrix places = Clouds(100, GetParam(), 2, 5, 2);
  const auto gradient = [&](double times) { return GradientAt(affinities, places, .5, times); };
  EXPECT_TRUE((gradient(3) - gradient(2)).isApprox(gradient(2) - gradient(1), 1e-4F));
  EXPECT_FALSE(gradient(2).isApprox(gradient(1), .1F));
}

// Forces between points alone, and the sum of all weights.
template <int kDimensions>
std::pair<FeatureMatrix, double> PushesOf(const FeatureMatrix& places, double angle) {
  BarnesHut<kDimensions> tree(places.rows(), angle);
  tree.Build(places.data());
  FeatureMatrix pushes(places.rows(), places.cols());
  const double weights = tree.Push(never, pushes.data());
  return {pushes, weights};
}

std::pair<FeatureMatrix, double> PushesOf(const FeatureMatrix& places, double angle) {
  return places.cols() == 1   ? PushesOf<1>(places, angle)
         : places.cols() == 2 ? PushesOf<2>(places, angle)
                              : PushesOf<3>(places, angle);
}

std::pair<Eigen::MatrixXd, double> PushesByHand(const Eigen::MatrixXd& places) {
  const double freedom = DegreesOfFreedom(static_cast<int>(places.cols()));
  Eigen::MatrixXd pushes = Eigen::MatrixXd::Zero(places.rows(), places.cols());
  double weights = 0;
  for (int64_t i = 0; i < places.rows(); ++i) {
    for (int64_t j = 0; j < places.rows(); ++j) {
      if (i == j) continue;
      const Eigen::RowVectorXd difference = places.row(i) - places.row(j);
      const double falls = 1 / (1 + difference.squaredNorm() / freedom), weight = std::pow(falls, (freedom + 1) / 2);
      weights += weight;
      pushes.row(i) += weight * falls * difference;
    }
  }
  return {pushes, weights};
}

// What is known of some places, and how far pushes and weights are from that, relative.
class Pushed {
 public:
  explicit Pushed(const FeatureMatrix& places) : places_(places), right_(PushesByHand(places.cast<double>())) {}

  double PushError(double angle) const {
    return (PushesOf(places_, angle).first.cast<double>() - right_.first).norm() / right_.first.norm();
  }
  double WeightError(double angle) const { return std::abs(PushesOf(places_, angle).second / right_.second - 1); }

 private:
  const FeatureMatrix places_;
  const std::pair<Eigen::MatrixXd, double> right_;
};

TEST_P(TsneForcesTest, CellsPushAlmostAsTheirPointsDo) {
  const Pushed pushed(Clouds(800, GetParam(), 10, 20));
  EXPECT_LT(pushed.PushError(0), 1e-5);
  EXPECT_LT(pushed.WeightError(0), 1e-5);
  EXPECT_LT(pushed.PushError(.2), 2e-3);
  EXPECT_LT(pushed.WeightError(.2), 2e-3);
  EXPECT_LT(pushed.PushError(.5), 2e-2);
  EXPECT_LT(pushed.WeightError(.5), 1e-2);
  EXPECT_LT(pushed.PushError(1), .15);
  EXPECT_GT(pushed.PushError(1), pushed.PushError(.5));
}

TEST_P(TsneForcesTest, PointsDoNotPushThemselvesHoweverNearOthersAre) {
  FeatureMatrix places = Clouds(400, GetParam(), 3, 20);
  places.topRows(100).rowwise() = places.row(0).eval();
  EXPECT_LT(Pushed(places).PushError(.5), 2e-2);
  EXPECT_LT(Pushed(places).WeightError(.5), 1e-2);
  // So near that no cell tells them apart.
  places.topRows(100) = Clouds(100, GetParam(), 1, 0) * 1e-6F;
  EXPECT_LT(Pushed(places).PushError(.5), 2e-2);
  EXPECT_LT(Pushed(places).WeightError(1), 5e-2);
  const FeatureMatrix same = FeatureMatrix::Constant(1000, GetParam(), .1F);
  EXPECT_EQ(PushesOf(same, .5).second, 1000 * 999);
  EXPECT_EQ(PushesOf(same, .5).first.norm(), 0);
}

TEST_P(TsneForcesTest, FarPointsWeighLittleAndNotNothing) {
  FeatureMatrix places = FeatureMatrix::Zero(2, GetParam());
  places(1, 0) = 1e6F;
  EXPECT_LT(Pushed(places).WeightError(.5), 1e-5);
  places(1, 0) = 1e30F;
  EXPECT_EQ(PushesOf(places, .5).second, 0);
}

TEST_P(TsneForcesTest, PlacesThatAreNoNumbersComeToAnEnd) {
  FeatureMatrix places = Clouds(100, GetParam(), 3, 20);
  places.topRows(50).setConstant(std::numeric_limits<float>::quiet_NaN());
  EXPECT_FALSE(PushesOf(places, .5).first.allFinite());
}

INSTANTIATE_TEST_SUITE_P(InDimensions, TsneForcesTest, testing::Values(1, 2, 3));

// ---- Start

TEST(PrincipalStartTest, PlacesAreTheFirstComponentsMadeSmall) {
  RandomStream stream(1, 0, "start");
  FeatureMatrix rows = Clouds(2000, 6, 1, 0);
  for (int c = 0; c < 6; ++c) rows.col(c) *= static_cast<float>(6 - c);
  const absl::StatusOr<FeatureMatrix> places = PrincipalStart(rows, 3, 1e-4, stream);
  ASSERT_TRUE(places.ok()) << places.status();
  const Eigen::MatrixXd moments = places->cast<double>().transpose() * places->cast<double>() / 2000 * 1e8;
  EXPECT_NEAR(moments(0, 0), 1, 1e-3);
  EXPECT_NEAR(moments(1, 1), 25. / 36, .1);
  EXPECT_NEAR(moments(2, 2), 16. / 36, .1);
  EXPECT_NEAR(moments(0, 1), 0, 1e-3);
  EXPECT_NEAR(places->colwise().mean().norm(), 0, 1e-9);
}

TEST(PrincipalStartTest, ComponentsThatThereAreNoneOfAreRandom) {
  RandomStream stream(1, 0, "start");
  const FeatureMatrix places = *PrincipalStart(Clouds(1000, 1, 1, 0), 2, 1e-4, stream);
  EXPECT_NEAR(places.col(1).norm() / std::sqrt(1000.), 1e-4, 1e-5);
  EXPECT_EQ(PrincipalStart(FeatureMatrix::Constant(9, 4, 2.5F), 2, 1e-4, stream)->norm(), 0);
}

// ---- Descent

TEST(TsneDescentTest, ExactStepsAreScikitLearns) {
  const Affinities affinities = AffinitiesOf(Matrix(Reference()["rows"]), 25);
  for (const nlohmann::json& reference : Reference()["descents"]) {
    FeatureMatrix places = Matrix(Reference()["start"]) * 1e4F;
    const FeatureMatrix right = Matrix(reference["places"]);
    UnlabelledContext context{RandomStream(1, 0, "model")};
    const auto forces = TsneForces::Make(affinities, 2, 0, never);
    const auto end = DescendTsne(*forces, {reference["learning_rate"], 12, reference["rounds"]}, context, places);
    ASSERT_TRUE(end.ok()) << end.status();
    EXPECT_LT((places - right).norm(), 1e-3 * right.norm()) << reference["rounds"];
    EXPECT_NEAR(end->divergence, reference["divergence"].get<double>(), 1e-4) << reference["rounds"];
    EXPECT_EQ(end->rounds, reference["rounds"].get<int64_t>());
    EXPECT_FALSE(end->converged);
  }
}

TEST(TsneDescentTest, ItEndsWhereScikitLearnEnds) {
  FeatureMatrix places = Matrix(Reference()["start"]);
  UnlabelledContext context{RandomStream(1, 0, "model")};
  const Affinities affinities = AffinitiesOf(Matrix(Reference()["rows"]), 25);
  const auto end = DescendTsne(*TsneForces::Make(affinities, 2, 0, never), {50, 12, 1000}, context, places);
  ASSERT_TRUE(end.ok()) << end.status();
  EXPECT_NEAR(end->divergence, Reference()["divergence_in_the_end"].get<double>(), 1e-3);
}

// ---- The whole

TEST(TsneTest, PicturesOfDigitsAreAsGoodAsScikitLearns) {
  const nlohmann::json& reference = Reference()["digits"];
  const FeatureMatrix rows = Digits(reference["rows"]);
  const Drawn drawn = Draw("tsne {}", rows);
  ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
  EXPECT_NEAR(drawn.metrics.train().kl_divergence() / reference["divergence"].get<double>(), 1, .03);
  PartMetrics metrics;
  ASSERT_TRUE(MeasureEmbedding(rows, *drawn.places, {}, never, metrics).ok());
  EXPECT_NEAR(metrics.trustworthiness(), reference["trustworthiness"].get<double>(), .005);
}

TEST(TsneTest, CloudsStayApartInEveryNumberOfDimensions) {
  const FeatureMatrix rows = Clouds(300, 10, 3, 10);
  std::vector<int32_t> labels;
  for (int32_t row = 0; row < 300; ++row) labels.push_back(row % 3);
  for (const int dimensions : {1, 2, 3}) {
    for (const std::string start : {"PCA", "RANDOM"}) {
      const std::string text =
          "tsne { iterations: 500 start: " + start + " dimensions: " + std::to_string(dimensions) + " }";
      const Drawn drawn = Draw(text, rows);
      ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
      ASSERT_EQ(drawn.places->cols(), dimensions);
      PartMetrics metrics;
      ASSERT_TRUE(MeasureEmbedding(rows, *drawn.places, labels, never, metrics).ok());
      EXPECT_GT(metrics.neighbor_accuracy(), .97) << text;
    }
  }
}

TEST(TsneTest, DivergenceIsToldEveryFiftyRoundsWithoutExaggeration) {
  const Drawn drawn = Draw("tsne { iterations: 420 perplexity: 10 }", Clouds(200, 5, 4, 5));
  ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
  std::vector<int64_t> steps;
  for (const auto& [step, value] : drawn.reports) steps.push_back(step);
  EXPECT_THAT(steps, ElementsAre(50, 100, 150, 200, 250, 300, 350, 400));
  // Exaggerated, it would be more than a dozen times as large.
  EXPECT_LT(drawn.reports[0].second, 4);
  EXPECT_GT(drawn.reports[0].second, drawn.reports.back().second);
  EXPECT_LE(drawn.metrics.train().kl_divergence(), drawn.reports.back().second);
  EXPECT_EQ(drawn.metrics.iterations(), 420);
  EXPECT_FALSE(drawn.metrics.has_converged()) << "all rounds are usual, and nothing to warn of";
}

TEST(TsneTest, ItEndsWhenNothingMovesAnyMore) {
  // Five rows, each as near to all others: their places soon stay.
  const Drawn drawn = Draw("tsne { perplexity: 3 iterations: 100000 }", FeatureMatrix::Identity(5, 5));
  ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
  EXPECT_EQ(drawn.metrics.converged(), 1);
  EXPECT_LT(drawn.metrics.iterations(), 10000);
  EXPECT_EQ(drawn.metrics.iterations(), static_cast<double>(drawn.reports.back().first));
}

TEST(TsneTest, PlacesAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control three(tbb::global_control::max_allowed_parallelism, 3);
  const FeatureMatrix rows = Clouds(1500, 8, 5, 4);
  for (const std::string text : {"tsne { iterations: 300 }", "tsne { iterations: 300 dimensions: 3 start: RANDOM }",
                                 "tsne { iterations: 250 angle: 0 }"}) {
    const Drawn one = Draw(text, rows);
    ASSERT_TRUE(one.places.ok()) << one.places.status();
    for (const int threads : {1, 2, 3}) {
      tbb::task_arena(threads).execute([&] {
        const Drawn drawn = Draw(text, rows);
        EXPECT_EQ(*drawn.places, *one.places) << text;
        EXPECT_EQ(drawn.metrics.SerializeAsString(), one.metrics.SerializeAsString());
        EXPECT_EQ(drawn.reports, one.reports);
      });
    }
  }
}

TEST(TsneTest, StopEndsIt) {
  const FeatureMatrix rows = Clouds(600, 8, 5, 4);
  for (const int asked : {1, 5, 100, 1000}) {
    std::atomic<int> questions = 0;
    const Drawn drawn = Draw("tsne { iterations: 1000000 }", rows, [&] { return ++questions >= asked; });
    EXPECT_TRUE(absl::IsCancelled(drawn.places.status())) << asked << drawn.places.status();
  }
}

TEST(TsneTest, PruningEndsItThere) {
  const Drawn drawn = Draw("tsne {}", Clouds(300, 5, 3, 4), never, 150);
  EXPECT_TRUE(absl::IsCancelled(drawn.places.status())) << drawn.places.status();
  EXPECT_EQ(drawn.reports.size(), 3u);
}

TEST(TsneTest, PerplexityHasToBeLessThanTheRows) {
  EXPECT_THAT(ErrorOf("tsne { perplexity: 40 }", Clouds(40, 5, 1, 0)), HasSubstr("40 is too large for 40 rows"));
  EXPECT_THAT(ErrorOf("tsne {}", Clouds(20, 5, 1, 0)), HasSubstr("a third of that, 6,"));
  EXPECT_TRUE(Draw("tsne { perplexity: 39.5 iterations: 250 }", Clouds(40, 5, 1, 0)).places.ok());
}

TEST(TsneTest, TwoRowsArePlacedApart) {
  const Drawn drawn = Draw("tsne { perplexity: 1 }", Clouds(2, 5, 1, 0));
  ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
  EXPECT_TRUE(drawn.places->allFinite());
  EXPECT_NEAR(drawn.metrics.train().kl_divergence(), 0, 1e-6);
  EXPECT_THAT(ErrorOf("tsne { perplexity: 1 }", Clouds(1, 5, 1, 0)), HasSubstr("at least two rows"));
  EXPECT_THAT(ErrorOf("tsne { perplexity: 1 }", FeatureMatrix(3, 0)), HasSubstr("3 rows of 0 features"));
}

TEST(TsneTest, RowsThatAreAllTheSameStayAtOnePlace) {
  const Drawn drawn = Draw("tsne {}", FeatureMatrix::Constant(3000, 5, 7));
  ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
  EXPECT_EQ(drawn.places->norm(), 0);
  EXPECT_EQ(drawn.metrics.converged(), 1);
  EXPECT_TRUE(Draw("tsne { iterations: 250 start: RANDOM }", FeatureMatrix::Constant(300, 5, 7)).places->allFinite());
}

TEST(TsneTest, RepeatedRowsAndRowsOfOneFeatureHavePlaces) {
  FeatureMatrix rows = Clouds(400, 5, 3, 4);
  rows.topRows(200).rowwise() = rows.row(0).eval();
  for (const FeatureMatrix& some : {rows, FeatureMatrix(rows.leftCols(1)), FeatureMatrix(rows * 1e-30F)}) {
    const Drawn drawn = Draw("tsne { dimensions: 3 iterations: 400 }", some);
    ASSERT_TRUE(drawn.places.ok()) << drawn.places.status();
    EXPECT_TRUE(drawn.places->allFinite());
    EXPECT_TRUE(std::isfinite(drawn.metrics.train().kl_divergence()));
  }
}

TEST(TsneTest, StepsThatAreTooLongAreToldOf) {
  EXPECT_THAT(ErrorOf("tsne { learning_rate: 1e38 }", Clouds(200, 5, 3, 4)),
              HasSubstr("learning_rate less than 1e+38"));
}

TEST(TsneTest, WrongOptionsAndNumbersAreRefused) {
  FeatureMatrix rows = Clouds(100, 5, 3, 4);
  EXPECT_THAT(ErrorOf("tsne { dimensions: 4 }", rows), HasSubstr("tsne.dimensions: 4 is not between 1 and 3"));
  EXPECT_THAT(ErrorOf("tsne { perplexity: .5 }", rows), HasSubstr("tsne.perplexity: 0.5"));
  EXPECT_THAT(ErrorOf("tsne { angle: nan }", rows), HasSubstr("tsne.angle: nan"));
  EXPECT_THAT(ErrorOf("tsne { iterations: 100 }", rows), HasSubstr("tsne.iterations: 100"));
  rows(17, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(ErrorOf("tsne {}", rows), HasSubstr("row 18"));
}

}  // namespace
}  // namespace parzen
