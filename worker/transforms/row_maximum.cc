// Every row is divided by its own largest value, in 32-bit floats; a row whose largest value is 0 stays as it is.
#include <memory>

#include "absl/status/status.h"
#include "base/status_macros.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

class RowMaximumTransform : public Transform {
 public:
  absl::Status Fit(const FeatureMatrix& train, const FitSharing&) override {
    if (train.cols() == 0) return absl::InvalidArgumentError("transform.row_maximum: the rows have no features");
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      for (int64_t row = first; row < first + count; ++row) {
        const float largest = features.row(row).maxCoeff();
        if (largest != 0) features.row(row) /= largest;
      }
    });
    return absl::OkStatus();
  }

  absl::Status Invert(FeatureMatrix&) const override {
    return absl::InvalidArgumentError(
        "transform.row_maximum: the largest value of each row, which it divides by, is not kept; rows cannot be "
        "brought back");
  }

  void Save(ArchiveWriter&) const override {}  // it learns nothing
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    RETURN_IF_ERROR(state.Finish());
    return features;
  }
};

absl::StatusOr<std::unique_ptr<Transform>> MakeRowMaximum(const TransformSpec&) {
  return std::make_unique<RowMaximumTransform>();
}

const bool registered = Registry<TransformFactory>::Global().Add("row_maximum", &MakeRowMaximum);

}  // namespace
}  // namespace parzen
