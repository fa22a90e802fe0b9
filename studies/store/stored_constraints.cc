#include "studies/store/stored_constraints.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "studies/distribution_json.h"

namespace parzen {
namespace {

constexpr absl::string_view kList = "constraints";
constexpr absl::string_view kPrefix = "constraints:";

double Number(absl::string_view json) {
  const absl::StatusOr<Choice> value = ChoiceFromJson(json);
  const double* const number = value.ok() ? std::get_if<double>(&*value) : nullptr;
  if (number != nullptr && !std::isnan(*number)) return *number;
  const int64_t* const whole = value.ok() ? std::get_if<int64_t>(&*value) : nullptr;
  return whole != nullptr ? static_cast<double>(*whole) : std::numeric_limits<double>::infinity();
}

MetricValue Named(absl::string_view name, double value) {
  MetricValue constraint;
  constraint.set_name(std::string(name));
  constraint.set_value(value);
  return constraint;
}

}  // namespace

std::string ConstraintKey(absl::string_view name) { return absl::StrCat(kPrefix, name); }

std::vector<MetricValue> ReadConstraints(absl::string_view key, absl::string_view json) {
  if (absl::ConsumePrefix(&key, kPrefix)) return {Named(key, Number(json))};
  if (key != kList) return {};
  // Numbers hold no commas, so that a list of them is easily taken apart; Python's Infinity is no JSON.
  absl::string_view items = absl::StripAsciiWhitespace(json);
  if (!absl::ConsumePrefix(&items, "[") || !absl::ConsumeSuffix(&items, "]")) return {Named("0", Number("null"))};
  std::vector<MetricValue> constraints;
  if (absl::StripAsciiWhitespace(items).empty()) return constraints;
  for (const absl::string_view item : absl::StrSplit(items, ',')) {
    constraints.push_back(Named(absl::StrCat(constraints.size()), Number(item)));
  }
  return constraints;
}

double ViolationOf(double distance) { return std::max(0.0, distance); }

}  // namespace parzen
