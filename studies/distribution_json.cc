#include "studies/distribution_json.h"

#include <cmath>
#include <functional>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using Json = nlohmann::json;

// How much of a text an error shows.
constexpr size_t kShownBytes = 80;

std::string Shown(absl::string_view text) {
  return text.size() <= kShownBytes ? std::string(text) : absl::StrCat(text.substr(0, kShownBytes), "...");
}

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

// Python writes NaN, Infinity and -Infinity, which are not JSON. An object is no value of a parameter, so {"float":
// "..."} can stand for them without being mistaken for anything else.
constexpr char kSpecialKey[] = "float";

std::string WithoutPythonLiterals(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_string) {
      const bool is_escape = text[i] == '\\' && i + 1 < text.size();
      if (is_escape) out += text[i++];
      if (!is_escape && text[i] == '"') in_string = false;
      out += text[i];
      continue;
    }
    const absl::string_view rest = text.substr(i);
    bool replaced = false;
    for (absl::string_view literal : {"NaN", "-Infinity", "Infinity"}) {
      if (!absl::StartsWith(rest, literal)) continue;
      absl::StrAppend(&out, "{\"", kSpecialKey, "\":\"", literal, "\"}");
      i += literal.size() - 1;
      replaced = true;
      break;
    }
    if (replaced) continue;
    in_string = text[i] == '"';
    out += text[i];
  }
  return out;
}

