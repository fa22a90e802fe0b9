// Every feature x becomes (x - subtract) / divide_by, in 32-bit floats.
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/transforms/columns.h"
#include "worker/transforms/transform.h"

namespace parzen {
namespace {

class ScaleTransform : public Transform {
 public:
  ScaleTransform(float subtract, float divide_by) : subtract_(subtract), divide_by_(divide_by) {}

  absl::Status Fit(const FeatureMatrix& train, const FitSharing&) override {
    if (train.size() == 0) return absl::OkStatus();
    // The result is monotonic in x, so the ends tell whether any value overflows.
    const ColumnRanges ranges = RangesOfColumns(train);
    for (const float x : {ranges.low.minCoeff(), ranges.high.maxCoeff()}) {
      if (std::isfinite((x - subtract_) / divide_by_)) continue;
      return absl::InvalidArgumentError(absl::StrCat("transform.scale: (", x, " - ", subtract_, ") / ", divide_by_,
                                                     " is too large for a 32-bit number; choose a larger divide_by"));
    }
    return absl::OkStatus();
  }

  absl::Status Apply(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      features.middleRows(first, count) = (features.middleRows(first, count).array() - subtract_) / divide_by_;
    });
    return absl::OkStatus();
  }

  absl::Status Invert(FeatureMatrix& features) const override {
    ForEachRowBlock(features.rows(), [&](int64_t, int64_t first, int64_t count) {
      features.middleRows(first, count) = features.middleRows(first, count).array() * divide_by_ + subtract_;
    });
    return absl::OkStatus();
  }

  void Save(ArchiveWriter&) const override {}  // its options are all there is
  absl::StatusOr<int64_t> Load(ArchiveReader& state, int64_t features) override {
    RETURN_IF_ERROR(state.Finish());
    return features;
  }

 private:
  const float subtract_;
  const float divide_by_;
};

absl::StatusOr<std::unique_ptr<Transform>> MakeScale(const TransformSpec& spec) {
  const Scale& scale = spec.scale();
  const float subtract = static_cast<float>(scale.subtract());
  const float divide_by = static_cast<float>(scale.divide_by());
  if (!std::isfinite(subtract)) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.scale.subtract: ", scale.subtract(), " is not a finite 32-bit number"));
  }
  if (!std::isnormal(divide_by) || divide_by < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("transform.scale.divide_by: ", scale.divide_by(),
                     " is not a finite 32-bit number above 0; 255 turns bytes into [0, 1]"));
  }
  return std::make_unique<ScaleTransform>(subtract, divide_by);
}

const bool registered = Registry<TransformFactory>::Global().Add("scale", &MakeScale);

}  // namespace
}  // namespace parzen
