#include "coordinator/told_end.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/message_bounds.h"
#include "google/protobuf/stubs/common.h"
#include "nlohmann/json.hpp"
#include "studies/distribution_json.h"
#include "studies/problem.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr int kMaxAttributes = 1000;
constexpr int kMaxConstraints = 100;
constexpr size_t kMaxConstraintNameBytes = 500;  // "constraints:" stands before it

absl::Status CheckName(absl::string_view what, const std::string& name, size_t most) {
  const bool is_text =
      google::protobuf::internal::IsStructurallyValidUTF8(name.data(), static_cast<int>(name.size())) &&
      name.find('\0') == std::string::npos;
  if (!name.empty() && name.size() <= most && is_text) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the name of ", what, " must be 1 to ", most, " bytes of UTF-8, is ",
                                                 name.empty() ? "empty" : Quoted(name)));
}

// Python's NaN and Infinity are JSON here, as everywhere in the file.
bool IsJson(const std::string& text) { return ChoiceFromJson(text).ok() || nlohmann::json::accept(text); }

absl::Status CheckNamed(const TellTrialRequest& request) {
  if (request.attribute_size() > kMaxAttributes || request.constraint_size() > kMaxConstraints) {
    return absl::InvalidArgumentError(absl::StrCat("a trial is told at most ", kMaxAttributes, " attributes and ",
                                                   kMaxConstraints, " constraints at a time"));
  }
  for (const NamedJson& attribute : request.attribute()) {
    RETURN_IF_ERROR(CheckName("an attribute", attribute.name(), kMaxNameBytes));
    if (attribute.json().size() > kMaxTextBytes || !IsJson(attribute.json())) {
      return absl::InvalidArgumentError(absl::StrCat("attribute ", Quoted(attribute.name()),
                                                     " must be JSON of at most ", kMaxTextBytes, " bytes, is ",
                                                     Quoted(attribute.json())));
    }
  }
  for (const MetricValue& constraint : request.constraint()) {
    RETURN_IF_ERROR(CheckName("a constraint", constraint.name(), kMaxConstraintNameBytes));
    if (std::isnan(constraint.value())) {
      return absl::InvalidArgumentError(absl::StrCat("constraint ", Quoted(constraint.name()),
                                                     " is NaN; a number says how far it is from its bound"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSteps(const TellTrialRequest& request, size_t objectives) {
  if (request.step().empty()) return absl::OkStatus();
  if (objectives > 1) {
    return absl::InvalidArgumentError("the study has several objectives; intermediate values are of studies with one");
  }
  if (request.step_size() > kMaxSteps) {
    return absl::InvalidArgumentError(absl::StrCat("a trial has at most ", kMaxSteps, " steps"));
  }
  for (const StepValue& step : request.step()) {
    if (step.step() >= 0 && step.step() <= kMaxStep) continue;
    return absl::InvalidArgumentError(absl::StrCat("step ", step.step(), " is not in 0 to ", kMaxStep));
  }
  return absl::OkStatus();
}

absl::Status CheckEnd(const TellTrialRequest& request, size_t objectives) {
  if (!request.has_state()) {
    if (request.value().empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("values go with state COMPLETE; while the trial goes on, it has steps");
  }
  if (!IsFinal(request.state())) {
    return absl::InvalidArgumentError(
        absl::StrCat("a trial ends as COMPLETE, PRUNED or FAIL, not as ", TrialStateName(request.state())));
  }
  const size_t wanted = request.state() == COMPLETE ? objectives : 0;
  if (request.value_size() == static_cast<int>(wanted)) return absl::OkStatus();
  const std::string has = absl::StrCat(request.value_size(), request.value_size() == 1 ? " value" : " values");
  if (request.state() == COMPLETE) {
    return absl::InvalidArgumentError(absl::StrCat("a trial that is COMPLETE has one value an objective: ", objectives,
                                                   ", not ", request.value_size()));
  }
  return absl::InvalidArgumentError(absl::StrCat("a trial that is ", TrialStateName(request.state()), " is told no ",
                                                 "value (", has, " given)",
                                                 request.state() == PRUNED ? "; its last step's stands for it" : ""));
}

std::optional<double> NumberOf(const TellTrialRequest& request, const std::string& metric) {
  for (const NamedJson& attribute : request.attribute()) {
    if (attribute.name() != metric) continue;
    const absl::StatusOr<Choice> value = ChoiceFromJson(attribute.json());
    if (!value.ok()) return std::nullopt;
    if (const auto* const number = std::get_if<double>(&*value)) return *number;
    if (const auto* const whole = std::get_if<int64_t>(&*value)) return static_cast<double>(*whole);
  }
  return std::nullopt;
}

}  // namespace

absl::Status CheckTold(const TellTrialRequest& request, const StoredStudy& study) {
  RETURN_IF_ERROR(CheckEnd(request, study.directions.size()));
  RETURN_IF_ERROR(CheckSteps(request, study.directions.size()));
  RETURN_IF_ERROR(CheckNamed(request));
  if (request.has_reason() && request.state() != FAIL) {
    return absl::InvalidArgumentError("a reason goes with state FAIL");
  }
  return absl::OkStatus();
}

std::optional<ToldEnd> EndOf(const TellTrialRequest& request, const std::optional<StepValue>& last_step) {
  if (!request.has_state()) return std::nullopt;
  ToldEnd end;
  end.state = request.state();
  if (end.state == FAIL) {
    end.reason = request.reason().substr(0, kMaxReasonBytes);
  } else if (end.state == PRUNED) {
    if (last_step.has_value() && !std::isnan(last_step->value())) end.values = {last_step->value()};
  } else if (std::any_of(request.value().begin(), request.value().end(), [](double v) { return std::isnan(v); })) {
    end.state = FAIL;
    end.reason = "it was told a value that is NaN";
  } else {
    end.values.assign(request.value().begin(), request.value().end());
  }
  return end;
}

absl::StatusOr<std::vector<MetricValue>> ConstraintsOf(const TellTrialRequest& request, const StoredStudy& study) {
  std::vector<MetricValue> constraints(request.constraint().begin(), request.constraint().end());
  if (!study.spec.has_value()) return constraints;
  for (const ConstraintSpec& bound : study.spec->constraint()) {
    const bool is_told = std::any_of(constraints.begin(), constraints.end(),
                                     [&](const MetricValue& told) { return told.name() == bound.metric(); });
    if (is_told) continue;
    const std::optional<double> value = NumberOf(request, bound.metric());
    if (!value.has_value() || std::isnan(*value)) {
      return absl::InvalidArgumentError(absl::StrCat("the study has a constraint on ", Quoted(bound.metric()),
                                                     "; a trial that is COMPLETE must be told this metric, a number"));
    }
    MetricValue& distance = constraints.emplace_back();
    distance.set_name(bound.metric());
    distance.set_value(bound.has_at_most() ? *value - bound.at_most() : bound.at_least() - *value);
  }
  return constraints;
}

}  // namespace parzen
