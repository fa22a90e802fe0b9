// Mixtures are scikit-learn's, round by round, and whatever the data is, they are defined.
#include "worker/models/clusters/gaussian_mixture.h"

#include <Eigen/LU>
#include <atomic>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/worker/models/fitted.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/clusters/expectation.h"

namespace parzen {
namespace {

using testing::HasSubstr;

const std::function<bool()> never = [] { return false; };

// Made by mixture_reference.py.
const nlohmann::json& Cases() {
  static const nlohmann::json* const cases = [] {
    std::ifstream file("tests/testdata/mixture_reference.json");
    EXPECT_TRUE(file.good());
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *cases;
}

FeatureMatrix Matrix(const nlohmann::json& numbers, int64_t columns) {
  const std::vector<float> values = numbers.get<std::vector<float>>();
  return Eigen::Map<const FeatureMatrix>(values.data(), static_cast<int64_t>(values.size()) / columns, columns);
}

GaussianMixture Options(int components, absl::string_view text = "") {
  GaussianMixture options;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text), &options)) << text;
  options.set_components(components);
  return options;
}

// A clusterer with these options, by its name.
std::unique_ptr<Clusterer> Make(absl::string_view options) {
  const auto factory = Registry<ClustererFactory>::Global().Find("gaussian_mixture");
  EXPECT_TRUE(factory.ok()) << factory.status();
  auto made = (*factory)(ModelSpec(absl::StrCat("gaussian_mixture { ", options, " }")));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

absl::Status FitStatus(absl::string_view options, const FeatureRef& rows) {
  UnlabelledContext context{RandomStream(1, 0, "model")};
  return Make(options)->Fit(rows, context);
}

void ExpectNear(const nlohmann::json& numbers, const FeatureMatrix& ours, double relative) {
  ASSERT_EQ(static_cast<int64_t>(numbers.size()), ours.size());
  const Eigen::Map<const Eigen::RowVectorXf> flat(ours.data(), ours.size());
  for (int64_t i = 0; i < ours.size(); ++i) {
    const double theirs = numbers[static_cast<size_t>(i)];
    EXPECT_NEAR(flat(i), theirs, relative * std::max(1., std::abs(theirs))) << i;
  }
}

class MixtureReferenceTest : public testing::TestWithParam<size_t> {
 protected:
  const nlohmann::json& case_ = Cases()[GetParam()];
  const int components_ = case_["components"];
  const int64_t columns_ = case_["columns"];
  const FeatureMatrix rows_ = Matrix(case_["rows"], columns_);

  FeatureMatrix Begin() const {
    if (case_.contains("shares")) return Matrix(case_["shares"], components_).transpose();
    return SharesOfLabels(case_["labels"].get<std::vector<int32_t>>(), components_);
  }

  void ExpectLearned(const Gaussians& gaussians, const nlohmann::json& result) const {
    ExpectNear(result["weights"], gaussians.weights().cast<float>(), 1e-5);
    ExpectNear(result["means"], gaussians.means().cast<float>(), 1e-5);
    StopCheck no_stop(never);
    const double log_likelihood = Expect(gaussians, rows_, nullptr, no_stop);
    EXPECT_NEAR(log_likelihood, result["score"].get<double>(), 1e-5);
    const auto [aic, bic] = CriteriaOf(gaussians, rows_.rows(), log_likelihood);
    EXPECT_NEAR(aic, result["aic"].get<double>(), 1e-2);
    EXPECT_NEAR(bic, result["bic"].get<double>(), 1e-2);
    std::string assigned;
    for (const int32_t component : MostProbable(gaussians, rows_)) absl::StrAppend(&assigned, component);
    EXPECT_EQ(assigned, result["assigned"].get<std::string>());
    if (!result.contains("covariances")) return;
    FeatureMatrix covariances(components_ * columns_, columns_);
    for (int k = 0; k < components_; ++k) {
      covariances.middleRows(k * columns_, columns_) = gaussians.Covariance(k).cast<float>();
    }
    ExpectNear(result["covariances"], covariances, 1e-5);
  }
};

TEST_P(MixtureReferenceTest, EveryRoundIsScikitLearnsFromTheSameStart) {
  SCOPED_TRACE(case_["case"]);
  for (const nlohmann::json& result : case_["results"]) {
    SCOPED_TRACE(result["options"]);
    std::vector<double> bounds;
    const auto fit = FitMixture(rows_, Begin(), Options(components_, result["options"].get<std::string>()), never,
                                [&](int64_t round, double log_likelihood) {
                                  bounds.push_back(log_likelihood);
                                  EXPECT_EQ(round, static_cast<int64_t>(bounds.size()));
                                  return true;
                                });
    ASSERT_TRUE(fit.ok()) << fit.status();
    ASSERT_EQ(bounds.size(), result["bounds"].size());
    for (size_t i = 0; i < bounds.size(); ++i) EXPECT_NEAR(bounds[i], result["bounds"][i].get<double>(), 1e-4) << i;
    EXPECT_EQ(fit->log_likelihood, bounds.back());
    EXPECT_EQ(fit->iterations, static_cast<int>(bounds.size()));
    EXPECT_EQ(fit->converged, result["converged"].get<bool>());
    ExpectLearned(*fit->gaussians, result);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, MixtureReferenceTest, testing::Range(size_t{0}, Cases().size()));

TEST(GaussianMixtureTest, MetricsOfOneComponentAreTheirDefinitions) {
  // Of one component there is one mixture, whatever the start.
  const FeatureMatrix rows = Matrix(Cases()[0]["rows"], 4);
  const double likelihood = [&] {
    const Eigen::MatrixXd centred = rows.cast<double>().rowwise() - rows.cast<double>().colwise().mean();
    Eigen::MatrixXd covariance = centred.transpose() * centred / 150;
    covariance.diagonal().array() += 1e-6;
    const double spread = (centred * covariance.inverse()).cwiseProduct(centred).sum();
    return -.5 * (spread + 150 * (std::log(covariance.determinant()) + 4 * std::log(2 * M_PI)));
  }();
  UnlabelledContext context{RandomStream(1, 0, "model")};
  const std::unique_ptr<Clusterer> mixture = Make("");
  ASSERT_TRUE(mixture->Fit(rows, context).ok());
  TrainMetrics metrics;
  mixture->Describe(metrics);
  EXPECT_NEAR(metrics.aic(), 2 * 14 - 2 * likelihood, 1e-3);
  EXPECT_NEAR(metrics.bic(), std::log(150) * 14 - 2 * likelihood, 1e-3);
  EXPECT_EQ(metrics.converged(), 1);
  PartMetrics part;
  mixture->MeasureFit(rows, part);
  EXPECT_NEAR(part.log_likelihood(), likelihood / 150, 1e-5);
}

// Whether rows are together as `labels` say.
bool SameGroups(const std::vector<int32_t>& assigned, const std::vector<int32_t>& labels, size_t groups) {
  std::vector<int32_t> name(groups, -1);
  for (size_t row = 0; row < labels.size(); ++row) {
    int32_t& called = name[static_cast<size_t>(labels[row])];
    if (called < 0) called = assigned[row];
    if (assigned[row] != called) return false;
  }
  return std::set<int32_t>(name.begin(), name.end()).size() == groups;
}

TEST(GaussianMixtureTest, CloudsApartAreFoundFromEitherStart) {
  LabelledRows clouds = Clouds(600, 3, 3);
  for (int row = 0; row < 600; ++row) {
    clouds.features.row(row).array() += 20.f * static_cast<float>(clouds.labels[static_cast<size_t>(row)]);
  }
  // Random shares of rows leave means together; those that share a covariance seldom part.
  for (const char* options : {"start: K_MEANS covariance: FULL", "start: K_MEANS covariance: TIED",
                              "start: K_MEANS covariance: DIAGONAL", "start: K_MEANS covariance: SPHERICAL",
                              "start: RANDOM covariance: FULL", "start: RANDOM covariance: SPHERICAL"}) {
    UnlabelledContext context{RandomStream(1, 0, "model")};
    const std::unique_ptr<Clusterer> mixture =
        Make(absl::StrCat("components: 3 starts: 8 max_iterations: 300 tolerance: 1e-6 ", options));
    ASSERT_TRUE(mixture->Fit(clouds.features, context).ok());
    EXPECT_EQ(mixture->clusters(), 3);
    EXPECT_EQ(mixture->Centers().rows(), 3);
    EXPECT_TRUE(SameGroups(mixture->Assign(clouds.features), clouds.labels, 3)) << options;
  }
}

TEST(GaussianMixtureTest, OneStartReportsItsRoundsAndSeveralReportTheBestSoFar) {
  const FeatureMatrix rows = Clouds(300, 3, 4).features;
  for (const int starts : {1, 5}) {
    std::vector<double> told;
    UnlabelledContext context{RandomStream(1, 0, "model")};
    context.report = [&](absl::string_view metric, int64_t step, double value) {
      EXPECT_EQ(metric, "log_likelihood");
      told.push_back(value);
      EXPECT_EQ(step, static_cast<int64_t>(told.size()));
      return true;
    };
    const std::unique_ptr<Clusterer> mixture = Make(absl::StrCat("components: 4 start: RANDOM starts: ", starts));
    ASSERT_TRUE(mixture->Fit(rows, context).ok());
    TrainMetrics metrics;
    mixture->Describe(metrics);
    EXPECT_EQ(told.size(), starts == 1 ? static_cast<size_t>(metrics.iterations()) : 5);
    EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  }
}

TEST(GaussianMixtureTest, RoundsThatDidNotSufficeAreAResultThatSaysSo) {
  const FeatureMatrix rows = Clouds(300, 3, 4).features;
  UnlabelledContext context{RandomStream(1, 0, "model")};
  const std::unique_ptr<Clusterer> mixture = Make("components: 4 max_iterations: 3 tolerance: 0");
  ASSERT_TRUE(mixture->Fit(rows, context).ok());
  TrainMetrics metrics;
  mixture->Describe(metrics);
  EXPECT_EQ(metrics.iterations(), 3);
  EXPECT_EQ(metrics.converged(), 0);
}

TEST(GaussianMixtureTest, SamplesHaveTheMixturesMeanAndCovariance) {
  const FeatureMatrix rows = Clouds(500, 4, 3).features;
  for (const char* kind : {"FULL", "TIED", "DIAGONAL", "SPHERICAL"}) {
    SCOPED_TRACE(kind);
    const auto fit =
        RunGaussianMixture(rows, Options(3, absl::StrCat("covariance: ", kind)), RandomStream(1, 0, "model"), never);
    ASSERT_TRUE(fit.ok()) << fit.status();
    const Gaussians& gaussians = *fit->gaussians;
    const Eigen::RowVectorXd mean = gaussians.weights().transpose() * gaussians.means();
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(4, 4);
    for (int k = 0; k < 3; ++k) {
      const Eigen::RowVectorXd from_mean = gaussians.means().row(k) - mean;
      covariance += gaussians.weights()(k) * (gaussians.Covariance(k) + from_mean.transpose() * from_mean);
    }
    RandomStream stream(2, 0, "sample");
    const Eigen::MatrixXd sample = SampleMixture(gaussians, 100000, stream).cast<double>();
    const Eigen::MatrixXd centred = sample.rowwise() - sample.colwise().mean();
    EXPECT_LT((sample.colwise().mean() - mean).cwiseAbs().maxCoeff(), .03);
    EXPECT_LT((centred.transpose() * centred / 100000 - covariance).cwiseAbs().maxCoeff(), .1);
  }
}

TEST(GaussianMixtureTest, SingularCovarianceIsRefusedByItsComponentAndWithWhatWouldHelp) {
  FeatureMatrix rows = Clouds(100, 3, 2).features;
  rows.col(2) = rows.col(0) - 2 * rows.col(1);
  for (const char* kind : {"FULL", "TIED"}) {
    const absl::Status status = FitStatus(absl::StrCat("components: 2 regularization: 0 covariance: ", kind), rows);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(status.message(), HasSubstr(kind[0] == 'F' ? "component 0 of 0 to 1" : "all 2 components"));
    EXPECT_THAT(status.message(), HasSubstr("larger regularization than 0 would help"));
  }
  rows.col(2).setConstant(.1f);
  for (const char* kind : {"FULL", "TIED", "DIAGONAL"}) {
    EXPECT_THAT(FitStatus(absl::StrCat("components: 2 regularization: 0 covariance: ", kind), rows).message(),
                HasSubstr("is singular"));
    EXPECT_TRUE(FitStatus(absl::StrCat("components: 2 covariance: ", kind), rows).ok());
  }
}

TEST(GaussianMixtureTest, EqualRowsAreOnePlaceWithRegularizationAndSingularWithoutIt) {
  const FeatureMatrix rows = FeatureMatrix::Constant(50, 2, 7.1f);
  for (const char* kind : {"FULL", "TIED", "DIAGONAL", "SPHERICAL"}) {
    SCOPED_TRACE(kind);
    EXPECT_TRUE(
        absl::IsInvalidArgument(FitStatus(absl::StrCat("components: 3 regularization: 0 covariance: ", kind), rows)));
    const auto fit =
        RunGaussianMixture(rows, Options(3, absl::StrCat("covariance: ", kind)), RandomStream(1, 0, "model"), never);
    ASSERT_TRUE(fit.ok()) << fit.status();
    EXPECT_NEAR(fit->log_likelihood, -std::log(2 * M_PI * 1e-6), 1e-6);
    EXPECT_TRUE(fit->gaussians->means().allFinite());
  }
}

TEST(GaussianMixtureTest, WrongOptionsAndRowsAreRefused) {
  const FeatureMatrix rows = Clouds(10, 2, 2).features;
  EXPECT_THAT(FitStatus("components: 11", rows).message(), HasSubstr("11 components need at least as many rows"));
  EXPECT_THAT(FitStatus("", FeatureMatrix(0, 2)).message(), HasSubstr("there are 0 rows of 2 features"));
  EXPECT_THAT(FitStatus("", FeatureMatrix(4, 0)).message(), HasSubstr("there are 4 rows of 0 features"));
  FeatureMatrix broken = rows;
  broken(3, 1) = std::nanf("");
  EXPECT_THAT(FitStatus("", broken).message(), HasSubstr("training rows: row 4, column 2"));
  EXPECT_THAT(FitStatus("components: 9", FeatureMatrix::Zero(10, 5000)).message(), HasSubstr("take covariance"));
  EXPECT_THAT(CheckGaussianMixture(Options(0)).message(), HasSubstr("components: 0 is not between 1 and 10000"));
  EXPECT_THAT(CheckGaussianMixture(Options(1, "regularization: -1")).message(), HasSubstr("not a number of at least"));
  EXPECT_THAT(CheckGaussianMixture(Options(1, "tolerance: nan")).message(), HasSubstr("tolerance: nan"));
}

TEST(GaussianMixtureTest, OneRowIsAMixtureOfOne) {
  EXPECT_TRUE(FitStatus("", FeatureMatrix::Constant(1, 3, 2.f)).ok());
}

TEST(GaussianMixtureTest, StopEndsItWhereverItIs) {
  const FeatureMatrix rows = Clouds(3000, 5, 3).features;
  for (const char* kind : {"FULL", "TIED", "DIAGONAL", "SPHERICAL"}) {
    for (const int after : {0, 1, 5, 20, 100}) {
      UnlabelledContext context{RandomStream(1, 0, "model")};
      std::atomic<int> asked = 0;
      context.stop_requested = [&] { return asked++ >= after; };
      const absl::Status status =
          Make(absl::StrCat("components: 3 start: RANDOM tolerance: 0 covariance: ", kind))->Fit(rows, context);
      EXPECT_TRUE(absl::IsCancelled(status)) << kind << after << status;
    }
  }
}

TEST(GaussianMixtureTest, PrunedTrialEnds) {
  for (const char* options : {"components: 2", "components: 2 starts: 3"}) {
    UnlabelledContext context{RandomStream(1, 0, "model")};
    int told = 0;
    context.report = [&](absl::string_view, int64_t, double) { return ++told < 2; };
    EXPECT_TRUE(absl::IsCancelled(Make(options)->Fit(Clouds(500, 4, 2).features, context))) << options;
    EXPECT_EQ(told, 2);
  }
}

}  // namespace
}  // namespace parzen
