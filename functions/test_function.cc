#include "functions/test_function.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/oneof.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

std::string KindName(const FunctionSpec& spec) { return ChosenMember(spec, "kind"); }

std::string AllowedParameters(const TestFunction& function) {
  const int low = function.min_parameters;
  const int high = function.max_parameters;
  const int last = high == kAnyNumber ? low : high;
  return absl::StrCat(low == high ? "exactly " : "at least ", low,
                      low != high && high != kAnyNumber ? absl::StrCat(" and at most ", high) : "", " parameter",
                      last == 1 ? "" : "s");
}

absl::Status CheckParameterCount(const FunctionSpec& spec, const TestFunction& function, size_t parameters) {
  if (parameters >= static_cast<size_t>(function.min_parameters) &&
      parameters <= static_cast<size_t>(function.max_parameters)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(KindName(spec), " needs ", AllowedParameters(function), ", not ", parameters));
}

}  // namespace

absl::StatusOr<TestFunction> FindFunction(const FunctionSpec& spec) {
  const std::string name = KindName(spec);
  if (name.empty()) return absl::InvalidArgumentError("no function is chosen");
  absl::StatusOr<TestFunction> function = Registry<TestFunction>::Global().Find(name);
  if (!function.ok()) return absl::InvalidArgumentError(function.status().message());
  return function;
}

std::vector<std::string> MetricNames(const TestFunction& function) {
  if (function.values == 1) return {"value"};
  std::vector<std::string> names;
  for (int i = 1; i <= function.values; ++i) names.push_back(absl::StrCat("value_", i));
  return names;
}

absl::Status CheckParameterCount(const FunctionSpec& spec, int parameters) {
  ASSIGN_OR_RETURN(const TestFunction function, FindFunction(spec));
  return CheckParameterCount(spec, function, static_cast<size_t>(parameters));
}

absl::StatusOr<std::vector<double>> EvaluateFunction(const FunctionSpec& spec, absl::Span<const double> x) {
  ASSIGN_OR_RETURN(const TestFunction function, FindFunction(spec));
  RETURN_IF_ERROR(CheckParameterCount(spec, function, x.size()));
  std::vector<double> moved(x.begin(), x.end());
  for (double& coordinate : moved) coordinate -= spec.shift();
  return function.evaluate(spec, moved);
}

absl::StatusOr<std::optional<TestFunction::Optimum>> FindOptimum(const FunctionSpec& spec, int parameters) {
  ASSIGN_OR_RETURN(const TestFunction function, FindFunction(spec));
  RETURN_IF_ERROR(CheckParameterCount(spec, function, static_cast<size_t>(parameters)));
  std::optional<TestFunction::Optimum> optimum = function.optimum(spec, parameters);
  if (optimum.has_value()) {
    for (double& coordinate : optimum->x) coordinate += spec.shift();
  }
  return optimum;
}

}  // namespace parzen
