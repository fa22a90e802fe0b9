#include <cmath>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/samplers/parzen_estimator.h"

namespace parzen {
namespace {

Axis Real(double low, double high) { return Axis(FloatDistribution{low, high, false, std::nullopt}); }
Axis Whole(int64_t low, int64_t high) { return Axis(IntDistribution{low, high, false, 1}); }
Axis Choices(size_t count) {
  CategoricalDistribution categories;
  categories.choices.resize(count, int64_t{0});
  return Axis(categories);
}

// An estimator with all rows observed.
ParzenEstimator Estimator(const std::vector<Axis>& axes, const std::vector<std::vector<double>>& rows,
                          const KernelOptions& options = {}) {
  ParzenEstimator estimator(axes, options);
  for (const std::vector<double>& row : rows) {
    estimator.Append(row);
    estimator.SetObserved(estimator.slots() - 1, true);
  }
  return estimator;
}

double SumOverInts(ParzenEstimator& estimator, int low, int high) {
  double sum = 0;
  for (int value = low; value <= high; ++value)
    sum += std::exp(estimator.LogDensities({static_cast<double>(value)})[0]);
  return sum;
}

std::vector<std::vector<double>> RandomRows(size_t count, size_t dimensions, RandomStream& random) {
  std::vector<std::vector<double>> rows(count);
  for (std::vector<double>& row : rows) {
    for (size_t d = 0; d < dimensions; ++d) row.push_back(std::floor(random.Uniform(0, 40)) / 4);
  }
  return rows;
}

TEST(ParzenEstimatorTest, TheDensityOfARealParameterIntegratesToOne) {
  ParzenEstimator estimator = Estimator({Real(-1, 3)}, {{-0.9}, {0}, {0.1}, {2.9}});
  const int steps = 4000;
  double sum = 0;
  for (int i = 0; i < steps; ++i) sum += std::exp(estimator.LogDensities({-1 + 4 * (i + 0.5) / steps})[0]) * 4 / steps;
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(ParzenEstimatorTest, ProbabilitiesOfWholeNumbersSumToOne) {
  ParzenEstimator estimator = Estimator({Whole(1, 9)}, {{1}, {1}, {4}, {9}});
  EXPECT_NEAR(SumOverInts(estimator, 1, 9), 1, 1e-12);
}

TEST(ParzenEstimatorTest, ProbabilitiesOfCategoriesSumToOne) {
  ParzenEstimator estimator = Estimator({Choices(5)}, {{0}, {3}, {3}});
  EXPECT_NEAR(SumOverInts(estimator, 0, 4), 1, 1e-12);
}

// Compared with the sum written down as it is defined, in a region where many kernels are far away.
TEST(ParzenEstimatorTest, LeavingOutKernelsThatDoNotMatterChangesNothing) {
  RandomStream random(1, 0, "test");
  const std::vector<std::vector<double>> rows = RandomRows(500, 2, random);
  ParzenEstimator estimator = Estimator({Real(0, 10), Real(0, 10)}, rows);
  const std::vector<double> weights = estimator.Weights();
  for (const double x : {0.0, 0.3, 5.0, 9.99}) {
    const std::vector<double> point = {x, 10 - x};
    double sum = 0;
    for (size_t slot = 0; slot <= rows.size(); ++slot) {
      double kernel = weights[slot];
      for (size_t d = 0; d < 2; ++d) {
        const auto [mu, sigma] = slot < rows.size() ? estimator.KernelOf(slot, d) : estimator.Prior(d);
        const auto phi = [mu = mu, sigma = sigma](double at) {
          return 0.5 * std::erfc((mu - at) / sigma / std::sqrt(2));
        };
        const double z = (point[d] - mu) / sigma;
        kernel *= std::exp(-z * z / 2) / (sigma * std::sqrt(2 * M_PI)) / (phi(10) - phi(0));
      }
      sum += kernel;
    }
    EXPECT_NEAR(estimator.LogDensities(point)[0], std::log(sum), 1e-11) << x;
  }
}

TEST(ParzenEstimatorTest, PointsAreAnsweredAloneAsTogether) {
  RandomStream random(2, 0, "test");
  ParzenEstimator estimator = Estimator({Real(0, 10), Whole(0, 10), Choices(11)}, RandomRows(100, 3, random));
  const std::vector<double> points = {1, 2, 3, 4, 2, 6, 7, 8, 0};
  const std::vector<double> together = estimator.LogDensities(points);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(estimator.LogDensities(absl::MakeConstSpan(points).subspan(3 * i, 3))[0], together[i]);
  }
}

TEST(ParzenEstimatorTest, KernelsKeptUpToDateAreThoseOfANewEstimatorToTheBit) {
  const std::vector<Axis> axes = {Real(0, 10), Whole(0, 10), Choices(11), Real(2, 3)};
  for (const bool magic_clip : {true, false}) {
    KernelOptions options;
    options.magic_clip = magic_clip;
    RandomStream random(3, magic_clip, "test");
    const std::vector<std::vector<double>> rows = RandomRows(400, 4, random);
    ParzenEstimator kept(axes, options);
    for (size_t i = 0; i < rows.size(); ++i) {
      kept.Append(rows[i]);
      kept.SetObserved(i, i % 7 != 0);
      // Now and then another one comes or goes.
      const size_t other = random.Below(i + 1);
      if (i % 3 == 0) kept.SetObserved(other, !kept.IsObserved(other));
      const std::vector<double> points = {1.25, 3, 4, 2.5, 9, 0, 1, 2};
      const std::vector<double> densities = kept.LogDensities(points);
      if (i % 20 != 0 && i > 30) continue;
      ParzenEstimator fresh(axes, options);
      for (size_t slot = 0; slot <= i; ++slot) fresh.Append(rows[slot]);
      for (size_t slot = 0; slot <= i; ++slot) fresh.SetObserved(slot, kept.IsObserved(slot));
      EXPECT_EQ(fresh.LogDensities(points), densities) << i;
    }
  }
}

TEST(ParzenEstimatorTest, AnObservationBeyondTheRangeStillHasAKernel) {
  ParzenEstimator estimator = Estimator({Real(0, 1)}, {{-50}, {0.5}, {1e9}});
  EXPECT_EQ(estimator.KernelOf(2, 0).mu, 1e9);
  EXPECT_TRUE(std::isfinite(estimator.LogDensities({0.5})[0]));
  RandomStream random(4, 0, "test");
  double value = 0;
  for (int i = 0; i < 200; ++i) {
    estimator.Draw(random, absl::MakeSpan(&value, 1));
    EXPECT_TRUE(0 <= value && value <= 1) << value;
  }
}

TEST(ParzenEstimatorTest, DrawsFollowTheDensity) {
  ParzenEstimator estimator = Estimator({Whole(1, 6)}, {{2}, {2}, {5}});
  RandomStream random(5, 0, "test");
  std::vector<double> shares(7);
  const int draws = 20000;
  double value = 0;
  for (int i = 0; i < draws; ++i) {
    estimator.Draw(random, absl::MakeSpan(&value, 1));
    shares[static_cast<size_t>(value)] += 1.0 / draws;
  }
  for (int i = 1; i <= 6; ++i) {
    EXPECT_NEAR(shares[i], std::exp(estimator.LogDensities({static_cast<double>(i)})[0]), 0.015) << i;
  }
}

TEST(ParzenEstimatorTest, DrawsOfCategoriesFollowTheDensity) {
  ParzenEstimator estimator = Estimator({Choices(3)}, {{2}, {2}, {0}});
  RandomStream random(6, 0, "test");
  std::vector<double> shares(3);
  const int draws = 20000;
  double value = 0;
  for (int i = 0; i < draws; ++i) {
    estimator.Draw(random, absl::MakeSpan(&value, 1));
    shares[static_cast<size_t>(value)] += 1.0 / draws;
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_NEAR(shares[i], std::exp(estimator.LogDensities({static_cast<double>(i)})[0]), 0.015) << i;
  }
}

// A table of all choices for every kernel would take four gigabytes here.
TEST(ParzenEstimatorTest, AMillionChoicesCostNoMoreThanTwo) {
  const Axis axis = Choices(1'000'000);
  ParzenEstimator estimator({axis}, {});
  for (size_t i = 0; i < 500; ++i) {
    estimator.Append({static_cast<double>(i * 1999)});
    estimator.SetObserved(i, true);
  }
  EXPECT_LT(estimator.MemoryBytes(), 50'000u);
  const std::vector<double> densities = estimator.LogDensities({499 * 1999, 5});  // the newest, and one never seen
  EXPECT_GT(densities[0], densities[1] + 1);
  double value = -1;
  RandomStream random(7, 0, "test");
  estimator.Draw(random, absl::MakeSpan(&value, 1));
  EXPECT_TRUE(0 <= value && value < 1e6);
}

TEST(ParzenEstimatorTest, HundredsOfIntegersDoNotUnderflow) {
  const std::vector<Axis> axes(600, Whole(0, 1000));
  ParzenEstimator estimator = Estimator(axes, {std::vector<double>(600, 3), std::vector<double>(600, 900)});
  for (const double density : estimator.LogDensities(std::vector<double>(1200, 500))) {
    EXPECT_TRUE(std::isfinite(density)) << density;
  }
}

TEST(ParzenEstimatorTest, IntegersFinerThanRoundingErrorsHaveADensity) {
  ParzenEstimator estimator = Estimator({Whole(0, int64_t{1} << 62)}, {{1e18}, {2e18}});
  EXPECT_TRUE(std::isfinite(estimator.LogDensities({1.5e18})[0]));
}

}  // namespace
}  // namespace parzen
