// What a mixture learns is what exact arithmetic gives, however rows were multiplied.
#include "worker/models/clusters/gaussians.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/models/fitted.h"
#include "worker/models/clusters/expectation.h"
#include "worker/models/clusters/mixture_fit.h"

namespace parzen {
namespace {

const std::function<bool()> never = [] { return false; };
constexpr GaussianMixture::Covariance kKinds[] = {GaussianMixture::FULL, GaussianMixture::TIED,
                                                  GaussianMixture::DIAGONAL, GaussianMixture::SPHERICAL};

GaussianMixture Options(int components, GaussianMixture::Covariance kind, double regularization = 1e-6) {
  GaussianMixture options;
  options.set_components(components);
  options.set_covariance(kind);
  options.set_regularization(regularization);
  return options;
}

// By the definitions, in 64 bits.
class ByHand {
 public:
  ByHand(const FeatureMatrix& rows, const GaussianMixture& options) : rows_(rows.cast<double>()), options_(options) {}

  void Maximize(const Eigen::MatrixXd& shares) {
    const int components = options_.components();
    weights_ = shares.rowwise().sum();
    means_ = weights_.cwiseInverse().asDiagonal() * shares * rows_;
    covariances_.clear();
    Eigen::MatrixXd all = Eigen::MatrixXd::Zero(rows_.cols(), rows_.cols());
    for (int k = 0; k < components; ++k) {
      const Eigen::MatrixXd centred = rows_.rowwise() - means_.row(k);
      const Eigen::MatrixXd squares = centred.transpose() * shares.row(k).asDiagonal() * centred;
      all += squares;
      covariances_.push_back(OfKind(squares / weights_(k)));
    }
    weights_ /= weights_.sum();
    if (options_.covariance() != GaussianMixture::TIED) return;
    covariances_.assign(static_cast<size_t>(components), OfKind(all / static_cast<double>(rows_.rows())));
  }

  // The mean log density; `shares` become those of the rows.
  double Expect(Eigen::MatrixXd& shares) const {
    for (int k = 0; k < options_.components(); ++k) {
      const Eigen::LLT<Eigen::MatrixXd> factor(covariances_[static_cast<size_t>(k)]);
      const Eigen::MatrixXd whitened = factor.matrixL().solve((rows_.rowwise() - means_.row(k)).transpose());
      const double constant = std::log(weights_(k)) - Eigen::MatrixXd(factor.matrixL()).diagonal().array().log().sum() -
                              .5 * static_cast<double>(rows_.cols()) * std::log(2 * M_PI);
      shares.row(k) = constant - .5 * whitened.colwise().squaredNorm().array();
    }
    double sum = 0;
    for (int64_t row = 0; row < rows_.rows(); ++row) {
      const double largest = shares.col(row).maxCoeff();
      shares.col(row) = (shares.col(row).array() - largest).exp();
      sum += largest + std::log(shares.col(row).sum());
      shares.col(row) /= shares.col(row).sum();
    }
    return sum / static_cast<double>(rows_.rows());
  }

  const Eigen::MatrixXd& means() const { return means_; }

 private:
  Eigen::MatrixXd OfKind(Eigen::MatrixXd covariance) const {
    covariance.diagonal().array() += options_.regularization();
    if (options_.covariance() >= GaussianMixture::DIAGONAL) {
      covariance = covariance.diagonal().asDiagonal().toDenseMatrix();
    }
    if (options_.covariance() == GaussianMixture::SPHERICAL) {
      covariance.diagonal().setConstant(covariance.diagonal().mean());
    }
    return covariance;
  }

