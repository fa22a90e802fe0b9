#include "worker/finite_check.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int64_t kRowsPerBlock = 256;

absl::Status NotFinite(const FeatureRef& features, int64_t row, absl::string_view what) {
  for (int64_t column = 0; column < features.cols(); ++column) {
    const float value = features(row, column);
    if (std::isfinite(value)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat(what, ": row ", row + 1, ", column ", column + 1, " of the features is ",
                     std::isnan(value) ? "missing (NaN); transform { impute {} } fills such values" : "infinite"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFinite(const FeatureRef& features, absl::string_view what) {
  std::atomic<int64_t> first_bad = features.rows();
  tbb::parallel_for(int64_t{0}, (features.rows() + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    const int64_t end = std::min((block + 1) * kRowsPerBlock, features.rows());
    for (int64_t row = block * kRowsPerBlock; row < end; ++row) {
      // 0 for numbers, NaN for what is none.
      if ((features.row(row).array() * 0.f).sum() == 0) continue;
      int64_t before = first_bad;
      while (row < before && !first_bad.compare_exchange_weak(before, row)) continue;
      return;
    }
  });
  return first_bad == features.rows() ? absl::OkStatus() : NotFinite(features, first_bad, what);
}

}  // namespace parzen
