// Every feature goes linearly from its range in the training rows to [low, high], in 64-bit floats on the way.
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

class MinMaxTransform : public Transform {
 public:
  MinMaxTransform(double low, double high) : low_(low), high_(high) {}

  absl::Status Fit(const FeatureMatrix& train, const FitSharing&) override {
    if (train.rows() == 0) return absl::InvalidArgumentError("transform.min_max: there are no rows to learn from");
    const ColumnRanges ranges = RangesOfColumns(train);
    start_ = ranges.low.cast<double>();
    const Eigen::RowVectorXd width = ranges.high.cast<double>() - start_;
    // A constant column has no slope: all that it ever holds becomes low.
    slope_ = (width.array() > 0).select((high_ - low_) / width.array(), 0);
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        features.row(row) =
            ((features.row(row).cast<double>() - start_).cwiseProduct(slope_).array() + low_).cast<float>();
      }
    });
    return absl::OkStatus();
  }

  // A constant column is its constant again.
  absl::Status Invert(FeatureMatrix& features) const override {
    const Eigen::RowVectorXd back = (slope_.array() > 0).select(slope_.array().inverse(), 0);
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        features.row(row) =
            ((features.row(row).cast<double>().array() - low_) * back.array() + start_.array()).cast<float>();
      }
    });
    return absl::OkStatus();
  }

  void Save(ArchiveWriter& state) const override {
    SaveColumns(start_, state);
    SaveColumns(slope_, state);
  }
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    start_ = LoadColumns(state, features);
    slope_ = LoadColumns(state, features);
    RETURN_IF_ERROR(state.Finish());
    return features;
  }

 private:
  const double low_;
  const double high_;
  Eigen::RowVectorXd start_;  // of each column: what becomes low
  Eigen::RowVectorXd slope_;
};

absl::StatusOr<std::unique_ptr<Transform>> MakeMinMax(const TransformSpec& spec) {
  const MinMax& options = spec.min_max();
  for (const auto& [name, value] : {std::pair("low", options.low()), std::pair("high", options.high())}) {
    if (std::isfinite(static_cast<float>(value))) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("transform.min_max.", name, ": ", value, " is not a finite 32-bit number"));
  }
  if (options.low() >= options.high()) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.min_max.high: ", options.high(), " is not above low, which is ", options.low()));
  }
  return std::make_unique<MinMaxTransform>(options.low(), options.high());
}

const bool registered = Registry<TransformFactory>::Global().Add("min_max", &MakeMinMax);

}  // namespace
}  // namespace parzen
