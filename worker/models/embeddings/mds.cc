// Multidimensional scaling of the Euclidean distances of rows.
//
// Classical scaling takes the first eigenvectors of -1/2 J D^2 J, where D^2 holds squared distances and J takes means
// off. Of Euclidean distances that is the Gram matrix of the centred rows, whose eigenvectors, times the roots of their
// eigenvalues, are the rows' principal components (Gower, 1966): they are found as such, without that matrix.
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/finite_check.h"
#include "worker/models/embeddings/embedder.h"
#include "worker/models/embeddings/principal_places.h"
#include "worker/models/embeddings/row_distances.h"
#include "worker/models/embeddings/smacof.h"
#include "worker/transforms/columns.h"

namespace parzen {
namespace {

constexpr int32_t kMostDimensions = 3;
constexpr int32_t kMostStarts = 1000;
// Distances of more take over 1.6 GB, and time grows with the square, too.
constexpr int64_t kMostRows = 20000;
// Larger distances could not be added up any more.
constexpr double kLargestDistance = 1e37;
// Distances of up to so many powers of two are squared without loss. Others, with starts and tolerance, are taken in
// units of the largest.
constexpr int kUsualExponent = 30;

// No two rows are further apart.
double BoundOfDistances(const FeatureRef& rows) {
  const ColumnRanges ranges = RangesOfColumns(rows);
  return (ranges.high.cast<double>() - ranges.low.cast<double>()).norm();
}

// What distances are divided by.
double UnitOf(double largest) {
  const int exponent = largest > 0 ? std::ilogb(largest) : 0;
  return std::abs(exponent) <= kUsualExponent ? 1 : std::exp2(exponent);
}

absl::Status CheckRows(const FeatureRef& rows) {
  if (rows.rows() == 0 || rows.cols() == 0 || rows.rows() > kMostRows) {
    return absl::InvalidArgumentError(absl::StrCat("mds needs at least one row and one feature, and at most ",
                                                   kMostRows, " rows, all of whose distances it keeps; got ",
                                                   rows.rows(), " rows of ", rows.cols(),
                                                   " features; dataset.first_rows or dataset.fraction take fewer"));
  }
  RETURN_IF_ERROR(CheckFinite(rows, "training rows"));
  if (BoundOfDistances(rows) <= kLargestDistance) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("mds: rows lie further apart than ", kLargestDistance, "; transform { standard {} } scales them"));
}

class MdsEmbedder : public Embedder {
 public:
  explicit MdsEmbedder(const Mds& options) : options_(options) {}

  absl::StatusOr<FeatureMatrix> Embed(const FeatureRef& rows, UnlabelledContext& context,
                                      TrainMetrics& metrics) const override {
    if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    RETURN_IF_ERROR(CheckRows(rows));
    const double unit = UnitOf(BoundOfDistances(rows));
    std::optional<FeatureMatrix> scaled;
    if (unit != 1) scaled = (rows.cast<double>() / unit).cast<float>();
    const FeatureRef in_units = scaled ? FeatureRef(*scaled) : rows;
    ASSIGN_OR_RETURN(const FeatureMatrix distances, RowDistances(in_units, context.stop_requested));
    Smacof end;
    if (options_.method() == Mds::CLASSICAL) {
      ASSIGN_OR_RETURN(end.places, PrincipalPlaces(in_units, options_.dimensions()));
      end.stress = StressOf(distances, end.places);
      if (context.stop_requested()) return absl::CancelledError("training was asked to stop");
    } else {
      ASSIGN_OR_RETURN(end, FromRandomStarts(distances, unit, context));
      metrics.set_iterations(static_cast<double>(end.iterations));
      metrics.set_converged(end.converged ? 1 : 0);
    }
    metrics.mutable_train()->set_stress(end.stress * unit * unit);
    return FeatureMatrix((end.places.cast<double>() * unit).cast<float>());
  }

 private:
  absl::StatusOr<Smacof> FromRandomStarts(const FeatureRef& distances, double unit, UnlabelledContext& context) const {
    std::vector<FeatureMatrix> starts;
    for (int32_t start = 0; start < options_.starts(); ++start) {
      RandomStream stream = context.stream.Fork(static_cast<uint64_t>(start));
      starts.emplace_back(distances.rows(), options_.dimensions());
      for (float& number : starts.back().reshaped<Eigen::RowMajor>()) number = static_cast<float>(stream.Uniform());
    }
    SmacofOptions options;
    options.max_iterations = options_.max_iterations();
    options.tolerance = options_.tolerance();
    options.stop = context.stop_requested;
    options.report = [&](int64_t round, double stress) {
      return context.report("stress", round, stress * unit * unit);
    };
    return RunSmacof(distances, starts, options);
  }

  const Mds options_;
};

absl::StatusOr<std::unique_ptr<Embedder>> MakeMds(const TrainSpec& spec) {
  const Mds& options = spec.mds();
  if (options.dimensions() < 1 || options.dimensions() > kMostDimensions) {
    return absl::InvalidArgumentError(
        absl::StrCat("mds.dimensions: ", options.dimensions(), " is not between 1 and ", kMostDimensions));
  }
  if (options.starts() < 1 || options.starts() > kMostStarts) {
    return absl::InvalidArgumentError(
        absl::StrCat("mds.starts: ", options.starts(), " is not between 1 and ", kMostStarts));
  }
  if (options.max_iterations() < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("mds.max_iterations: ", options.max_iterations(), " is not at least 1"));
  }
  if (!(options.tolerance() >= 0)) {
    return absl::InvalidArgumentError(absl::StrCat("mds.tolerance: ", options.tolerance(), " is not at least 0"));
  }
  return std::make_unique<MdsEmbedder>(options);
}

const bool registered = Registry<EmbedderFactory>::Global().Add("mds", &MakeMds);

}  // namespace
}  // namespace parzen
