#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "studies/distribution_json.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

// Larger whole numbers are not all doubles, which is what values are stored as.
constexpr int64_t kLargestWhole = int64_t{1} << 53;

// Whether the field takes both ends; a complaint that both ends share concerns the range.
bool CheckEnds(const FieldPath& path, const Distribution& low, const Distribution& high, const std::string& at,
               ProblemList& problems) {
  const absl::Status low_status = path.CheckDistribution(low), high_status = path.CheckDistribution(high);
  if (!low_status.ok() && low_status == high_status) {
    problems.Add(at, low_status.message());
  } else {
    if (!low_status.ok()) problems.Add(absl::StrCat(at, ".low"), low_status.message());
    if (!high_status.ok()) problems.Add(absl::StrCat(at, ".high"), high_status.message());
  }
  return low_status.ok() && high_status.ok();
}

// Everything about a float range that can be said without the field it sets.
bool IsSound(const FloatRange& range, const std::string& at, ProblemList& problems) {
  bool sound = range.has_low() && range.has_high();  // CheckRules says what is missing
  const auto refuse = [&](absl::string_view field, absl::string_view what) {
    problems.Add(absl::StrCat(at, ".", field), what);
    sound = false;
  };
  if (!std::isfinite(range.low()) || !std::isfinite(range.high()) || !std::isfinite(range.step())) return false;
  if (sound && range.low() > range.high()) {
    refuse("low", absl::StrCat("must not be larger than high, ", PlainNumber(range.high()), ", is ",
                               PlainNumber(range.low())));
  }
  if (sound && !std::isfinite(range.high() - range.low())) refuse("high", "is too far from low to be searched");
  if (range.log() && range.has_low() && range.low() <= 0) {
    refuse("low", absl::StrCat("must be > 0 when log is set, is ", PlainNumber(range.low())));
  }
  if (range.log() && range.has_step()) refuse("step", "and log exclude each other; leave one out");
  if (range.has_step() && range.step() <= 0) sound = false;
  constexpr double kMostSteps = 1e12;  // finer than this, a double no longer tells the steps apart reliably
  if (sound && range.has_step() && (range.high() - range.low()) / range.step() > kMostSteps) {
    refuse("step", "is too small for the range; leave it out for a range without steps");
  }
  return sound;
}

bool IsSound(const IntRange& range, const std::string& at, ProblemList& problems) {
  bool sound = range.has_low() && range.has_high();
  const auto refuse = [&](absl::string_view field, absl::string_view what) {
    problems.Add(absl::StrCat(at, ".", field), what);
    sound = false;
  };
  if (std::abs(static_cast<double>(range.low())) > kLargestWhole) {
    refuse("low", absl::StrCat("must be within +-", kLargestWhole, ", is ", range.low()));
  }
  if (std::abs(static_cast<double>(range.high())) > kLargestWhole) {
    refuse("high", absl::StrCat("must be within +-", kLargestWhole, ", is ", range.high()));
  }
  if (sound && range.low() > range.high()) {
    refuse("low", absl::StrCat("must not be larger than high, ", range.high(), ", is ", range.low()));
  }
  if (range.log() && range.has_low() && range.low() < 1) {
    refuse("low", absl::StrCat("must be at least 1 when log is set, is ", range.low()));
  }
  if (range.log() && range.step() != 1) {
    refuse("step", absl::StrCat("must be 1 when log is set, is ", range.step(), "; leave one of them out"));
  }
  return sound && range.step() >= 1;
}

std::optional<Distribution> Compile(const FloatRange& range, const std::optional<FieldPath>& path,
                                    const std::string& at, ProblemList& problems) {
  if (!IsSound(range, at, problems)) return std::nullopt;
  FloatDistribution result{range.low(), range.high(), range.log(), std::nullopt};
  if (range.has_step()) result.step = range.step();
  result.high = NearestValue(result, result.high);
  const FloatDistribution low{result.low, result.low, false, std::nullopt}, high{result.high, result.high, false, {}};
  if (path.has_value() && !CheckEnds(*path, low, high, at, problems)) return std::nullopt;
  return result;
}

std::optional<Distribution> Compile(const IntRange& range, const std::optional<FieldPath>& path, const std::string& at,
                                    ProblemList& problems) {
  if (!IsSound(range, at, problems)) return std::nullopt;
  IntDistribution result{range.low(), range.high(), range.log(), range.step()};
  result.high -= (result.high - result.low) % result.step;
  const IntDistribution low{result.low, result.low, false, 1}, high{result.high, result.high, false, 1};
  if (path.has_value() && !CheckEnds(*path, low, high, at, problems)) return std::nullopt;
  return result;
}

std::optional<Distribution> Compile(const Categorical& categorical, const std::optional<FieldPath>& path,
                                    const std::string& at, ProblemList& problems) {
  const int size = categorical.choice_size();
  if (size > kMaxChoices) {
    problems.Add(at, absl::StrCat("has ", size, " choices; at most ", kMaxChoices, " are possible"));
    return std::nullopt;
  }
  bool sound = size > 0;
  CategoricalDistribution result;
  std::map<std::string, int> first_with;  // choices are equal when the field would get equal values
  for (int i = 0; i < size && !problems.full(); ++i) {
    const std::string& text = categorical.choice(i);
    const absl::StatusOr<Choice> choice = ParseChoice(path, text);
    const std::string choice_at = absl::StrCat(at, ".choice[", i, "]");
    if (!choice.ok()) {
      problems.Add(choice_at, choice.status().message());
      sound = false;
      continue;
    }
    const auto [first, is_new] = first_with.emplace(ChoiceToJson(*choice), i);
    if (!is_new) {
      problems.Add(choice_at, absl::StrCat("is ", Quoted(text), " again; choice[", first->second, "] has that value"));
      sound = false;
    }
    result.choices.push_back(*choice);
  }
  if (!sound || problems.full()) return std::nullopt;
  return result;
}

}  // namespace

absl::StatusOr<Choice> ParseChoice(const std::optional<FieldPath>& path, const std::string& text) {
  if (path.has_value()) return path->ParseChoice(text);
  const absl::StatusOr<Choice> scalar = ChoiceFromJson(text);
  const auto* const number = scalar.ok() ? std::get_if<double>(&*scalar) : nullptr;
  const bool is_quoted = scalar.ok() && std::holds_alternative<std::string>(*scalar);
  if (!scalar.ok() || is_quoted || (number != nullptr && !std::isfinite(*number))) return Choice(text);
  return *scalar;
}

std::optional<Distribution> CompileDomain(const ParameterSpec& spec, const std::optional<FieldPath>& path,
                                          const std::string& at, ProblemList& problems) {
  switch (spec.domain_case()) {
    case ParameterSpec::kFloat:
      return Compile(spec.float_(), path, absl::StrCat(at, ".float"), problems);
    case ParameterSpec::kInt:
      return Compile(spec.int_(), path, absl::StrCat(at, ".int"), problems);
    case ParameterSpec::kCategorical:
      return Compile(spec.categorical(), path, absl::StrCat(at, ".categorical"), problems);
    case ParameterSpec::DOMAIN_NOT_SET:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace parzen
