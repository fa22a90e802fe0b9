// A support vector machine with a kernel, one for each pair of classes.
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/models/model.h"
#include "worker/models/stop_check.h"
#include "worker/models/svm/svm_data.h"
#include "worker/models/svm/svm_fit.h"
#include "worker/models/svm/svm_options.h"

namespace parzen {
namespace {

// Sigmoids are kept from saying that something is sure.
constexpr double kLeastProbability = 1e-7;

constexpr char kNoState[] = "these are not such support vectors";

class SvmModel : public Model {
 public:
  SvmModel(const Svm& options, ClassWeights class_weights)
      : options_(options), class_weights_(std::move(class_weights)) {}

  absl::Status Fit(const TrainingRows& rows, FitContext& context) override {
    RETURN_IF_ERROR(CheckSvmData("svm", rows));
    StopCheck stop(context.stop_requested);
    if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
    RowsByClass by_class = GroupByClass(rows.labels(), rows.classes());
    all_classes_ = rows.classes();
    classes_ = by_class.classes;
    ASSIGN_OR_RETURN(const std::vector<double> weights, WeightsOf(by_class, class_weights_, rows, context.class_names));
    if (classes_.size() == 1) return absl::OkStatus();
    ASSIGN_OR_RETURN(fit_, FitSvm(rows.features(), std::move(by_class), weights, options_, context.stream, stop));
    return absl::OkStatus();
  }

  FeatureMatrix Predict(const FeatureRef& rows) const override {
    FeatureMatrix probabilities = FeatureMatrix::Zero(rows.rows(), all_classes_);
    if (classes_.size() == 1) {
      probabilities.col(classes_[0]).setOnes();
      return probabilities;
    }
    ForEachDecision(fit_.vectors, rows, [&](int64_t row, absl::Span<const double> decisions) {
      std::vector<double> shares(classes_.size());
      options_.probability() ? Couple(decisions, absl::MakeSpan(shares))
                             : ShareVotes(decisions, absl::MakeSpan(shares));
      for (size_t c = 0; c < shares.size(); ++c) probabilities(row, classes_[c]) = static_cast<float>(shares[c]);
    });
    return probabilities;
  }

  std::optional<Decisions> Decide(const FeatureRef& rows) const override {
    Decisions decisions;
    for (size_t a = 0; a < classes_.size(); ++a) {
      for (size_t b = a + 1; b < classes_.size(); ++b) decisions.columns.push_back({classes_[a], classes_[b]});
    }
    decisions.values.resize(rows.rows(), static_cast<int64_t>(decisions.columns.size()));
    if (decisions.columns.empty()) return decisions;
    ForEachDecision(fit_.vectors, rows, [&](int64_t row, absl::Span<const double> of_row) {
      for (size_t pair = 0; pair < of_row.size(); ++pair) {
        decisions.values(row, static_cast<int64_t>(pair)) = static_cast<float>(of_row[pair]);
      }
    });
    return decisions;
  }

  void Save(ArchiveWriter& state) const override {
    state.Array(classes_);
    if (classes_.size() == 1) return;
    fit_.vectors.Save(state);
    state.Array(fit_.sigmoids);
  }

  absl::Status Load(ArchiveReader& state, int64_t features, int classes) override {
    all_classes_ = classes;
    state.Array(classes_);
    if (!AreClasses(classes_, classes) || classes_.size() > size_t{kMostSvmClasses})
      return absl::DataLossError(kNoState);
    if (classes_.size() == 1) return state.Finish();
    const int64_t present = static_cast<int64_t>(classes_.size());
    fit_.vectors.kernel = {options_.kernel(), 1, static_cast<float>(options_.coef0()), options_.degree()};
    fit_.vectors.Load(state, features, present);
    state.Array(fit_.sigmoids);
    const int64_t sigmoids = options_.probability() ? PairCount(present) : 0;
    if (static_cast<int64_t>(fit_.sigmoids.size()) != sigmoids) return absl::DataLossError(kNoState);
    return state.Finish();
  }

  void Describe(TrainMetrics& metrics) const override {
    metrics.set_support_vectors(static_cast<double>(fit_.vectors.rows.rows()));
    metrics.set_iterations(static_cast<double>(fit_.steps));
    metrics.set_converged(fit_.converged ? 1 : 0);
  }

 private:
  void Couple(absl::Span<const double> decisions, absl::Span<double> probabilities) const {
    std::vector<double> of_first;
    for (size_t pair = 0; pair < decisions.size(); ++pair) {
      const double p = std::isfinite(decisions[pair]) ? fit_.sigmoids[pair](decisions[pair]) : .5;
      of_first.push_back(std::clamp(p, kLeastProbability, 1 - kLeastProbability));
    }
    CouplePairs(of_first, probabilities);
  }

  const Svm options_;
  const ClassWeights class_weights_;
  int all_classes_ = 0;
  std::vector<int32_t> classes_;  // those that have rows
  SvmFit fit_;                    // when there are two or more of them
};

absl::StatusOr<std::unique_ptr<Model>> MakeSvm(const TrainSpec& spec) {
  RETURN_IF_ERROR(CheckSvmOptions(spec.svm()));
  ASSIGN_OR_RETURN(ClassWeights class_weights, ReadClassWeights("svm", spec.svm()));
  return std::make_unique<SvmModel>(spec.svm(), std::move(class_weights));
}

const bool registered = Registry<ModelFactory>::Global().Add("svm", &MakeSvm);

}  // namespace
}  // namespace parzen
