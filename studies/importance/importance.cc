#include "studies/importance/importance.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

absl::Status CheckData(const ImportanceData& data) {
  if (data.target.size() < 2) {
    return absl::FailedPreconditionError(
        absl::StrCat(data.target.empty() ? "no trial is" : "only one trial is",
                     " complete with a finite value; importance compares at least two"));
  }
  if (data.columns.empty()) return absl::FailedPreconditionError("the trials have no parameters");
  return absl::OkStatus();
}

}  // namespace

std::string EvaluatorName(const ImportanceSpec& options) { return ChosenMember(options, "evaluator", "ped_anova"); }

absl::StatusOr<std::vector<Importance>> EvaluateImportance(const ImportanceData& data, const ImportanceSpec& options,
                                                           uint64_t seed, const ImportanceProgress& progress) {
  RETURN_IF_ERROR(CheckData(data));
  ASSIGN_OR_RETURN(const ImportanceEvaluator evaluate,
                   Registry<ImportanceEvaluator>::Global().Find(EvaluatorName(options)));
  ASSIGN_OR_RETURN(const std::vector<double> amounts, evaluate(data, options, seed, progress));
  double sum = 0;
  for (const double amount : amounts) sum += amount;
  std::vector<Importance> shares;
  for (size_t i = 0; i < amounts.size(); ++i) {
    const double share = sum > 0 ? amounts[i] / sum : 1.0 / static_cast<double>(amounts.size());
    shares.emplace_back(data.columns[i].name, share);
  }
  std::sort(shares.begin(), shares.end(), [](const Importance& a, const Importance& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return shares;
}

}  // namespace parzen
