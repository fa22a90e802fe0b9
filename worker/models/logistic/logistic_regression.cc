// Multinomial logistic regression (Cox, 1958; Hastie, Tibshirani and Friedman, 2009, section 4.4): a softmax of linear
// functions, whose coefficients minimise log loss and penalty. Classes without rows have probability 0.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/models/logistic/logistic_options.h"
#include "worker/models/logistic/softmax_model.h"
#include "worker/models/logistic/softmax_objective.h"
#include "worker/models/logistic/solvers.h"
#include "worker/models/model.h"

namespace parzen {
namespace {

absl::Status CheckRows(const TrainingRows& rows) {
  if (rows.classes() == 0) {
    return absl::InvalidArgumentError(
        "logistic_regression learns classes, and the dataset has numbers to predict (csv.target)");
  }
  if (rows.rows() == 0 || rows.features().cols() == 0) {
    return absl::InvalidArgumentError(absl::StrCat("logistic_regression needs at least one row and one feature; got ",
                                                   rows.rows(), " rows of ", rows.features().cols(), " features"));
  }
  return absl::OkStatus();
}

// The classes that have rows, ascending.
std::vector<int32_t> KnownClasses(absl::Span<const int32_t> labels) {
  std::vector<int32_t> known(labels.begin(), labels.end());
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

// With the classes that have rows numbered from 0. `weights` are those of all classes.
SoftmaxProblem MakeProblem(const TrainingRows& rows, const std::vector<int32_t>& known,
                           const std::vector<double>& weights, const LogisticOptions& options, StopCheck& stop) {
  // Of two classes, C means what it does where they have one row of coefficients (softmax_objective.h).
  const double l2 = known.size() == 2 ? 2 * options.l2 : options.l2;
  SoftmaxProblem problem{rows.features(), {}, {}, l2, options.fit_intercept, stop};
  problem.labels.reserve(rows.labels().size());
  for (const int32_t label : rows.labels()) {
    problem.labels.push_back(static_cast<int32_t>(std::lower_bound(known.begin(), known.end(), label) - known.begin()));
  }
  for (const int32_t k : known) problem.class_weights.push_back(weights[static_cast<size_t>(k)]);
  return problem;
}

// Thousands of iterations are not told one by one: nobody could see them apart, and each takes a round trip.
bool IsReported(int iteration) { return iteration % (iteration <= 100 ? 1 : iteration <= 1000 ? 10 : 100) == 0; }

class LogisticRegressionModel : public Model {
 public:
  explicit LogisticRegressionModel(const LogisticOptions& options) : options_(options) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckRows(rows));
    StopCheck stop(context.stop_requested);
    ASSIGN_OR_RETURN(const std::vector<double> weights,
                     WeightsOfClasses(options_.class_weights, rows, context.class_names));
    model_.classes = rows.classes();
    model_.known = KnownClasses(rows.labels());
    const SoftmaxProblem problem = MakeProblem(rows, model_.known, weights, options_, stop);
    const Progress progress = [&](int iteration, const Eigen::VectorXd& coefficients) {
      return Report(stop, context, iteration, coefficients);
    };
    ASSIGN_OR_RETURN(const Solution solution, Minimize(problem, context.stream, progress));
    if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
    SetCoefficients(solution.coefficients, rows.features().cols());
    iterations_ = solution.iterations;
    converged_ = solution.converged;
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override { return model_.Probabilities(rows); }

  void Save(ArchiveWriter& state) const override { model_.Save(state); }
  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    return model_.Load(state, features, classes);
  }

  void Describe(TrainMetrics& metrics) const override {
    metrics.set_iterations(iterations_);
    metrics.set_converged(converged_ ? 1 : 0);
  }

 private:
  absl::StatusOr<Solution> Minimize(const SoftmaxProblem& problem, const RandomStream& stream,
                                    const Progress& progress) const {
    switch (options_.solver) {
      case LogisticRegression::LBFGS:
        return MinimizeByLbfgs(problem, options_, progress);
      case LogisticRegression::NEWTON_CG:
        return MinimizeByNewton(problem, options_, progress);
      default:
        return MinimizeByAveragedGradients(problem, options_, stream, progress);
    }
  }

  void SetCoefficients(const Eigen::VectorXd& coefficients, int64_t features) {
    const ConstCoefficientRows rows(coefficients.data(), static_cast<int64_t>(model_.known.size()), features + 1);
    model_.weights = rows.leftCols(features).cast<float>();
    const Eigen::VectorXd intercepts = rows.col(features);
    model_.intercepts.assign(intercepts.begin(), intercepts.end());
  }

  absl::Status Report(StopCheck& stop, FitContext& context, int iteration, const Eigen::VectorXd& coefficients) {
    if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
    if (context.watch == nullptr || !IsReported(iteration)) return absl::OkStatus();
    SetCoefficients(coefficients, context.watch->rows.cols());
    if (context.watch->report(iteration, model_.Probabilities(context.watch->rows))) return absl::OkStatus();
    return absl::CancelledError("training was ended on the way");
  }

  const LogisticOptions options_;
  SoftmaxModel model_;
  int iterations_ = 0;
  bool converged_ = false;
};

absl::StatusOr<std::unique_ptr<Model>> MakeLogisticRegression(const TrainSpec& spec) {
  ASSIGN_OR_RETURN(const LogisticOptions options, ReadLogisticOptions(spec.logistic_regression()));
  return std::make_unique<LogisticRegressionModel>(options);
}

const bool registered = Registry<ModelFactory>::Global().Add("logistic_regression", &MakeLogisticRegression);

}  // namespace
}  // namespace parzen