  const Eigen::MatrixXd rows_;
  const GaussianMixture options_;
  Eigen::VectorXd weights_;
  Eigen::MatrixXd means_;
  std::vector<Eigen::MatrixXd> covariances_;
};

// Each of some rounds gives the likelihood, within `near`, and in the end the means that exact arithmetic gives.
void ExpectRounds(const FeatureMatrix& rows, const std::vector<int32_t>& labels, int components, double near,
                  double regularization = 1e-6) {
  for (const auto kind : kKinds) {
    SCOPED_TRACE(GaussianMixture::Covariance_Name(kind));
    const GaussianMixture options = Options(components, kind, regularization);
    FeatureMatrix shares = SharesOfLabels(labels, components);
    Eigen::MatrixXd right_shares = shares.cast<double>();
    StopCheck stop(never);
    ByHand right(rows, options);
    const std::unique_ptr<Gaussians> ours = MakeGaussians(rows, options);
    ASSERT_TRUE(ours->Start(rows, shares, stop).ok());
    right.Maximize(right_shares);
    for (int round = 0; round < 6; ++round) {
      EXPECT_NEAR(Expect(*ours, rows, &shares, stop), right.Expect(right_shares), near) << round;
      ASSERT_TRUE(ours->Maximize(rows, shares, stop).ok());
      right.Maximize(right_shares);
    }
    const double size = right.means().cwiseAbs().maxCoeff();
    EXPECT_LT((ours->means() - right.means()).cwiseAbs().maxCoeff(), near * std::max(1., size));
  }
}

TEST(GaussiansTest, RoundsAreTheirDefinitions) {
  for (const int features : {1, 2, 7, 8, 9, 16, 17, 40}) {
    SCOPED_TRACE(features);
    const LabelledRows clouds = Clouds(700, features, 3);
    ExpectRounds(clouds.features, clouds.labels, 3, 1e-5);
  }
}

TEST(GaussiansTest, LargeOffsetsCostNoDigits) {
  LabelledRows clouds = Clouds(700, 5, 3);
  clouds.features.array() += 4096;
  ExpectRounds(clouds.features, clouds.labels, 3, 1e-5);
}

TEST(GaussiansTest, FeaturesThatNearlyFollowFromOthersAreLearnedExactly) {
  LabelledRows clouds = Clouds(700, 5, 3);
  RandomStream stream(1, 0, "noise");
  for (int64_t row = 0; row < 700; ++row) {
    clouds.features(row, 4) =
        clouds.features(row, 0) + clouds.features(row, 1) + 1e-4f * static_cast<float>(stream.Normal());
  }
  ExpectRounds(clouds.features, clouds.labels, 3, 1e-4, 1e-12);
}

TEST(GaussiansTest, TightComponentsFarApartAreLearnedExactly) {
  LabelledRows clouds = Clouds(700, 5, 3);
  for (int64_t row = 0; row < 700; ++row) {
    clouds.features.row(row) *= 1e-3f;
    clouds.features.row(row).array() += 100.f * static_cast<float>(clouds.labels[static_cast<size_t>(row)]);
  }
  ExpectRounds(clouds.features, clouds.labels, 3, 1e-4, 1e-9);
}

TEST(GaussiansTest, RowsSharedByComponentsThatAreFarFromOthersAreLearnedExactly) {
  LabelledRows clouds = Clouds(700, 5, 3);
  std::vector<int32_t> labels;
  for (int64_t row = 0; row < 700; ++row) {
    labels.push_back(2 * clouds.labels[static_cast<size_t>(row)] + static_cast<int32_t>(row % 2));
    clouds.features(row, 0) += 3.f * static_cast<float>(row % 2);
    clouds.features.row(row) *= 1e-3f;
    clouds.features.row(row).array() += 100.f * static_cast<float>(clouds.labels[static_cast<size_t>(row)]);
  }
  ExpectRounds(clouds.features, labels, 6, 1e-4, 1e-9);
}

TEST(GaussiansTest, FeaturesOfVeryDifferentSizesAreLearnedAsWell) {
  LabelledRows clouds = Clouds(700, 5, 3);
  clouds.features.col(0) *= 1e6f;
  clouds.features.col(3) *= 1e-3f;
  ExpectRounds(clouds.features, clouds.labels, 3, 1e-5, 1e-9);
}

TEST(GaussiansTest, HugeNumbersAndRowsFarFromEverythingAreDefined) {
  LabelledRows clouds = Clouds(200, 3, 2);
  const FeatureMatrix huge = clouds.features * 1e30f;
  for (const auto kind : kKinds) {
    SCOPED_TRACE(GaussianMixture::Covariance_Name(kind));
    const auto fit = FitMixture(huge, SharesOfLabels(clouds.labels, 2), Options(2, kind), never);
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_TRUE(std::isfinite(fit->log_likelihood));
    const auto near = FitMixture(clouds.features, SharesOfLabels(clouds.labels, 2), Options(2, kind), never);
    StopCheck stop(never);
    EXPECT_TRUE(std::isfinite(Expect(*near->gaussians, huge, nullptr, stop)));
  }
}

TEST(GaussiansTest, ComponentWithoutRowsHasNoWeightAndDisturbsNobody) {
  const LabelledRows clouds = Clouds(300, 4, 2);
  for (const auto kind : kKinds) {
    SCOPED_TRACE(GaussianMixture::Covariance_Name(kind));
    const auto with = FitMixture(clouds.features, SharesOfLabels(clouds.labels, 3), Options(3, kind), never);
    const auto without = FitMixture(clouds.features, SharesOfLabels(clouds.labels, 2), Options(2, kind), never);
    ASSERT_TRUE(with.ok()) << with.status();
    EXPECT_EQ(with->log_likelihood, without->log_likelihood);
    EXPECT_EQ(with->gaussians->weights()(2), 0);
    EXPECT_LT((with->gaussians->means().row(2) - clouds.features.colwise().mean().cast<double>()).norm(), 1e-5);
    EXPECT_EQ(MostProbable(*with->gaussians, clouds.features), MostProbable(*without->gaussians, clouds.features));
  }
}

TEST(GaussiansTest, MixturesAreTheSameBitsForAnyNumberOfThreads) {
  const tbb::global_control three(tbb::global_control::max_allowed_parallelism, 3);
  const LabelledRows clouds = Clouds(9000, 9, 4);
  for (const auto kind : kKinds) {
    SCOPED_TRACE(GaussianMixture::Covariance_Name(kind));
    std::vector<MixtureFit> fits(3);
    for (int threads = 1; threads <= 3; ++threads) {
      tbb::task_arena(threads).execute([&] {
        const FeatureMatrix shares = RandomShares(9000, 4, RandomStream(1, 0, "shares"));
        GaussianMixture options = Options(4, kind);
        options.set_max_iterations(15);
        fits[static_cast<size_t>(threads) - 1] = *FitMixture(clouds.features, shares, options, never);
      });
    }
    for (int other = 1; other < 3; ++other) {
      const MixtureFit& fit = fits[static_cast<size_t>(other)];
      EXPECT_EQ(fit.log_likelihood, fits[0].log_likelihood);
      EXPECT_EQ(fit.gaussians->means(), fits[0].gaussians->means());
      EXPECT_EQ(fit.gaussians->Covariance(3), fits[0].gaussians->Covariance(3));
    }
  }
}

TEST(GaussiansTest, RandomSharesOfARowSumToOneAndDiffer) {
  const FeatureMatrix shares = RandomShares(3000, 5, RandomStream(1, 0, "shares"));
  EXPECT_LT((shares.colwise().sum().array() - 1).abs().maxCoeff(), 1e-6);
  EXPECT_GT(shares.minCoeff(), 0);
  EXPECT_GT((shares.col(0) - shares.col(2000)).norm(), .01);
  EXPECT_NEAR(shares.row(3).mean(), .2, .01);
}

}  // namespace
}  // namespace parzen