absl::StatusOr<Json> Parse(absl::string_view text) {
  if (text.size() > kMaxDistributionJsonBytes) {
    return Wrong(absl::StrCat("JSON of ", text.size(), " bytes; at most ", kMaxDistributionJsonBytes, " are read"));
  }
  Json json = Json::parse(WithoutPythonLiterals(text), nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return Wrong(absl::StrCat("not JSON: ", Shown(text)));
  return json;
}

// What an error calls a JSON value. Lists and objects are not shown: to print them would recurse as deep as they nest.
std::string Describe(const Json& json) {
  if (json.is_array()) return "a list";
  if (json.is_object()) return "an object";
  return Shown(json.dump(-1, ' ', true, Json::error_handler_t::replace));
}

absl::StatusOr<Choice> ToChoice(const Json& json) {
  switch (json.type()) {
    case Json::value_t::null:
      return Choice(std::monostate());
    case Json::value_t::boolean:
      return Choice(json.get<bool>());
    case Json::value_t::number_integer:
      return Choice(json.get<int64_t>());
    case Json::value_t::number_unsigned:
      if (json.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return Choice(json.get<int64_t>());
      }
      return Choice(static_cast<double>(json.get<uint64_t>()));
    case Json::value_t::number_float:
      return Choice(json.get<double>());
    case Json::value_t::string:
      return Choice(json.get<std::string>());
    case Json::value_t::object:
      if (json.size() == 1 && json.contains(kSpecialKey) && json[kSpecialKey].is_string()) {
        const std::string literal = json[kSpecialKey].get<std::string>();
        if (literal == "NaN") return Choice(std::numeric_limits<double>::quiet_NaN());
        if (literal == "Infinity") return Choice(std::numeric_limits<double>::infinity());
        if (literal == "-Infinity") return Choice(-std::numeric_limits<double>::infinity());
      }
      break;
    default:
      break;
  }
  return Wrong(absl::StrCat("a value is null, true, false, a number or a text, not ", Describe(json)));
}

// Reads the attributes of one distribution; every error names the attribute.
class Attributes {
 public:
  Attributes(std::string kind, const Json& json) : kind_(std::move(kind)), json_(json) {}

  bool Has(const char* name) const { return json_.contains(name) && !json_[name].is_null(); }

  absl::StatusOr<double> Number(const char* name) const {
    ASSIGN_OR_RETURN(const Choice value, Value(name));
    if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
    if (const auto* real = std::get_if<double>(&value); real != nullptr && std::isfinite(*real)) return *real;
    return Wrong(absl::StrCat(kind_, ": \"", name, "\" must be a finite number, is ", ChoiceToJson(value)));
  }

  absl::StatusOr<int64_t> Whole(const char* name) const {
    ASSIGN_OR_RETURN(const Choice value, Value(name));
    if (const auto* whole = std::get_if<int64_t>(&value)) return *whole;
    return Wrong(absl::StrCat(kind_, ": \"", name, "\" must be a whole number, is ", ChoiceToJson(value)));
  }

  // False when absent.
  absl::StatusOr<bool> Flag(const char* name) const {
    if (!Has(name)) return false;
    if (json_[name].is_boolean()) return json_[name].get<bool>();
    return Wrong(absl::StrCat(kind_, ": \"", name, "\" must be true or false, is ", Describe(json_[name])));
  }

  absl::StatusOr<std::vector<Choice>> Choices() const {
    if (!Has("choices") || !json_["choices"].is_array() || json_["choices"].empty()) {
      return Wrong(absl::StrCat(kind_, ": \"choices\" must be a list with at least one value"));
    }
    std::vector<Choice> choices;
    choices.reserve(json_["choices"].size());
    for (const Json& item : json_["choices"]) {
      ASSIGN_OR_RETURN(Choice choice, ToChoice(item));
      choices.push_back(std::move(choice));
    }
    return choices;
  }

  absl::Status Refuse(absl::string_view what) const { return Wrong(absl::StrCat(kind_, ": ", what)); }

 private:
  absl::StatusOr<Choice> Value(const char* name) const {
    if (!Has(name)) return Wrong(absl::StrCat(kind_, ": \"", name, "\" is missing"));
    return ToChoice(json_[name]);
  }

  std::string kind_;
  const Json& json_;
};

absl::StatusOr<Distribution> ReadFloat(const Attributes& attributes, bool log, const char* step_name) {
  FloatDistribution range;
  ASSIGN_OR_RETURN(range.low, attributes.Number("low"));
  ASSIGN_OR_RETURN(range.high, attributes.Number("high"));
  range.log = log;
  if (attributes.Has(step_name)) {
    ASSIGN_OR_RETURN(range.step, attributes.Number(step_name));
  }
  if (range.low > range.high) return attributes.Refuse("\"low\" must not be larger than \"high\"");
  if (range.log && range.low <= 0) return attributes.Refuse("\"low\" must be > 0 with \"log\"");
  if (range.log && range.step.has_value()) return attributes.Refuse("\"log\" and \"step\" exclude each other");
  if (range.step.has_value() && *range.step <= 0) return attributes.Refuse("\"step\" must be > 0");
  range.high = NearestValue(range, range.high);
  return range;
}

absl::StatusOr<Distribution> ReadInt(const Attributes& attributes, bool log) {
  IntDistribution range;
  ASSIGN_OR_RETURN(range.low, attributes.Whole("low"));
  ASSIGN_OR_RETURN(range.high, attributes.Whole("high"));
  range.log = log;
  if (attributes.Has("step")) {
    ASSIGN_OR_RETURN(range.step, attributes.Whole("step"));
  }
  if (range.low > range.high) return attributes.Refuse("\"low\" must not be larger than \"high\"");
  if (range.log && range.low < 1) return attributes.Refuse("\"low\" must be at least 1 with \"log\"");
  if (range.step < 1) return attributes.Refuse("\"step\" must be at least 1");
  if (range.log && range.step != 1) return attributes.Refuse("\"step\" must be 1 with \"log\"");
  const uint64_t span = static_cast<uint64_t>(range.high) - static_cast<uint64_t>(range.low);
  range.high = static_cast<int64_t>(static_cast<uint64_t>(range.high) - span % static_cast<uint64_t>(range.step));
  return range;
}

absl::StatusOr<Distribution> ReadNamed(const std::string& name, const Attributes& attributes) {
  if (name == "CategoricalDistribution" || name == "categorical") {
    CategoricalDistribution categories;
    ASSIGN_OR_RETURN(categories.choices, attributes.Choices());
    return categories;
  }
  ASSIGN_OR_RETURN(const bool log, attributes.Flag("log"));
  if (name == "FloatDistribution" || name == "float") return ReadFloat(attributes, log, "step");
  if (name == "IntDistribution" || name == "int") return ReadInt(attributes, log);
  if (name == "UniformDistribution") return ReadFloat(attributes, false, "step");
  if (name == "LogUniformDistribution") return ReadFloat(attributes, true, "step");
  if (name == "DiscreteUniformDistribution") {
    if (!attributes.Has("q")) return attributes.Refuse("\"q\" is missing");
    return ReadFloat(attributes, false, "q");
  }
  if (name == "IntUniformDistribution") return ReadInt(attributes, false);
  if (name == "IntLogUniformDistribution") return ReadInt(attributes, true);
  return Wrong(absl::StrCat("unknown distribution \"", Shown(name), "\"",
                            SuggestName(name, {"FloatDistribution", "IntDistribution", "CategoricalDistribution"})));
}

std::string FlagText(bool flag) { return flag ? "true" : "false"; }

std::string ToJson(const FloatDistribution& range) {
  return absl::StrCat("{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": ",
                      range.step.has_value() ? JsonNumber(*range.step) : "null", ", \"low\": ", JsonNumber(range.low),
                      ", \"high\": ", JsonNumber(range.high), ", \"log\": ", FlagText(range.log), "}}");
}

std::string ToJson(const IntDistribution& range) {
  return absl::StrCat("{\"name\": \"IntDistribution\", \"attributes\": {\"log\": ", FlagText(range.log),
                      ", \"step\": ", range.step, ", \"low\": ", range.low, ", \"high\": ", range.high, "}}");
}

std::string ToJson(const CategoricalDistribution& categories) {
  const auto append = [](std::string* out, const Choice& choice) { out->append(ChoiceToJson(choice)); };
  return absl::StrCat("{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [",
                      absl::StrJoin(categories.choices, ", ", append), "]}}");
}

}  // namespace

