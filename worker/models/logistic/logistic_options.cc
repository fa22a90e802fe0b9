#include "worker/models/logistic/logistic_options.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

absl::Status Wrong(absl::string_view field, double value, absl::string_view right) {
  return absl::InvalidArgumentError(absl::StrCat("logistic_regression.", field, ": ", value, " is not ", right));
}

}  // namespace

absl::StatusOr<LogisticOptions> ReadLogisticOptions(const LogisticRegression& options) {
  const double strength = 1 / options.c();
  if (!(options.c() > 0 && std::isfinite(strength) && std::isfinite(options.c()))) {
    return Wrong("c", options.c(), "a finite number above 0");
  }
  if (!(options.l1_ratio() >= 0 && options.l1_ratio() <= 1)) {
    return Wrong("l1_ratio", options.l1_ratio(), "between 0 and 1");
  }
  if (options.max_iterations() < 1 || options.max_iterations() > 1000000) {
    return Wrong("max_iterations", options.max_iterations(), "between 1 and 1000000");
  }
  if (!(options.tolerance() > 0 && std::isfinite(options.tolerance()))) {
    return Wrong("tolerance", options.tolerance(), "a finite number above 0");
  }
  const LogisticRegression::Penalty penalty = options.penalty();
  const bool has_l1 = penalty == LogisticRegression::L1 || penalty == LogisticRegression::ELASTIC_NET;
  if (has_l1 && options.solver() != LogisticRegression::SAGA) {
    return absl::InvalidArgumentError(absl::StrCat(
        "logistic_regression.penalty: ", LogisticRegression::Penalty_Name(penalty), " does not go with the solver ",
        LogisticRegression::Solver_Name(options.solver()), ", which knows L2 and NONE; SAGA knows all"));
  }
  ASSIGN_OR_RETURN(ClassWeights weights, ReadClassWeights("logistic_regression", options));
  double l1_share = options.l1_ratio();
  if (penalty == LogisticRegression::L2) l1_share = 0;
  if (penalty == LogisticRegression::L1) l1_share = 1;
  const double all = penalty == LogisticRegression::NONE ? 0 : strength;
  return LogisticOptions{options.solver(),    all * (1 - l1_share),    all * l1_share,    options.max_iterations(),
                         options.tolerance(), options.fit_intercept(), std::move(weights)};
}

}  // namespace parzen
