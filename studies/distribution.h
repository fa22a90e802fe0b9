// What values one parameter can take, exactly as Optuna understands and stores it (facts: Optuna's distribution_json).
//
// A value has two forms. The internal form is one double: floats as they are, whole numbers as doubles, a category as
// its index. The external form is the JSON value that users see. Threads: immutable.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

struct FloatDistribution {
  double low = 0;
  double high = 0;
  bool log = false;
  std::optional<double> step;  // never with log
  bool operator==(const FloatDistribution&) const = default;
};

struct IntDistribution {
  int64_t low = 0;
  int64_t high = 0;
  bool log = false;
  int64_t step = 1;  // 1 with log
  bool operator==(const IntDistribution&) const = default;
};

// null, true/false, whole number, number, text.
using Choice = std::variant<std::monostate, bool, int64_t, double, std::string>;

struct CategoricalDistribution {
  std::vector<Choice> choices;
  bool operator==(const CategoricalDistribution&) const = default;
};

using Distribution = std::variant<FloatDistribution, IntDistribution, CategoricalDistribution>;

// Optuna's spelling to the byte: {"name": "FloatDistribution", "attributes": {"step": null, "low": -10.0, ...}}.
std::string DistributionToJson(const Distribution& distribution);

// Reads what Optuna 3.2 to 5 writes, in any key order, with omitted step and log and the legacy names.
// InvalidArgument says what is wrong with the text.
absl::StatusOr<Distribution> DistributionFromJson(absl::string_view json);

// The external form. Requires: `internal` is a value of the distribution (Contains).
Choice ExternalValue(const Distribution& distribution, double internal);

// The external form as JSON, spelt as Python's json.dumps does ("0.1", "1e-05", "3", "\"rbf\"", "null").
// Requires: `internal` is a value of the distribution (Contains).
std::string ValueToJson(const Distribution& distribution, double internal);

// The reverse; InvalidArgument when the text is not JSON or not a value of the distribution.
absl::StatusOr<double> ValueFromJson(const Distribution& distribution, absl::string_view json);

// Whether `internal` is one of the distribution's values (a step's rounding error of 1e-8 relative is forgiven).
bool Contains(const Distribution& distribution, double internal);

// How many values there are; nullopt for a float range without step.
std::optional<int64_t> CountValues(const Distribution& distribution);

// The value nearest to `internal` that the distribution contains: clipped to the range, and on the grid of its step.
double NearestValue(const Distribution& distribution, double internal);

// A double as Python's json.dumps writes it, NaN and Infinity included.
std::string JsonNumber(double value);

// A number for people: like JsonNumber, but a whole number has no ".0".
std::string PlainNumber(double value);

// A string as Python's json.dumps writes it: quoted, with everything but ASCII as \uXXXX. Invalid UTF-8 becomes U+FFFD.
std::string JsonString(absl::string_view text);

}  // namespace parzen
