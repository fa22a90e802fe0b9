#include "cli/told_trial.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

absl::StatusOr<double> ReadNumber(const std::string& text, absl::string_view where) {
  double number = 0;
  if (absl::SimpleAtod(text, &number)) return number;
  return Wrong(where, absl::StrCat("\"", Printable(text), "\" is no number"));
}

absl::StatusOr<double> ReadNumber(const Json& json, absl::string_view where) {
  if (json.is_number()) return json.get<double>();
  if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
  if (json.is_string()) return ReadNumber(json.get<std::string>(), where);
  return Wrong(where, "a number belongs there");
}

absl::StatusOr<int64_t> ReadStep(const std::string& text, absl::string_view where) {
  int64_t step = 0;
  if (absl::SimpleAtoi(text, &step) && step >= 0) return step;
  return Wrong(where, absl::StrCat("\"", Printable(text), "\" is no step; steps are whole numbers from 0"));
}

absl::Status SetState(const std::string& text, TellTrialRequest& request) {
  ASSIGN_OR_RETURN(const TrialState state, ParseTrialState(absl::AsciiStrToUpper(text)));
  request.set_state(state);
  return absl::OkStatus();
}

// What is meant where no state is given.
void DefaultState(TellTrialRequest& request) {
  if (request.has_state()) return;
  if (request.value_size() > 0) {
    request.set_state(COMPLETE);
  } else if (request.has_reason()) {
    request.set_state(FAIL);
  }
}

absl::Status ReadValues(const Json& told, TellTrialRequest& request) {
  if (told.contains("value")) {
    ASSIGN_OR_RETURN(const double value, ReadNumber(told["value"], "value"));
    request.add_value(value);
  }
  if (!told.contains("values")) return absl::OkStatus();
  if (told.contains("value")) return Wrong("values", "give `value` or `values`, not both");
  if (!told["values"].is_array()) return Wrong("values", "a list of numbers belongs there");
  for (const Json& item : told["values"]) {
    ASSIGN_OR_RETURN(const double value, ReadNumber(item, "values"));
    request.add_value(value);
  }
  return absl::OkStatus();
}

absl::Status ReadSteps(const Json& told, TellTrialRequest& request) {
  if (!told.contains("steps")) return absl::OkStatus();
  if (!told["steps"].is_object()) return Wrong("steps", "an object of steps and values belongs there, {\"1\": 0.5}");
  for (const auto& [text, value] : told["steps"].items()) {
    StepValue& step = *request.add_step();
    ASSIGN_OR_RETURN(const int64_t number, ReadStep(text, "steps"));
    ASSIGN_OR_RETURN(const double at_step, ReadNumber(value, absl::StrCat("steps.", text)));
    step.set_step(number);
    step.set_value(at_step);
  }
  return absl::OkStatus();
}

absl::Status ReadMetrics(const Json& told, TellTrialRequest& request) {
  if (!told.contains("metrics")) return absl::OkStatus();
  if (!told["metrics"].is_object()) return Wrong("metrics", "an object of names and values belongs there");
  for (const auto& [name, value] : told["metrics"].items()) {
    NamedJson& attribute = *request.add_attribute();
    attribute.set_name(name);
    attribute.set_json(value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace));
  }
  return absl::OkStatus();
}

absl::Status CheckFields(const Json& told) {
  static const std::vector<std::string> kFields = {"study",  "trial", "state",   "value",
                                                   "values", "steps", "metrics", "reason"};
  for (const auto& [name, value] : told.items()) {
    if (std::find(kFields.begin(), kFields.end(), name) != kFields.end()) continue;
    return Wrong(Printable(name.substr(0, 100)), absl::StrCat("there is no such field", SuggestName(name, kFields)));
  }
  for (const char* const text : {"study", "state", "reason"}) {
    if (told.contains(text) && !told[text].is_string()) return Wrong(text, "a text belongs there");
  }
  return absl::OkStatus();
}

// "NAME=VALUE" in two; the name may have equals signs.
absl::StatusOr<std::pair<std::string, std::string>> Split(const std::string& text, absl::string_view option,
                                                          absl::string_view form) {
  const size_t equals = text.rfind('=');
  if (equals != 0 && equals != std::string::npos) return std::pair(text.substr(0, equals), text.substr(equals + 1));
  return Wrong(option, absl::StrCat("\"", Printable(text), "\" is not ", form));
}

}  // namespace

absl::StatusOr<TellTrialRequest> ReadToldJson(absl::string_view json) {
  if (json.size() > kMaxToldBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the JSON has more than ", kMaxToldBytes, " bytes"));
  }
  const Json told = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!told.is_object()) {
    return absl::InvalidArgumentError(
        "no JSON object; {\"trial\": 7, \"values\": [0.5]} would be one (NaN and infinities are written as null, "
        "\"inf\" and \"-inf\")");
  }
  RETURN_IF_ERROR(CheckFields(told));
  if (!told.contains("trial") || !told["trial"].is_number_integer() || told["trial"].get<int64_t>() < 0) {
    return Wrong("trial", "the number of the trial belongs there");
  }
  TellTrialRequest request;
  request.set_number(told["trial"].get<int64_t>());
  if (told.contains("study")) request.set_study(told["study"].get<std::string>());
  if (told.contains("state") && told["state"] != "")
    RETURN_IF_ERROR(SetState(told["state"].get<std::string>(), request));
  if (told.contains("reason") && told["reason"] != "") request.set_reason(told["reason"].get<std::string>());
  RETURN_IF_ERROR(ReadValues(told, request));
  RETURN_IF_ERROR(ReadSteps(told, request));
  RETURN_IF_ERROR(ReadMetrics(told, request));
  DefaultState(request);
  return request;
}

absl::StatusOr<TellTrialRequest> ReadToldOptions(const ToldOptions& options) {
  TellTrialRequest request;
  if (!options.state.empty()) RETURN_IF_ERROR(SetState(options.state, request));
  if (!options.reason.empty()) request.set_reason(options.reason);
  for (const std::string& text : options.values) {
    ASSIGN_OR_RETURN(const double value, ReadNumber(text, "--value"));
    request.add_value(value);
  }
  for (const std::string& text : options.steps) {
    ASSIGN_OR_RETURN(const auto parts, Split(text, "--step", "STEP=VALUE"));
    StepValue& step = *request.add_step();
    ASSIGN_OR_RETURN(const int64_t number, ReadStep(parts.first, "--step"));
    ASSIGN_OR_RETURN(const double value, ReadNumber(parts.second, "--step"));
    step.set_step(number);
    step.set_value(value);
  }
  for (const std::string& text : options.metrics) {
    ASSIGN_OR_RETURN(const auto parts, Split(text, "--metric", "NAME=VALUE"));
    NamedJson& attribute = *request.add_attribute();
    ASSIGN_OR_RETURN(const double value, ReadNumber(parts.second, "--metric"));
    attribute.set_name(parts.first);
    attribute.set_json(JsonNumber(value));
  }
  DefaultState(request);
  return request;
}

}  // namespace parzen
