// Fills missing values (NaN) with a number of their column in the training rows.
#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

double Mean(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.) / static_cast<double>(values.size());
}

// Of an even number of values: halfway between the two in the middle.
double Median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (static_cast<double>(*std::max_element(values.begin(), middle)) + *middle) / 2;
}

double MostFrequent(std::vector<float>& values) {
  std::sort(values.begin(), values.end());
  float best = values[0];
  int64_t most = 0;
  for (auto run = values.begin(); run != values.end();) {
    const auto end = std::upper_bound(run, values.end(), *run);
    if (end - run > most) {
      most = end - run;
      best = *run;
    }
    run = end;
  }
  return best;
}

class ImputeTransform : public Transform {
 public:
  ImputeTransform(Impute::Statistic statistic, double constant) : statistic_(statistic), constant_(constant) {}

  absl::Status Fit(const FeatureMatrix& train, const FitSharing&) override {
    fill_ = Eigen::RowVectorXf::Constant(train.cols(), static_cast<float>(constant_));
    if (statistic_ == Impute::CONSTANT) return absl::OkStatus();
    tbb::parallel_for(int64_t{0}, static_cast<int64_t>(train.cols()), [&](int64_t column) {
      std::vector<float> values;
      for (const float value : train.col(column)) {
        if (!std::isnan(value)) values.push_back(value);
      }
      // Of a column without a single value nothing is known.
      fill_(column) = values.empty() ? std::nanf("") : static_cast<float>(Statistic(values));
    });
    for (int64_t column = 0; column < fill_.size(); ++column) {
      if (!std::isnan(fill_(column))) continue;
      return absl::InvalidArgumentError(absl::StrCat("transform.impute: column ", column + 1,
                                                     " of the features has no ",
                                                     "value in any training row; drop it, or choose CONSTANT"));
    }
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        features.row(row) = features.row(row).array().isNaN().select(fill_, features.row(row));
      }
    });
    return absl::OkStatus();
  }

  // Where a value was missing is not kept: it stays filled.
  absl::Status Invert(FeatureMatrix&) const override { return absl::OkStatus(); }

  void Save(ArchiveWriter& state) const override { SaveColumns(fill_.cast<double>(), state); }
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    fill_ = LoadColumns(state, features).cast<float>();
    RETURN_IF_ERROR(state.Finish());
    return features;
  }

 private:
  double Statistic(std::vector<float>& values) const {
    switch (statistic_) {
      case Impute::MEDIAN:
        return Median(values);
      case Impute::MOST_FREQUENT:
        return MostFrequent(values);
      default:
        return Mean(values);
    }
  }

  const Impute::Statistic statistic_;
  const double constant_;
  Eigen::RowVectorXf fill_;  // one a column
};

absl::StatusOr<std::unique_ptr<Transform>> MakeImpute(const TransformSpec& spec) {
  const Impute& impute = spec.impute();
  if (!std::isfinite(static_cast<float>(impute.constant()))) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.impute.constant: ", impute.constant(), " is not a finite 32-bit number"));
  }
  return std::make_unique<ImputeTransform>(impute.statistic(), impute.constant());
}

const bool registered = Registry<TransformFactory>::Global().Add("impute", &MakeImpute);

}  // namespace
}  // namespace parzen
