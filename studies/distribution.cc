#include "studies/distribution.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/distribution_json.h"

namespace parzen {
namespace {

// What a step's rounding may be off, as a share of the step (the tolerance Optuna uses).
constexpr double kStepTolerance = 1e-8;

// A decimal step that is no binary fraction leaves dust behind (3 * 0.1 = 0.30000000000000004). 15 digits hold every
// decimal that a person writes; the guard keeps values whose own digits reach further.
double WithoutDust(double value, double step) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value, std::chars_format::general, 15);
  double rounded = value;
  if (error == std::errc()) std::from_chars(text, end, rounded);
  return std::abs(rounded - value) <= 1e-9 * step ? rounded : value;
}

// Index of the last value of a stepped range.
double LastStep(const FloatDistribution& range) {
  const double steps = (range.high - range.low) / *range.step;
  return std::floor(steps * (1 + 1e-15) + kStepTolerance);
}

double ValueAtStep(const FloatDistribution& range, double index) {
  if (index <= 0) return range.low;
  return std::min(WithoutDust(range.low + index * *range.step, *range.step), range.high);
}

uint64_t LastStep(const IntDistribution& range) {
  return (static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low)) / static_cast<uint64_t>(range.step);
}

// The whole number that a double holds, kept within int64.
int64_t ToInt64(double value) {
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (value >= kTwoTo63) return std::numeric_limits<int64_t>::max();
  if (value < -kTwoTo63) return std::numeric_limits<int64_t>::min();
  return static_cast<int64_t>(value);
}

bool ContainsValue(const FloatDistribution& range, double value) {
  if (!range.step.has_value()) return value >= range.low && value <= range.high;
  const double steps = (value - range.low) / *range.step;
  const double index = std::round(steps);
  if (index < 0 || index > LastStep(range)) return false;
  // With many steps the dust of a step's own value may be more than is forgiven.
  return std::abs(steps - index) < kStepTolerance || value == ValueAtStep(range, index);
}

bool ContainsValue(const IntDistribution& range, double value) {
  if (std::trunc(value) != value) return false;
  const int64_t whole = ToInt64(value);
  if (static_cast<double>(whole) != value || whole < range.low || whole > range.high) return false;
  return (static_cast<uint64_t>(whole) - static_cast<uint64_t>(range.low)) % static_cast<uint64_t>(range.step) == 0;
}

bool ContainsValue(const CategoricalDistribution& categories, double value) {
  return std::trunc(value) == value && value >= 0 && value < static_cast<double>(categories.choices.size());
}

double Nearest(const FloatDistribution& range, double value) {
  const double clipped = std::clamp(value, range.low, range.high);
  if (!range.step.has_value()) return clipped;
  return ValueAtStep(range, std::min(std::round((clipped - range.low) / *range.step), LastStep(range)));
}

double Nearest(const IntDistribution& range, double value) {
  const uint64_t last = LastStep(range);
  const double step = static_cast<double>(range.step);
  const double index = std::floor((value - static_cast<double>(range.low)) / step + 0.5);
  if (index <= 0) return static_cast<double>(range.low);
  const uint64_t whole_index = index >= static_cast<double>(last) ? last : static_cast<uint64_t>(index);
  const uint64_t nearest = static_cast<uint64_t>(range.low) + whole_index * static_cast<uint64_t>(range.step);
  return static_cast<double>(static_cast<int64_t>(nearest));
}

double Nearest(const CategoricalDistribution& categories, double value) {
  return std::clamp(std::round(value), 0.0, static_cast<double>(categories.choices.size()) - 1);
}

double LowestValue(const Distribution& distribution) {
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) return range->low;
  if (const auto* range = std::get_if<IntDistribution>(&distribution)) return static_cast<double>(range->low);
  return 0;
}

// Equal as Python sees it, except that true is not 1; NaN is itself.
bool SameChoice(const Choice& a, const Choice& b) {
  const auto number = [](const Choice& choice) -> std::optional<double> {
    if (const auto* whole = std::get_if<int64_t>(&choice)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&choice)) return *real;
    return std::nullopt;
  };
  if (a == b) return true;
  const std::optional<double> x = number(a), y = number(b);
  return x.has_value() && y.has_value() && (*x == *y || (std::isnan(*x) && std::isnan(*y)));
}

// The internal form of an external value; nullopt when it is of the wrong kind or none of the choices.
std::optional<double> InternalForm(const Distribution& distribution, const Choice& external) {
  if (const auto* categories = std::get_if<CategoricalDistribution>(&distribution)) {
    const auto it = std::find_if(categories->choices.begin(), categories->choices.end(),
                                 [&external](const Choice& choice) { return SameChoice(choice, external); });
    if (it == categories->choices.end()) return std::nullopt;
    return static_cast<double>(it - categories->choices.begin());
  }
  if (const auto* whole = std::get_if<int64_t>(&external)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&external)) return *real;
  return std::nullopt;
}

}  // namespace