std::string ChoiceToJson(const Choice& choice) {
  if (const auto* flag = std::get_if<bool>(&choice)) return FlagText(*flag);
  if (const auto* whole = std::get_if<int64_t>(&choice)) return absl::StrCat(*whole);
  if (const auto* real = std::get_if<double>(&choice)) return JsonNumber(*real);
  if (const auto* text = std::get_if<std::string>(&choice)) return JsonString(*text);
  return "null";
}

absl::StatusOr<Choice> ChoiceFromJson(absl::string_view json) {
  ASSIGN_OR_RETURN(const Json value, Parse(json));
  return ToChoice(value);
}

std::string DistributionToJson(const Distribution& distribution) {
  return std::visit([](const auto& kind) { return ToJson(kind); }, distribution);
}

absl::StatusOr<Distribution> DistributionFromJson(absl::string_view json) {
  ASSIGN_OR_RETURN(const Json object, Parse(json));
  if (!object.is_object()) return Wrong(absl::StrCat("a distribution is a JSON object, not ", Describe(object)));
  // The long form, {"name": ..., "attributes": {...}}, or the short one, {"type": ..., ...}.
  const bool is_long = object.contains("name");
  const char* const name_key = is_long ? "name" : "type";
  if (!object.contains(name_key) || !object[name_key].is_string()) {
    return Wrong("a distribution needs a \"name\", as in {\"name\": \"FloatDistribution\", ...}");
  }
  const std::string name = object[name_key].get<std::string>();
  if (!is_long) return ReadNamed(name, Attributes(name, object));
  if (!object.contains("attributes") || !object["attributes"].is_object()) {
    return Wrong(absl::StrCat(Shown(name), ": \"attributes\" must be an object"));
  }
  return ReadNamed(name, Attributes(name, object["attributes"]));
}

}  // namespace parzen
