#include "worker/models/svm/svm_options.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

absl::Status CheckBetween(absl::string_view field, int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, " is not between ", low, " and ", high));
}

// Numbers beyond would leave 64 bits once they are multiplied with kernel values.
constexpr double kMost = 1e60;

absl::Status CheckAbove0(absl::string_view field, double value) {
  if (value > 0 && value <= kMost) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, ": ", value, " is not above 0 and at most ", kMost));
}

}  // namespace

absl::Status CheckSvmOptions(const Svm& options) {
  RETURN_IF_ERROR(CheckAbove0("svm.c", options.c()));
  if (options.has_gamma()) RETURN_IF_ERROR(CheckAbove0("svm.gamma", options.gamma()));
  RETURN_IF_ERROR(CheckBetween("svm.degree", options.degree(), 0, 100));
  if (!std::isfinite(options.coef0())) {
    return absl::InvalidArgumentError(absl::StrCat("svm.coef0: ", options.coef0(), " is not a finite number"));
  }
  RETURN_IF_ERROR(CheckAbove0("svm.tolerance", options.tolerance()));
  if (options.max_iterations() < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("svm.max_iterations: ", options.max_iterations(), " is less than 0"));
  }
  return CheckBetween("svm.cache_mib", options.cache_mib(), 1, 1048576);
}

absl::Status CheckSvmOptions(const LinearSvm& options) {
  RETURN_IF_ERROR(CheckAbove0("linear_svm.c", options.c()));
  RETURN_IF_ERROR(CheckAbove0("linear_svm.tolerance", options.tolerance()));
  return CheckBetween("linear_svm.max_iterations", options.max_iterations(), 1, 1000000);
}

}  // namespace parzen
