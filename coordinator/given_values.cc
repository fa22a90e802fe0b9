#include "coordinator/given_values.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/message_bounds.h"
#include "nlohmann/json.hpp"
#include "studies/distribution_json.h"
#include "studies/problem.h"
#include "studies/search_space.h"
#include "studies/space_compiler.h"
#include "studies/store/stored_params.h"

namespace parzen {
namespace {

using Json = nlohmann::json;
using FixedValues = google::protobuf::RepeatedPtrField<FixedValue>;

constexpr size_t kMaxValueBytes = 64 << 10;
constexpr size_t kMaxNames = 1000;  // that an error looks through for the one that was meant

absl::Status CheckShape(const FixedValues& set) {
  if (set.size() > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat(set.size(), " values are given; a trial has at most ", kMaxParameters));
  }
  std::set<std::string> names;
  for (const FixedValue& given : set) {
    const std::string& name = given.parameter();
    if (name.empty() || name.size() > kMaxNameBytes || given.value().size() > kMaxValueBytes) {
      return absl::InvalidArgumentError(absl::StrCat("a value is given as NAME=VALUE, the name 1 to ", kMaxNameBytes,
                                                     " bytes, the value at most ", kMaxValueBytes));
    }
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat(Quoted(name), " is given twice"));
    }
  }
  return absl::OkStatus();
}

// "kernel is one of RBF", for the conditions that keep a parameter out.
std::string DescribeTest(const SearchSpace& space, const ActivationTest& test) {
  const std::string& name = space.name(test.parameter);
  if (test.any_of.empty()) return absl::StrCat(Quoted(name), " is at least ", PlainNumber(test.at_least));
  std::string values;
  for (const double value : test.any_of) {
    absl::StrAppend(&values, values.empty() ? "" : " or ", space.ToJson(test.parameter, value));
  }
  return absl::StrCat(Quoted(name), " is ", values);
}

// Whether the given values leave every given parameter a chance to exist.
absl::Status CheckConditions(const SearchSpace& space, const Point& given) {
  std::vector<bool> impossible(space.size(), false);
  for (const size_t i : space.activation_order()) {
    for (const ActivationTest& test : space.conditions(i)) {
      const std::optional<double>& value = given[test.parameter];
      if (!impossible[test.parameter] && (!value.has_value() || test.Passes(*value))) continue;
      impossible[i] = true;
      if (!given[i].has_value()) break;
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(space.name(i)), " exists only where ", DescribeTest(space, test), "; leave it out"));
    }
  }
  return absl::OkStatus();
}

// Read just as the study file's search.enqueue is.
absl::StatusOr<std::vector<GivenValue>> ReadBySpace(const StudySpec& spec, const FixedValues& set) {
  StudySpec with_point = spec;
  with_point.mutable_search()->clear_enqueue();
  *with_point.mutable_search()->add_enqueue()->mutable_set() = set;
  ProblemList problems;
  const CompiledSpace compiled = CompileSpace(with_point, problems);
  if (!problems.problems().empty()) return absl::InvalidArgumentError(problems.problems()[0].what);
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(spec));
  const Point& point = compiled.enqueued[0];
  Point known = point;
  for (size_t i = 0; i < known.size(); ++i) {
    if (!known[i].has_value()) known[i] = compiled.fixed[i];
  }
  std::vector<GivenValue> values;
  for (const FixedValue& given : set) {
    const size_t i = *space.Find(given.parameter());
    values.push_back({given.parameter(), space.ToJson(i, *point[i]), point[i]});
  }
  RETURN_IF_ERROR(CheckConditions(space, known));
  return values;
}

