#include "worker/objectives/command_answer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "worker/objectives/one_line.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

// JSON knows no NaN and no infinity: they become strings, which NumberOf understands.
std::string WithQuotedNonNumbers(absl::string_view line) {
  constexpr std::array<absl::string_view, 3> kWords = {"-Infinity", "Infinity", "NaN"};
  std::string quoted;
  bool in_string = false;
  while (!line.empty()) {
    size_t bytes = 1;
    if (in_string) {
      if (line[0] == '\\' && line.size() > 1) bytes = 2;
    } else {
      for (const absl::string_view word : kWords) {
        if (!absl::StartsWith(line, word)) continue;
        absl::StrAppend(&quoted, "\"", word, "\"");
        line.remove_prefix(word.size());
        bytes = 0;
        break;
      }
    }
    if (bytes == 0) continue;
    if (line[0] == '"') in_string = !in_string;
    absl::StrAppend(&quoted, line.substr(0, bytes));
    line.remove_prefix(bytes);
  }
  return quoted;
}

std::optional<double> NumberOf(const Json& json) {
  if (json.is_number()) return json.get<double>();
  if (json == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (json == "Infinity") return std::numeric_limits<double>::infinity();
  if (json == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

absl::StatusOr<Answer> ParseStep(const Json& object) {
  const Json& step = object["step"];
  constexpr uint64_t kMaxStep = uint64_t{1} << 40;  // a coordinator takes no more
  if (!step.is_number_integer() || (step.is_number_unsigned() && step.get<uint64_t>() > kMaxStep) ||
      step.get<int64_t>() < 0) {
    return Wrong(absl::StrCat("\"step\" must be a whole number, 0 to ", kMaxStep));
  }
  if (object.size() != 2 || !object.contains("value")) return Wrong("\"step\" goes with \"value\", and nothing else");
  const std::optional<double> value = NumberOf(object["value"]);
  if (!value.has_value()) return Wrong("\"value\" must be a number");
  return StepAnswer{step.get<int64_t>(), *value};
}

// Adds metrics, whose names must be new.
class ResultBuilder {
 public:
  absl::Status Add(const std::string& name, const Json& json) {
    const std::optional<double> value = NumberOf(json);
    if (!value.has_value()) return Wrong(absl::StrCat(QuotedLine(name), " must be a number"));
    if (name.empty() || name.size() > kLongestMetricName || OneLine(name) != name) {
      return Wrong(absl::StrCat("a metric's name must be 1 to ", kLongestMetricName, " bytes of printable text, is ",
                                QuotedLine(name)));
    }
    if (!names_.insert(name).second) return Wrong(absl::StrCat(QuotedLine(name), " is there twice"));
    if (names_.size() > kMaxProgramMetrics)
      return Wrong(absl::StrCat("has more than ", kMaxProgramMetrics, " metrics"));
    MetricValue& metric = *result_.add_metric();
    metric.set_name(name);
    metric.set_value(*value);
    return absl::OkStatus();
  }

  absl::Status AddValues(const Json& values) {
    if (!values.is_array() || values.empty()) return Wrong("\"values\" must be a list of numbers");
    for (size_t i = 0; i < values.size(); ++i) {
      RETURN_IF_ERROR(Add(values.size() == 1 ? "value" : absl::StrCat("value_", i + 1), values[i]));
    }
    return absl::OkStatus();
  }

  absl::Status AddMetrics(const Json& metrics) {
    if (!metrics.is_object()) return Wrong("\"metrics\" must be an object of numbers");
    for (const auto& [name, value] : metrics.items()) RETURN_IF_ERROR(Add(name, value));
    return absl::OkStatus();
  }

  const TrialResult& result() const { return result_; }

 private:
  TrialResult result_;
  std::set<std::string> names_;
};

absl::StatusOr<Answer> ParseObject(const Json& object) {
  constexpr std::array<absl::string_view, 5> kKnown = {"step", "value", "values", "metrics", "error"};
  for (const auto& [name, value] : object.items()) {
    if (std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end()) continue;
    return Wrong(absl::StrCat(QuotedLine(name),
                              " means nothing here; \"step\" and \"value\", \"value\", \"values\", \"metrics\" and "
                              "\"error\" do"));
  }
  if (object.contains("error")) {
    const Json& why = object["error"];
    return ErrorAnswer{OneLine(why.is_string() ? why.get<std::string>() : why.dump())};
  }
  if (object.contains("step")) return ParseStep(object);
  if (object.contains("value") && object.contains("values")) return Wrong("has both \"value\" and \"values\"");
  ResultBuilder builder;
  if (object.contains("value")) RETURN_IF_ERROR(builder.Add("value", object["value"]));
  if (object.contains("values")) RETURN_IF_ERROR(builder.AddValues(object["values"]));
  if (object.contains("metrics")) RETURN_IF_ERROR(builder.AddMetrics(object["metrics"]));
  if (builder.result().metric_size() == 0) return Wrong("has no value");
  return builder.result();
}

}  // namespace

absl::StatusOr<Answer> ParseAnswer(absl::string_view line) {
  const std::string text = WithQuotedNonNumbers(line);
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  absl::StatusOr<Answer> answer =
      json.is_object() ? ParseObject(json) : absl::StatusOr<Answer>(Wrong("is no JSON object"));
  if (answer.ok()) return answer;
  return Wrong(absl::StrCat("wrote ", QuotedLine(line), ": ", answer.status().message()));
}

}  // namespace parzen