std::string DescribeValues(const Distribution& distribution) {
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) {
    return absl::StrCat(PlainNumber(range->low), " to ", PlainNumber(range->high),
                        range->step.has_value() ? absl::StrCat(" in steps of ", PlainNumber(*range->step)) : "",
                        range->log ? ", log" : "");
  }
  if (const auto* range = std::get_if<IntDistribution>(&distribution)) {
    return absl::StrCat("whole numbers ", range->low, " to ", range->high,
                        range->step != 1 ? absl::StrCat(" in steps of ", range->step) : "", range->log ? ", log" : "");
  }
  const std::vector<Choice>& choices = std::get<CategoricalDistribution>(distribution).choices;
  constexpr size_t kShown = 10;
  std::vector<std::string> shown;
  for (size_t i = 0; i < std::min(choices.size(), kShown); ++i) shown.push_back(ChoiceToJson(choices[i]));
  if (choices.size() > kShown) shown.push_back("...");
  return absl::StrCat("one of ", absl::StrJoin(shown, ", "));
}

Choice ExternalValue(const Distribution& distribution, double internal) {
  if (std::holds_alternative<FloatDistribution>(distribution)) return internal;
  if (std::holds_alternative<IntDistribution>(distribution)) return ToInt64(internal);
  const std::vector<Choice>& choices = std::get<CategoricalDistribution>(distribution).choices;
  if (choices.empty()) return std::monostate();
  return choices[static_cast<size_t>(NearestValue(distribution, internal))];
}

std::string ValueToJson(const Distribution& distribution, double internal) {
  return ChoiceToJson(ExternalValue(distribution, internal));
}

absl::StatusOr<double> ValueFromJson(const Distribution& distribution, absl::string_view json) {
  ASSIGN_OR_RETURN(const Choice external, ChoiceFromJson(json));
  const std::optional<double> internal = InternalForm(distribution, external);
  if (!internal.has_value() || !Contains(distribution, *internal)) {
    return absl::InvalidArgumentError(
        absl::StrCat(ChoiceToJson(external), " is not a value of the parameter: ", DescribeValues(distribution)));
  }
  return *internal;
}

bool Contains(const Distribution& distribution, double internal) {
  if (!std::isfinite(internal)) return false;
  return std::visit([internal](const auto& kind) { return ContainsValue(kind, internal); }, distribution);
}

std::optional<int64_t> CountValues(const Distribution& distribution) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  if (const auto* range = std::get_if<FloatDistribution>(&distribution)) {
    if (!range->step.has_value()) return std::nullopt;
    return ToInt64(LastStep(*range) + 1);
  }
  if (const auto* range = std::get_if<IntDistribution>(&distribution)) {
    const uint64_t last = LastStep(*range);
    return last >= static_cast<uint64_t>(kMost) ? kMost : static_cast<int64_t>(last) + 1;
  }
  return static_cast<int64_t>(std::get<CategoricalDistribution>(distribution).choices.size());
}

double NearestValue(const Distribution& distribution, double internal) {
  if (std::isnan(internal)) return LowestValue(distribution);
  return std::visit([internal](const auto& kind) { return Nearest(kind, internal); }, distribution);
}

std::string JsonNumber(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char scientific[64];
  const auto [end, error] =
      std::to_chars(scientific, scientific + sizeof(scientific), value, std::chars_format::scientific);
  const absl::string_view all(scientific, static_cast<size_t>(end - scientific));
  const size_t e = all.find('e');
  int exponent = 0;
  absl::string_view exponent_text = all.substr(e + 1);
  if (exponent_text.front() == '+') exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  // Python changes to an exponent below 1e-4 and from 1e16 on, and always shows that the number is a float.
  if (error != std::errc() || exponent < -4 || exponent >= 16) return std::string(all);
  char fixed[64];
  const auto [fixed_end, fixed_error] = std::to_chars(fixed, fixed + sizeof(fixed), value, std::chars_format::fixed);
  std::string text(fixed, fixed_error == std::errc() ? fixed_end : fixed);
  if (text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string PlainNumber(double value) {
  std::string text = JsonNumber(value);
  if (text.size() > 2 && text.compare(text.size() - 2, 2, ".0") == 0) text.resize(text.size() - 2);
  return text;
}

std::string JsonString(absl::string_view text) {
  return nlohmann::json(std::string(text)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

}  // namespace parzen
