#include "worker/models/svm/dual_coordinate_descent.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/status/status.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Rows between two questions whether to stop: a few milliseconds.
constexpr size_t kRowsPerQuestion = 2048;

// Columns at a time: loops of fixed length that the compiler makes vectors of.
constexpr int64_t kLanes = 16;

double Dot(const double* weights, const float* row, int64_t columns) {
  double sums[kLanes] = {};
  int64_t k = 0;
  for (; k + kLanes <= columns; k += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) sums[lane] += weights[k + lane] * static_cast<double>(row[k + lane]);
  }
  for (; k < columns; ++k) sums[0] += weights[k] * static_cast<double>(row[k]);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

void AddRow(double by, const float* __restrict row, int64_t columns, double* __restrict weights) {
  int64_t k = 0;
  for (; k + kLanes <= columns; k += kLanes) {
    for (int64_t lane = 0; lane < kLanes; ++lane) weights[k + lane] += by * static_cast<double>(row[k + lane]);
  }
  for (; k < columns; ++k) weights[k] += by * static_cast<double>(row[k]);
}

// One machine on its way.
class Descent {
 public:
  Descent(const FeatureRef& rows, absl::Span<const int32_t> labels, const std::vector<double>& norms,
          const DescentOptions& options, LinearMachine& machine)
      : rows_(rows), labels_(labels), norms_(norms), options_(options), machine_(machine) {
    machine_.weights.assign(static_cast<size_t>(rows.cols()) + 1, 0);
    alpha_.assign(labels.size(), 0);
    asleep_.assign(labels.size(), false);
  }

  bool finished() const { return finished_; }

  // Violations are measured from 0: rows that all violate the conditions alike have not come to an end.
  void BeginPass() { largest_ = smallest_ = 0; }

  // Minimises over the alpha of one row.
  void Visit(size_t row) {
    if (asleep_[row]) return;
    const bool positive = labels_[row] == machine_.positive;
    const double cost = positive ? machine_.cost_positive : machine_.cost_negative;
    const double most = options_.squared_hinge ? kInfinity : cost;
    const double diagonal = options_.squared_hinge ? .5 / cost : 0;
    const float* const features = rows_.data() + static_cast<int64_t>(row) * rows_.outerStride();
    const double decision = LinearDecision(machine_.weights, features);
    const double slope = (positive ? decision : -decision) - 1 + diagonal * alpha_[row];
    double violation = slope;
    if (alpha_[row] == 0) {
      if (slope > sleep_above_) asleep_[row] = true;
      violation = std::min(slope, 0.);
    } else if (alpha_[row] == most) {
      if (slope < sleep_below_) asleep_[row] = true;
      violation = std::max(slope, 0.);
    }
    if (asleep_[row]) return;
    largest_ = std::max(largest_, violation);
    smallest_ = std::min(smallest_, violation);
    if (std::abs(violation) < 1e-12) return;
    const double before = alpha_[row];
    alpha_[row] = std::clamp(before - slope / (norms_[row] + diagonal), 0., most);
    const double by = positive ? alpha_[row] - before : before - alpha_[row];
    AddRow(by, features, rows_.cols(), machine_.weights.data());
    machine_.weights.back() += by;
  }

  void EndPass() {
    ++machine_.passes;
    if (largest_ - smallest_ <= options_.tolerance) {
      // Fine for the rows that are awake; done when all of them were.
      machine_.converged = finished_ = all_awake_;
      Wake();
    } else {
      all_awake_ = false;
      sleep_above_ = largest_ > 0 ? largest_ : kInfinity;
      sleep_below_ = smallest_ < 0 ? smallest_ : -kInfinity;
    }
    finished_ = finished_ || machine_.passes == options_.most_passes;
  }

 private:
  void Wake() {
    asleep_.assign(asleep_.size(), false);
    all_awake_ = true;
    sleep_above_ = kInfinity;
    sleep_below_ = -kInfinity;
  }

  const FeatureRef& rows_;
  const absl::Span<const int32_t> labels_;
  const std::vector<double>& norms_;
  const DescentOptions& options_;
  LinearMachine& machine_;
  std::vector<double> alpha_;
  std::vector<uint8_t> asleep_;
  bool all_awake_ = true;
  bool finished_ = false;
  // Of the slopes seen in this pass, projected; and the bounds that those of the last one give.
  double largest_ = 0, smallest_ = 0;
  double sleep_above_ = kInfinity, sleep_below_ = -kInfinity;
};

}  // namespace

double LinearDecision(const std::vector<double>& weights, const float* row) {
  const int64_t columns = static_cast<int64_t>(weights.size()) - 1;
  return Dot(weights.data(), row, columns) + weights.back();
}

absl::Status LearnTogether(const FeatureRef& rows, absl::Span<const int32_t> labels, const DescentOptions& options,
                           const RandomStream& stream, StopCheck& stop, absl::Span<LinearMachine> machines) {
  std::vector<double> norms;
  for (int64_t row = 0; row < rows.rows(); ++row) norms.push_back(rows.row(row).cast<double>().squaredNorm() + 1);
  std::vector<Descent> descents;
  for (LinearMachine& machine : machines) descents.emplace_back(rows, labels, norms, options, machine);
  std::vector<uint32_t> order(labels.size());
  std::iota(order.begin(), order.end(), 0);
  const auto learning = [](const Descent& descent) { return !descent.finished(); };
  for (uint64_t pass = 0; std::any_of(descents.begin(), descents.end(), learning); ++pass) {
    stream.Fork(pass).Shuffle(order);
    for (Descent& descent : descents) descent.BeginPass();
    for (size_t i = 0; i < order.size(); ++i) {
      if (i % kRowsPerQuestion == 0 && stop.Stopped()) return absl::CancelledError("training was asked to stop");
      for (Descent& descent : descents) {
        if (!descent.finished()) descent.Visit(order[i]);
      }
    }
    for (Descent& descent : descents) {
      if (!descent.finished()) descent.EndPass();
    }
  }
  return absl::OkStatus();
}

}  // namespace parzen