// What the last trial that had the parameter says it can be; nullopt when no trial had it.
absl::StatusOr<std::optional<Distribution>> LastDistribution(Store& store, int64_t study_id, const std::string& name) {
  ASSIGN_OR_RETURN(Statement & query,
                   store.database().Prepare("SELECT p.distribution_json FROM trials t JOIN trial_params p "
                                            "ON p.trial_id = t.trial_id WHERE t.study_id = ? AND p.param_name = ? "
                                            "ORDER BY t.trial_id DESC LIMIT 1"));
  std::optional<std::string> json;
  RETURN_IF_ERROR(query.BindInt(1, study_id).BindText(2, name).ForEach([&] {
    json = query.Text(0);
    return absl::OkStatus();
  }));
  if (!json.has_value()) return std::optional<Distribution>();
  ASSIGN_OR_RETURN(Distribution distribution, DistributionFromJson(*json));
  return std::optional<Distribution>(std::move(distribution));
}

absl::StatusOr<std::vector<std::string>> ParameterNames(Store& store, int64_t study_id) {
  ASSIGN_OR_RETURN(Statement & query, store.database().Prepare(absl::StrCat(
                                          "SELECT DISTINCT p.param_name FROM trials t JOIN trial_params p ON "
                                          "p.trial_id = t.trial_id WHERE t.study_id = ? LIMIT ",
                                          kMaxNames)));
  std::vector<std::string> names;
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&] {
    names.push_back(query.Text(0));
    return absl::OkStatus();
  }));
  return names;
}

absl::StatusOr<GivenValue> ReadByDistribution(const Distribution& distribution, const FixedValue& given) {
  ASSIGN_OR_RETURN(const Choice choice, ParseChoice(std::nullopt, given.value()));
  absl::StatusOr<double> internal = ValueFromJson(distribution, ChoiceToJson(choice));
  // "1" may mean the number or the text.
  if (!internal.ok()) {
    const absl::StatusOr<double> as_text = ValueFromJson(distribution, JsonString(given.value()));
    if (as_text.ok()) internal = as_text;
  }
  if (!internal.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(Quoted(given.parameter()), ": ", internal.status().message()));
  }
  return GivenValue{given.parameter(), ValueToJson(distribution, *internal), *internal};
}

absl::StatusOr<std::vector<GivenValue>> ReadByTrials(Store& store, int64_t study_id, const FixedValues& set) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, ParameterNames(store, study_id));
  std::vector<GivenValue> values;
  for (const FixedValue& given : set) {
    ASSIGN_OR_RETURN(const std::optional<Distribution> distribution,
                     LastDistribution(store, study_id, given.parameter()));
    if (distribution.has_value()) {
      ASSIGN_OR_RETURN(GivenValue value, ReadByDistribution(*distribution, given));
      values.push_back(std::move(value));
    } else if (names.empty()) {
      ASSIGN_OR_RETURN(const Choice choice, ParseChoice(std::nullopt, given.value()));
      values.push_back({given.parameter(), ChoiceToJson(choice), std::nullopt});
    } else {
      return absl::InvalidArgumentError(absl::StrCat(
          "no trial of the study has a parameter ", Quoted(given.parameter()), SuggestAmong(given.parameter(), names)));
    }
  }
  return values;
}

bool SameNumber(double a, double b) {
  constexpr double kRelative = 1e-9;  // what is written with fewer digits is meant to be the same
  return a == b || std::abs(a - b) <= kRelative * std::max(std::abs(a), std::abs(b));
}

bool SameJson(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return SameNumber(a.get<double>(), b.get<double>());
  return a == b;
}

bool SameParameters(const std::map<std::string, double>& stored, const std::vector<GivenValue>& values) {
  return stored.size() == values.size() && std::all_of(values.begin(), values.end(), [&](const GivenValue& value) {
           const auto it = stored.find(value.parameter);
           return it != stored.end() && value.internal.has_value() && SameNumber(it->second, *value.internal);
         });
}

