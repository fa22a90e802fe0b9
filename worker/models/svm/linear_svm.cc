// A linear support vector machine, one for each class against the rest.
#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/models/model.h"
#include "worker/models/stop_check.h"
#include "worker/models/svm/dual_coordinate_descent.h"
#include "worker/models/svm/svm_data.h"
#include "worker/models/svm/svm_options.h"

namespace parzen {
namespace {

// Few enough that the usual ten classes keep two threads busy.
constexpr size_t kMachinesPerTask = 5;
static_assert(kMachinesPerTask <= kMachinesTogether);

// Memory: the machines' weights, and for each thread 9 bytes a row and machine of a task.
class LinearSvmModel : public Model {
 public:
  LinearSvmModel(const LinearSvm& options, ClassWeights class_weights)
      : options_(options), class_weights_(std::move(class_weights)) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckSvmData("linear_svm", rows));
    StopCheck stop(context.stop_requested);
    if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
    const RowsByClass by_class = GroupByClass(rows.labels(), rows.classes());
    all_classes_ = rows.classes();
    classes_ = by_class.classes;
    ASSIGN_OR_RETURN(const std::vector<double> weights, WeightsOf(by_class, class_weights_, rows, context.class_names));
    PlanMachines(weights);
    const DescentOptions descent{options_.loss() == LinearSvm::SQUARED_HINGE, options_.tolerance(),
                                 options_.max_iterations()};
    const size_t tasks = (machines_.size() + kMachinesPerTask - 1) / kMachinesPerTask;
    std::vector<absl::Status> statuses(tasks);
    tbb::parallel_for(size_t{0}, tasks, [&](size_t task) {
      const size_t first = task * kMachinesPerTask, count = std::min(kMachinesPerTask, machines_.size() - first);
      statuses[task] = LearnTogether(rows.features(), rows.labels(), descent, context.stream, stop,
                                     absl::MakeSpan(machines_).subspan(first, count));
    });
    for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override {
    FeatureMatrix probabilities = FeatureMatrix::Zero(rows.rows(), all_classes_);
    tbb::parallel_for(int64_t{0}, rows.rows(), [&](int64_t row) {
      const Eigen::ArrayXd shares = Shares(rows.data() + row * rows.outerStride());
      for (size_t c = 0; c < classes_.size(); ++c) {
        probabilities(row, classes_[c]) = static_cast<float>(shares[static_cast<int64_t>(c)]);
      }
    });
    return probabilities;
  }

  std::optional<Decisions> Decide(const FeatureRef& rows) const override {
    Decisions decisions;
    for (const LinearMachine& machine : machines_) {
      decisions.columns.push_back({machine.positive, machines_.size() == 1 ? classes_[0] : -1});
    }
    decisions.values.resize(rows.rows(), static_cast<int64_t>(machines_.size()));
    for (int64_t row = 0; row < rows.rows(); ++row) {
      for (size_t m = 0; m < machines_.size(); ++m) {
        decisions.values(row, static_cast<int64_t>(m)) =
            static_cast<float>(LinearDecision(machines_[m].weights, rows.data() + row * rows.outerStride()));
      }
    }
    return decisions;
  }

  void Save(ArchiveWriter& state) const override {
    state.Array(classes_);
    for (const LinearMachine& machine : machines_) state.Array(machine.weights);
  }

  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    all_classes_ = classes;
    state.Array(classes_);
    if (!AreClasses(classes_, classes)) return absl::DataLossError("these are not such classes");
    PlanMachines(std::vector<double>(classes_.size(), 1));
    for (LinearMachine& machine : machines_) {
      state.Array(machine.weights);
      if (static_cast<int64_t>(machine.weights.size()) != features + 1) state.Fail();
    }
    return state.Finish();
  }

  void Describe(TrainMetrics& metrics) const override {
    int64_t most_passes = 0;
    bool converged = true;
    for (const LinearMachine& machine : machines_) {
      most_passes = std::max(most_passes, machine.passes);
      converged = converged && machine.converged;
    }
    metrics.set_iterations(static_cast<double>(most_passes));
    metrics.set_converged(converged ? 1 : 0);
  }

 private:
  // One machine a class; of two classes, one that tells the second from the first; of one class, none. Weights count as
  // in LIBLINEAR: those of the rest are only told apart where the rest is one class.
  void PlanMachines(const std::vector<double>& weights) {
    const double c = options_.c();
    if (classes_.size() == 2) machines_.push_back({classes_[1], c * weights[1], c * weights[0], {}, 0, false});
    if (classes_.size() <= 2) return;
    for (size_t k = 0; k < classes_.size(); ++k) machines_.push_back({classes_[k], c * weights[k], c, {}, 0, false});
  }

  // The softmax of the decision values: the larger, the more probable. Values that are not numbers count as 0.
  Eigen::ArrayXd Shares(const float* row) const {
    Eigen::ArrayXd decisions = Eigen::ArrayXd::Zero(static_cast<int64_t>(classes_.size()));
    const int64_t first = classes_.size() == 2 ? 1 : 0;
    for (size_t m = 0; m < machines_.size(); ++m) {
      const double decision = LinearDecision(machines_[m].weights, row);
      if (std::isfinite(decision)) decisions[first + static_cast<int64_t>(m)] = decision;
    }
    decisions = (decisions - decisions.maxCoeff()).exp();
    return decisions / decisions.sum();
  }

  const LinearSvm options_;
  const ClassWeights class_weights_;
  int all_classes_ = 0;
  std::vector<int32_t> classes_;         // those that have rows
  std::vector<LinearMachine> machines_;  // in order of the classes
};

absl::StatusOr<std::unique_ptr<Model>> MakeLinearSvm(const TrainSpec& spec) {
  RETURN_IF_ERROR(CheckSvmOptions(spec.linear_svm()));
  ASSIGN_OR_RETURN(ClassWeights class_weights, ReadClassWeights("linear_svm", spec.linear_svm()));
  return std::make_unique<LinearSvmModel>(spec.linear_svm(), std::move(class_weights));
}

const bool registered = Registry<ModelFactory>::Global().Add("linear_svm", &MakeLinearSvm);

}  // namespace
}  // namespace parzen
