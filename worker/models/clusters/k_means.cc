#include "worker/models/clusters/k_means.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"
#include "worker/finite_check.h"
#include "worker/models/clusters/clusterer.h"
#include "worker/models/clusters/k_means_start.h"
#include "worker/models/clusters/nearest_centers.h"
#include "worker/transforms/columns.h"

namespace parzen {
namespace {

constexpr int32_t kMostClusters = 100000;
constexpr int32_t kMostStarts = 10000;
constexpr int32_t kMostIterations = 1000000;
constexpr int32_t kMostMiniBatch = 100000000;
// Numbers of all centres: several times as many 64-bit floats are held.
constexpr int64_t kMostCenterNumbers = int64_t{1} << 26;

absl::Status CheckBetween(absl::string_view name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("k_means.", name, ": ", value, " is not between ", least, " and ", most));
}

absl::Status CheckCenters(const KMeans& options) {
  if (options.start() != KMeans::GIVEN) {
    if (options.center().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("k_means.center: is for start: GIVEN alone");
  }
  if (options.center_size() != options.clusters()) {
    return absl::InvalidArgumentError(absl::StrCat("k_means.center: with start: GIVEN each of the ", options.clusters(),
                                                   " clusters needs one; there are ", options.center_size()));
  }
  for (int c = 0; c < options.center_size(); ++c) {
    if (options.center(c).value_size() != options.center(0).value_size()) {
      return absl::InvalidArgumentError(absl::StrCat("k_means.center: center ", c + 1, " has ",
                                                     options.center(c).value_size(), " values, and the first has ",
                                                     options.center(0).value_size()));
    }
    for (const double value : options.center(c).value()) {
      if (std::abs(value) <= std::numeric_limits<float>::max()) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("k_means.center: center ", c + 1, " has a value of ", value, "; features are 32-bit numbers"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRows(const FeatureRef& rows, const KMeans& options) {
  if (rows.rows() < options.clusters()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "k_means.clusters: ", options.clusters(), " clusters need at least as many rows, and there are ", rows.rows()));
  }
  if (rows.cols() == 0 || rows.rows() >= kMostClusteredRows) {
    return absl::InvalidArgumentError(absl::StrCat("k_means needs at least one feature, and fewer than ",
                                                   kMostClusteredRows, " rows; got ", rows.rows(), " rows of ",
                                                   rows.cols(), " features"));
  }
  if (options.clusters() * rows.cols() > kMostCenterNumbers) {
    return absl::InvalidArgumentError(absl::StrCat("k_means.clusters: ", options.clusters(), " clusters of ",
                                                   rows.cols(), " features are more than ", kMostCenterNumbers,
                                                   " numbers"));
  }
  if (options.start() == KMeans::GIVEN && options.center(0).value_size() != rows.cols()) {
    return absl::InvalidArgumentError(absl::StrCat("k_means.center: the centres have ", options.center(0).value_size(),
                                                   " values each, and the rows ", rows.cols(), " features"));
  }
  return CheckFinite(rows, "training rows");
}

CenterMatrix GivenCenters(const KMeans& options) {
  CenterMatrix centers(options.center_size(), options.center(0).value_size());
  for (int c = 0; c < options.center_size(); ++c) {
    std::copy(options.center(c).value().begin(), options.center(c).value().end(), centers.row(c).begin());
  }
  return centers;
}

CenterMatrix FirstCenters(const LloydRun& run, RandomStream& stream) {
  const int64_t clusters = run.options.clusters();
  if (run.options.start() == KMeans::GIVEN) return GivenCenters(run.options);
  const std::vector<int64_t> drawn = run.options.start() == KMeans::RANDOM
                                         ? DrawRows(run.rows.rows(), clusters, stream)
                                         : DrawSpreadRows(run.rows, clusters, run.spread, stream, run.stop);
  CenterMatrix centers(static_cast<int64_t>(drawn.size()), run.rows.cols());
  for (size_t i = 0; i < drawn.size(); ++i) {
    centers.row(static_cast<int64_t>(i)) = run.rows.row(drawn[i]).cast<double>();
  }
  return centers;
}

absl::StatusOr<KMeansResult> RunStart(const LloydRun& run, RandomStream stream) {
  CenterMatrix centers = FirstCenters(run, stream);
  if (run.stop.Stopped()) return absl::CancelledError("training was asked to stop");
  return RunLloyd(run, std::move(centers), std::move(stream));
}

// Starts as they end, in any order. Threads: internally synchronised.
class Starts {
 public:
  Starts(int64_t count, const ReportInertia& report) : report_(report), inertias_(static_cast<size_t>(count)) {}

  // False: the report wants no more.
  bool Add(int64_t start, KMeansResult result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const double inertia = result.inertia;
    inertias_[static_cast<size_t>(start)] = inertia;
    if (!best_ || std::pair(inertia, start) < std::pair(best_->inertia, best_start_)) {
      best_ = std::move(result);
      best_start_ = start;
    }
    for (; is_wanted_ && told_ < inertias_.size() && inertias_[told_]; ++told_) {
      lowest_ = std::min(lowest_, *inertias_[told_]);
      is_wanted_ = !report_ || report_(static_cast<int64_t>(told_) + 1, lowest_);
    }
    return is_wanted_;
  }
  KMeansResult TakeBest() { return *std::move(best_); }

 private:
  const ReportInertia& report_;
  std::mutex mutex_;
  std::vector<std::optional<double>> inertias_;
  std::optional<KMeansResult> best_;
  int64_t best_start_ = 0;
  size_t told_ = 0;
  bool is_wanted_ = true;  // nobody is told after a no
  double lowest_ = std::numeric_limits<double>::infinity();
};

absl::StatusOr<KMeansResult> RunStarts(const LloydRun& run, const RandomStream& stream, const ReportInertia& report) {
  const int64_t count = run.options.starts();
  Starts starts(count, report);
  std::atomic<int64_t> next = 0;
  std::atomic<bool> cancelled = false;
  const auto run_some = [&] {
    for (int64_t start = next++; start < count && !cancelled; start = next++) {
      absl::StatusOr<KMeansResult> result = RunStart(run, stream.Fork(static_cast<uint64_t>(start)));
      if (!result.ok() || !starts.Add(start, *std::move(result))) cancelled = true;
    }
  };
  // A thread that waits for the rest of a start takes no other one up: it would have to end that first.
  tbb::parallel_for(int64_t{0}, std::min<int64_t>(count, tbb::this_task_arena::max_concurrency()),
                    [&](int64_t) { tbb::this_task_arena::isolate(run_some); });
  if (cancelled) return absl::CancelledError("training was asked to stop");
  return starts.TakeBest();
}

class KMeansClusterer : public Clusterer {
 public:
  explicit KMeansClusterer(const KMeans& options) : options_(options) {}

  absl::Status Fit(const FeatureRef& rows, UnlabelledContext& context) override {
    const ReportInertia report = [&context](int64_t step, double inertia) {
      return context.report("inertia", step, inertia);
    };
    ASSIGN_OR_RETURN(result_, RunKMeans(rows, options_, context.stream, context.stop_requested, report));
    result_.labels = {};
    return absl::OkStatus();
  }

  int clusters() const override { return options_.clusters(); }
  FeatureMatrix Centers() const override { return result_.centers.cast<float>(); }
  std::vector<int32_t> Assign(const FeatureRef& rows) const override { return AssignToNearest(rows, result_.centers); }

  void MeasureFit(const FeatureRef& rows, PartMetrics& metrics) const override {
    metrics.set_inertia(SumOfSquaredDistances(rows, result_.centers, Assign(rows)));
  }

  void Describe(TrainMetrics& metrics) const override {
    metrics.set_iterations(static_cast<double>(result_.iterations));
    metrics.set_converged(result_.converged ? 1 : 0);
  }

 private:
  const KMeans options_;
  KMeansResult result_;  // without labels
};

absl::StatusOr<std::unique_ptr<Clusterer>> MakeKMeans(const TrainSpec& spec) {
  RETURN_IF_ERROR(CheckKMeans(spec.k_means()));
  return std::make_unique<KMeansClusterer>(spec.k_means());
}

const bool registered = Registry<ClustererFactory>::Global().Add("k_means", &MakeKMeans);

}  // namespace

absl::Status CheckKMeans(const KMeans& options) {
  RETURN_IF_ERROR(CheckBetween("clusters", options.clusters(), 1, kMostClusters));
  RETURN_IF_ERROR(CheckBetween("starts", options.starts(), 1, kMostStarts));
  RETURN_IF_ERROR(CheckBetween("max_iterations", options.max_iterations(), 1, kMostIterations));
  RETURN_IF_ERROR(CheckBetween("mini_batch", options.mini_batch(), 0, kMostMiniBatch));
  if (!(options.tolerance() >= 0) || std::isinf(options.tolerance())) {
    return absl::InvalidArgumentError(
        absl::StrCat("k_means.tolerance: ", options.tolerance(), " is no number from 0 on"));
  }
  return CheckCenters(options);
}

absl::StatusOr<KMeansResult> RunKMeans(const FeatureRef& rows, const KMeans& options, const RandomStream& stream,
                                       const std::function<bool()>& stop_requested, const ReportInertia& report) {
  RETURN_IF_ERROR(CheckKMeans(options));
  StopCheck stop(stop_requested);
  if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
  RETURN_IF_ERROR(CheckRows(rows, options));
  const Eigen::RowVectorXd mean = MeansOfColumns(rows);
  LloydRun run{rows, options, mean, VariancesOfColumns(rows, mean).sum(), stop, {}};
  if (options.starts() > 1 && options.start() != KMeans::GIVEN) return RunStarts(run, stream, report);
  run.report = report;
  return RunStart(run, stream.Fork(0));
}

}  // namespace parzen
