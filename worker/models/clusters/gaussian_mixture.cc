#include "worker/models/clusters/gaussian_mixture.h"

#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/finite_check.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/clusters/expectation.h"
#include "worker/models/clusters/k_means.h"

namespace parzen {
namespace {

constexpr int32_t kMostComponents = 10000;
constexpr int32_t kMostStarts = 10000;
constexpr int32_t kMostIterations = 1000000;
// Numbers of 64 bits in all covariances, and of 32 bits in all shares.
constexpr double kMostCovarianceNumbers = double{1 << 27};
constexpr double kMostShares = double{1 << 30};

absl::Status CheckBetween(absl::string_view name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("gaussian_mixture.", name, ": ", value, " is not between ", least, " and ", most));
}

absl::Status CheckNotNegative(absl::string_view name, double value) {
  if (value >= 0 && std::isfinite(value)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("gaussian_mixture.", name, ": ", value, " is not a number of at least 0"));
}

absl::Status CheckRows(const FeatureRef& rows, const GaussianMixture& options) {
  if (rows.cols() == 0 || rows.rows() < options.components()) {
    return absl::InvalidArgumentError(absl::StrCat("gaussian_mixture.components: ", options.components(),
                                                   " components need at least as many rows, and a feature; there are ",
                                                   rows.rows(), " rows of ", rows.cols(), " features"));
  }
  const double components = options.components(), features = static_cast<double>(rows.cols());
  if (components * static_cast<double>(rows.rows()) > kMostShares) {
    return absl::InvalidArgumentError(absl::StrCat("gaussian_mixture.components: ", components, " components of ",
                                                   rows.rows(), " rows are more than ", kMostShares, " shares"));
  }
  const bool full = options.covariance() == GaussianMixture::FULL, tied = options.covariance() == GaussianMixture::TIED;
  if (components * features * (full ? features : 1) > kMostCovarianceNumbers ||
      (tied && features * features > kMostCovarianceNumbers)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "gaussian_mixture: ", components, " components of ", features, " features have more than ",
        kMostCovarianceNumbers, " numbers; take covariance: DIAGONAL, or transform { pca } to fewer features"));
  }
  return CheckFinite(rows, "training rows");
}

absl::StatusOr<FeatureMatrix> StartingShares(const FeatureRef& rows, const GaussianMixture& options,
                                             const RandomStream& stream, const std::function<bool()>& stop_requested) {
  if (options.start() == GaussianMixture::RANDOM) return RandomShares(rows.rows(), options.components(), stream);
  KMeans k_means;
  k_means.set_clusters(options.components());
  k_means.set_starts(1);
  ASSIGN_OR_RETURN(const KMeansResult clusters, RunKMeans(rows, k_means, stream, stop_requested));
  return SharesOfLabels(clusters.labels, options.components());
}

}  // namespace

absl::Status CheckGaussianMixture(const GaussianMixture& options) {
  RETURN_IF_ERROR(CheckBetween("components", options.components(), 1, kMostComponents));
  RETURN_IF_ERROR(CheckBetween("starts", options.starts(), 1, kMostStarts));
  RETURN_IF_ERROR(CheckBetween("max_iterations", options.max_iterations(), 1, kMostIterations));
  RETURN_IF_ERROR(CheckNotNegative("tolerance", options.tolerance()));
  return CheckNotNegative("regularization", options.regularization());
}

absl::StatusOr<MixtureFit> RunGaussianMixture(const FeatureRef& rows, const GaussianMixture& options,
                                              const RandomStream& stream, const std::function<bool()>& stop_requested,
                                              const ReportLogLikelihood& report) {
  RETURN_IF_ERROR(CheckGaussianMixture(options));
  RETURN_IF_ERROR(CheckRows(rows, options));
  const bool several = options.starts() > 1;
  std::optional<MixtureFit> best;
  for (int start = 0; start < options.starts(); ++start) {
    ASSIGN_OR_RETURN(FeatureMatrix shares,
                     StartingShares(rows, options, stream.Fork(static_cast<uint64_t>(start)), stop_requested));
    ASSIGN_OR_RETURN(MixtureFit fit, FitMixture(rows, std::move(shares), options, stop_requested,
                                                several ? ReportLogLikelihood() : report));
    if (!best.has_value() || fit.log_likelihood > best->log_likelihood) best = std::move(fit);
    if (several && report && !report(start + 1, best->log_likelihood)) {
      return absl::CancelledError("training was asked to stop");
    }
  }
  return *std::move(best);
}