// The oldest of the trials that were enqueued.
absl::StatusOr<std::optional<int64_t>> FindEnqueued(Store& store, int64_t study_id,
                                                    const std::vector<GivenValue>& values) {
  ASSIGN_OR_RETURN(Statement & query,
                   store.database().Prepare("SELECT t.number, a.value_json FROM trials t JOIN trial_system_attributes "
                                            "a ON a.trial_id = t.trial_id AND a.\"key\" = ?2 WHERE t.study_id = ?1 "
                                            "AND t.number IS NOT NULL ORDER BY t.number"));
  std::optional<int64_t> found;
  RETURN_IF_ERROR(query.BindInt(1, study_id).BindText(2, kFixedParamsKey).ForEach([&] {
    if (!found.has_value() && SameFixedParams(query.Text(1), values)) found = query.Int(0);
    return absl::OkStatus();
  }));
  return found;
}

// The oldest of the trials that were not enqueued; the first value keeps nearly all others from being looked at.
absl::StatusOr<std::optional<int64_t>> FindSuggested(Store& store, int64_t study_id,
                                                     const std::vector<GivenValue>& values) {
  std::optional<int64_t> found;
  if (values.empty() || !values[0].internal.has_value()) return found;
  ASSIGN_OR_RETURN(Statement & query,
                   store.database().Prepare(
                       "SELECT t.number, p.param_name, p.param_value FROM trials t "
                       "JOIN trial_params first ON first.trial_id = t.trial_id AND first.param_name = ?2 "
                       "JOIN trial_params p ON p.trial_id = t.trial_id WHERE t.study_id = ?1 "
                       "AND abs(first.param_value - ?3) <= abs(?3) * 1e-9 AND t.number IS NOT NULL AND NOT EXISTS "
                       "(SELECT 1 FROM trial_system_attributes a WHERE a.trial_id = t.trial_id AND a.\"key\" = ?4) "
                       "ORDER BY t.number"));
  std::map<int64_t, std::map<std::string, double>> points;
  query.BindInt(1, study_id).BindText(2, values[0].parameter).BindDouble(3, *values[0].internal);
  RETURN_IF_ERROR(query.BindText(4, kFixedParamsKey).ForEach([&] {
    points[query.Int(0)][query.Text(1)] = query.Double(2);
    return absl::OkStatus();
  }));
  for (const auto& [number, point] : points) {
    if (SameParameters(point, values)) return std::optional<int64_t>(number);
  }
  return found;
}

}  // namespace

absl::StatusOr<std::vector<GivenValue>> ReadGivenValues(Store& store, const StoredStudy& study,
                                                        const FixedValues& set) {
  RETURN_IF_ERROR(CheckShape(set));
  return study.spec.has_value() ? ReadBySpace(*study.spec, set) : ReadByTrials(store, study.study_id, set);
}

bool SameFixedParams(const std::string& stored, const std::vector<GivenValue>& values) {
  const Json object = Json::parse(stored, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object() || object.size() != values.size()) return false;
  return std::all_of(values.begin(), values.end(), [&](const GivenValue& value) {
    const auto it = object.find(value.parameter);
    return it != object.end() && SameJson(*it, Json::parse(value.json, nullptr, /*allow_exceptions=*/false));
  });
}

std::string ToFixedParams(const std::vector<GivenValue>& values) {
  std::string json;
  for (const GivenValue& value : values) {
    absl::StrAppend(&json, json.empty() ? "" : ", ", JsonString(value.parameter), ": ", value.json);
  }
  return absl::StrCat("{", json, "}");
}

absl::StatusOr<std::optional<int64_t>> FindTrialWith(Store& store, int64_t study_id,
                                                     const std::vector<GivenValue>& values) {
  ASSIGN_OR_RETURN(const std::optional<int64_t> enqueued, FindEnqueued(store, study_id, values));
  ASSIGN_OR_RETURN(const std::optional<int64_t> suggested, FindSuggested(store, study_id, values));
  if (!enqueued.has_value() || !suggested.has_value()) return enqueued.has_value() ? enqueued : suggested;
  return std::min(*enqueued, *suggested);
}

}  // namespace parzen
