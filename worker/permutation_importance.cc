#include "worker/permutation_importance.h"

#include <algorithm>
#include <cmath>

#include "base/status_macros.h"
#include "worker/metrics/part.h"

namespace parzen {

absl::Status MeasurePermutationImportance(
    const PermutationImportance& options, const LabelledView& rows, const std::vector<std::string>& class_names,
    const RandomStream& stream, const std::function<absl::StatusOr<FeatureMatrix>(const FeatureRef& features)>& predict,
    TrainMetrics& metrics) {
  FeatureMatrix shuffled = rows.features;
  const auto score = [&]() -> absl::StatusOr<double> {
    ASSIGN_OR_RETURN(const FeatureMatrix predictions, predict(shuffled));
    return MeasureScalar(class_names.empty() ? "r2" : "accuracy", predictions, rows, class_names).value();
  };
  ASSIGN_OR_RETURN(const double undisturbed, score());

  for (Eigen::Index feature = 0; feature < shuffled.cols(); ++feature) {
    double sum = 0, sum_of_squares = 0;
    for (int repeat = 0; repeat < options.repeats(); ++repeat) {
      Eigen::VectorXf values = rows.features.col(feature);
      stream
          .Fork(static_cast<uint64_t>(feature) * static_cast<uint64_t>(options.repeats()) +
                static_cast<uint64_t>(repeat))
          .Shuffle(values);
      shuffled.col(feature) = values;
      ASSIGN_OR_RETURN(const double disturbed, score());
      sum += undisturbed - disturbed;
      sum_of_squares += (undisturbed - disturbed) * (undisturbed - disturbed);
    }
    shuffled.col(feature) = rows.features.col(feature);
    const double mean = sum / options.repeats();
    metrics.add_permutation_importance(mean);
    metrics.add_permutation_importance_deviation(
        std::sqrt(std::max(0., sum_of_squares / options.repeats() - mean * mean)));
  }
  return absl::OkStatus();
}

}  // namespace parzen