InformationCriteria CriteriaOf(const Gaussians& gaussians, int64_t rows, double log_likelihood) {
  const int64_t components = gaussians.components();
  const int64_t numbers = gaussians.CovarianceNumbers() + components * gaussians.features() + components - 1;
  const double free = static_cast<double>(numbers), all = static_cast<double>(rows);
  return {2 * free - 2 * all * log_likelihood, std::log(all) * free - 2 * all * log_likelihood};
}

FeatureMatrix SampleMixture(const Gaussians& gaussians, int64_t count, RandomStream& stream) {
  FeatureMatrix rows(count, gaussians.features());
  Eigen::RowVectorXd normals(gaussians.features());
  for (int64_t row = 0; row < count; ++row) {
    double left = stream.Uniform();
    int component = 0;
    for (int k = 0; k < gaussians.components() && left >= 0; ++k) {
      if (gaussians.weights()(k) == 0) continue;
      component = k;
      left -= gaussians.weights()(k);
    }
    for (double& normal : normals) normal = stream.Normal();
    rows.row(row) = (gaussians.means().row(component) + gaussians.Spread(component, normals)).cast<float>();
  }
  return rows;
}

namespace {

class GaussianMixtureClusterer : public Clusterer {
 public:
  explicit GaussianMixtureClusterer(const GaussianMixture& options) : options_(options) {}

  absl::Status Fit(const FeatureRef& rows, UnlabelledContext& context) override {
    const auto report = [&](int64_t step, double value) { return context.report("log_likelihood", step, value); };
    ASSIGN_OR_RETURN(fit_, RunGaussianMixture(rows, options_, context.stream, context.stop_requested, report));
    StopCheck stop(context.stop_requested);
    rows_ = rows.rows();
    log_likelihood_ = Expect(*fit_.gaussians, rows, nullptr, stop);
    return stop.Stopped() ? absl::CancelledError("training was asked to stop") : absl::OkStatus();
  }

  int clusters() const override { return fit_.gaussians->components(); }
  FeatureMatrix Centers() const override { return fit_.gaussians->means().cast<float>(); }
  std::vector<int32_t> Assign(const FeatureRef& rows) const override { return MostProbable(*fit_.gaussians, rows); }

  void MeasureFit(const FeatureRef& rows, PartMetrics& metrics) const override {
    const std::function<bool()> never = [] { return false; };
    StopCheck no_stop(never);
    if (rows.rows() > 0) metrics.set_log_likelihood(Expect(*fit_.gaussians, rows, nullptr, no_stop));
  }

  void Describe(TrainMetrics& metrics) const override {
    const InformationCriteria criteria = CriteriaOf(*fit_.gaussians, rows_, log_likelihood_);
    metrics.set_iterations(fit_.iterations);
    metrics.set_converged(fit_.converged);
    metrics.set_aic(criteria.aic);
    metrics.set_bic(criteria.bic);
  }

  std::optional<FeatureMatrix> Sample(int64_t count, RandomStream& stream) const override {
    return SampleMixture(*fit_.gaussians, count, stream);
  }

 private:
  const GaussianMixture options_;
  MixtureFit fit_;
  // Of the rows it learned from.
  int64_t rows_ = 0;
  double log_likelihood_ = 0;
};

absl::StatusOr<std::unique_ptr<Clusterer>> MakeGaussianMixture(const TrainSpec& spec) {
  RETURN_IF_ERROR(CheckGaussianMixture(spec.gaussian_mixture()));
  return std::make_unique<GaussianMixtureClusterer>(spec.gaussian_mixture());
}

const bool registered = Registry<ClustererFactory>::Global().Add("gaussian_mixture", &MakeGaussianMixture);

}  // namespace
}  // namespace parzen
