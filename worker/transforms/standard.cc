// Every feature x becomes (x - mean) / standard deviation, both of the training rows (of the population, n), in 64-bit
// floats on the way.
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

class StandardTransform : public Transform {
 public:
  StandardTransform(bool center, bool scale) : center_(center), scale_(scale) {}

  absl::Status Fit(const FeatureMatrix& train, const FitSharing&) override {
    if (train.rows() == 0) return absl::InvalidArgumentError("transform.standard: there are no rows to learn from");
    const ColumnRanges ranges = RangesOfColumns(train);
    const auto constant = ranges.low.array() == ranges.high.array();
    // Of a constant column the sum over all rows, divided by their number, need not be that constant again.
    const Eigen::RowVectorXd means = constant.select(ranges.low.cast<double>().array(), MeansOfColumns(train).array());
    mean_ = center_ ? means : Eigen::RowVectorXd::Zero(train.cols());
    deviation_ = Eigen::RowVectorXd::Ones(train.cols());
    if (scale_) {
      const Eigen::RowVectorXd deviations = VariancesOfColumns(train, means).cwiseSqrt();
      deviation_ = (deviations.array() > 0).select(deviations, deviation_);
    }
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        features.row(row) = (features.row(row).cast<double>() - mean_).cwiseQuotient(deviation_).cast<float>();
      }
    });
    return absl::OkStatus();
  }

  absl::Status Invert(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        features.row(row) = (features.row(row).cast<double>().cwiseProduct(deviation_) + mean_).cast<float>();
      }
    });
    return absl::OkStatus();
  }

  void Save(ArchiveWriter& state) const override {
    SaveColumns(mean_, state);
    SaveColumns(deviation_, state);
  }
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    mean_ = LoadColumns(state, features);
    deviation_ = LoadColumns(state, features);
    RETURN_IF_ERROR(state.Finish());
    return features;
  }

 private:
  const bool center_;
  const bool scale_;
  Eigen::RowVectorXd mean_;       // 0 where it is not taken off
  Eigen::RowVectorXd deviation_;  // 1 where it does not divide: of a constant column nothing but its mean is known
};

absl::StatusOr<std::unique_ptr<Transform>> MakeStandard(const TransformSpec& spec) {
  return std::make_unique<StandardTransform>(spec.standard().center(), spec.standard().scale());
}

const bool registered = Registry<TransformFactory>::Global().Add("standard", &MakeStandard);

}  // namespace
}  // namespace parzen
