#include "studies/store/study_import.h"

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"
#include "studies/store/stored_constraints.h"
#include "studies/store/stored_params.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr size_t kMaxNameBytes = 512;

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " has ", name.size(), " bytes; 1 to ", kMaxNameBytes, " are allowed"));
}

absl::Status CheckAttribute(const NamedJson& attribute) {
  RETURN_IF_ERROR(CheckName("an attribute's key", attribute.name()));
  if (attribute.json().size() <= kMaxTextBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("attribute \"", attribute.name(), "\" has ", attribute.json().size(),
                                                 " bytes; at most ", kMaxTextBytes, " are allowed"));
}

// A time as ToDateTime writes it, from one that may have other digits after the seconds; NULL for none.
absl::StatusOr<std::string> NormalTime(const std::string& text) {
  constexpr size_t kNormalSize = 26;  // "2026-11-20 09:25:12.786007"
  if (text.empty()) return text;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, absl::UTCTimeZone(), &time, &error)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text.substr(0, kNormalSize), "\" is no time such as 2026-11-20 09:25:12.786007 (UTC)"));
  }
  return ToDateTime(time);
}

bool HasAttribute(const google::protobuf::RepeatedPtrField<NamedJson>& attributes, absl::string_view key) {
  for (const NamedJson& attribute : attributes) {
    if (attribute.name() == key) return true;
  }
  return false;
}

// Whether a text begins as JSON's numbers do and is made of what they are made of.
bool IsPlainNumber(absl::string_view json) {
  if (json.empty() || !(absl::ascii_isdigit(json[0]) || json[0] == '-')) return false;
  return json.find_first_not_of("0123456789+-.eE") == absl::string_view::npos;
}

// A number outside its range is kept as it is: another program put it there, or the range was another one.
absl::StatusOr<double> InternalValue(const Distribution& distribution, const std::string& json) {
  // Most are plain numbers of a float range, which need no JSON to be understood.
  if (double plain = 0; std::holds_alternative<FloatDistribution>(distribution) && IsPlainNumber(json) &&
                        absl::SimpleAtod(json, &plain) && std::isfinite(plain)) {
    return plain;
  }
  absl::StatusOr<double> value = ValueFromJson(distribution, json);
  if (value.ok() || std::holds_alternative<CategoricalDistribution>(distribution)) return value;
  const absl::StatusOr<Choice> number = ChoiceFromJson(json);
  if (!number.ok()) return value;
  if (const int64_t* const whole = std::get_if<int64_t>(&*number)) return static_cast<double>(*whole);
  const double* const real = std::get_if<double>(&*number);
  return real != nullptr && std::isfinite(*real) ? absl::StatusOr<double>(*real) : value;
}

// The object that enqueue_trial would have left, from parameters as users see them.
std::string FixedParams(const TrialRecord& trial) {
  const auto append = [](std::string* out, const NamedJson& parameter) {
    absl::StrAppend(out, JsonString(parameter.name()), ": ", parameter.json());
  };
  return absl::StrCat("{", absl::StrJoin(trial.parameter(), ", ", append), "}");
}

}  // namespace

absl::StatusOr<StudyImport> StudyImport::Create(Store& store, const StudySummary& study, absl::Time now) {
  RETURN_IF_ERROR(store.RequireTransaction());
  RETURN_IF_ERROR(CheckName("a study's name", study.name()));
  if (study.direction().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("study \"", study.name(), "\" has no direction; one an objective is needed"));
  }
  StudyImport import(store, 0, study.direction_size());
  if (!study.has_spec()) {
    RETURN_IF_ERROR(import.CreateForeign(study));
    RETURN_IF_ERROR(import.PutAttributes(study));
    return import;
  }
  if (study.spec().name() != study.name() || study.spec().objective_size() != study.direction_size()) {
    return absl::InvalidArgumentError(absl::StrCat("study \"", study.name(), "\" has the spec of \"",
                                                   study.spec().name(), "\" with ", study.spec().objective_size(),
                                                   " objectives; name and objectives must be the same"));
  }
  const std::vector<DatasetFile> files(study.file().begin(), study.file().end());
  ASSIGN_OR_RETURN(import.study_id_, store.CreateStudy(study.spec(), files, study.budget(), now));
  if (study.has_final()) RETURN_IF_ERROR(store.SetFinalResult(import.study_id_, study.final()));
  if (study.stopped()) RETURN_IF_ERROR(store.SetStopped(import.study_id_, true));
  RETURN_IF_ERROR(import.PutAttributes(study));
  return import;
}

absl::StatusOr<StudyImport> StudyImport::Continue(Store& store, int64_t study_id) {
  RETURN_IF_ERROR(store.RequireTransaction());
  StudyImport import(store, study_id, 0);
  ASSIGN_OR_RETURN(Statement & query,
                   store.database().Prepare("SELECT count(*) FROM study_directions WHERE study_id = ?"));
  RETURN_IF_ERROR(query.BindInt(1, study_id).ForEach([&] {
    import.objectives_ = query.Int(0);
    return absl::OkStatus();
  }));
  if (import.objectives_ > 0) return import;
  return absl::NotFoundError(absl::StrCat("no study with study_id ", study_id, " in ", store.database().path()));
}

absl::Status StudyImport::CreateForeign(const StudySummary& study) {
  RETURN_IF_ERROR(store_->CheckNameIsFree(study.name()));
  RETURN_IF_ERROR(store_->Write("INSERT INTO studies (study_name) VALUES (?)", {study.name()}));
  study_id_ = store_->database().LastInsertId();
  for (int i = 0; i < study.direction_size(); ++i) {
    RETURN_IF_ERROR(store_->Write("INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)",
                                  {Direction_Name(study.direction(i)), study_id_, i}));
  }
  constexpr char kMetricNames[] = "study:metric_names";
  if (study.metric_size() != study.direction_size() || HasAttribute(study.system_attribute(), kMetricNames)) {
    return absl::OkStatus();
  }
  const auto append = [](std::string* out, const std::string& metric) { out->append(JsonString(metric)); };
  return store_->Write("INSERT INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?)",
                       {study_id_, kMetricNames, absl::StrCat("[", absl::StrJoin(study.metric(), ", ", append), "]")});
}

absl::Status StudyImport::PutAttributes(const StudySummary& study) {
  for (const NamedJson& attribute : study.user_attribute()) {
    RETURN_IF_ERROR(CheckAttribute(attribute));
    RETURN_IF_ERROR(
        store_->Write("INSERT OR REPLACE INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?)",
                      {study_id_, attribute.name(), attribute.json()}));
  }
  for (const NamedJson& attribute : study.system_attribute()) {
    RETURN_IF_ERROR(CheckAttribute(attribute));
    RETURN_IF_ERROR(
        store_->Write("INSERT OR REPLACE INTO study_system_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?)",
                      {study_id_, attribute.name(), attribute.json()}));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> StudyImport::Add(const TrialRecord& trial) {
  absl::StatusOr<int64_t> trial_id = AddChecked(trial);
  if (trial_id.ok() || !absl::IsInvalidArgument(trial_id.status())) return trial_id;
  return absl::InvalidArgumentError(absl::StrCat("trial ", trial.number(), ": ", trial_id.status().message()));
}

absl::Status StudyImport::CheckShape(const TrialRecord& trial) const {
  if (trial.distribution_size() > trial.parameter_size()) {
    return absl::InvalidArgumentError(absl::StrCat("it has ", trial.distribution_size(), " distributions and only ",
                                                   trial.parameter_size(), " parameters"));
  }
  if (!IsFinal(trial.state())) return absl::OkStatus();
  const bool may_be_absent = trial.state() != COMPLETE;
  const bool may_be_present = trial.state() != FAIL;
  if (trial.value().empty() ? !may_be_absent : (!may_be_present || trial.value_size() != objectives_)) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is ", TrialStateName(trial.state()), " with ", trial.value_size(), " values; there must be ",
                     may_be_present ? absl::StrCat(objectives_, ", one an objective") : std::string("none")));
  }
  for (const double value : trial.value()) {
    if (std::isnan(value)) return absl::InvalidArgumentError("one of its values is NaN; such a trial is FAIL");
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> StudyImport::AddChecked(const TrialRecord& trial) {
  RETURN_IF_ERROR(store_->RequireTransaction());
  RETURN_IF_ERROR(CheckShape(trial));
  ASSIGN_OR_RETURN(const int64_t number, store_->NextNumber(study_id_));
  if (trial.has_number() && trial.number() != number) {
    return absl::FailedPreconditionError(absl::StrCat("trial ", trial.number(), " cannot be added where number ",
                                                      number, " belongs: trials come by number, without gaps"));
  }
  const bool final = IsFinal(trial.state());
  ASSIGN_OR_RETURN(const std::string started, NormalTime(final ? trial.started() : ""));
  ASSIGN_OR_RETURN(const std::string completed, NormalTime(final ? trial.completed() : ""));
  RETURN_IF_ERROR(
      store_->Write("INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) "
                    "VALUES (?, ?, ?, nullif(?, ''), nullif(?, ''))",
                    {number, study_id_, TrialStateName(final ? trial.state() : WAITING), started, completed}));
  const int64_t trial_id = store_->database().LastInsertId();
  if (final) {
    RETURN_IF_ERROR(PutParameters(trial_id, trial));
    RETURN_IF_ERROR(PutResults(trial_id, trial));
  }
  RETURN_IF_ERROR(PutTrialAttributes(trial_id, trial));
  return trial_id;
}

absl::StatusOr<const StudyImport::Parameter*> StudyImport::Learn(absl::string_view name,
                                                                 const std::string& distribution_json) {
  const auto known = parameters_.find(name);
  if (known != parameters_.end() && (distribution_json.empty() || distribution_json == known->second.given)) {
    return &known->second;
  }
  RETURN_IF_ERROR(CheckName("a parameter's name", name));
  if (distribution_json.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("parameter \"", name, "\" has no distribution, here or before"));
  }
  absl::StatusOr<Distribution> distribution = DistributionFromJson(distribution_json);
  if (!distribution.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the distribution of parameter \"", name, "\": ", distribution.status().message()));
  }
  Parameter& parameter = parameters_[name];
  parameter = {distribution_json, DistributionToJson(*distribution), *std::move(distribution)};
  return &parameter;
}

absl::Status StudyImport::PutParameters(int64_t trial_id, const TrialRecord& trial) {
  static const std::string same;
  for (int i = 0; i < trial.parameter_size(); ++i) {
    const NamedJson& given = trial.parameter(i);
    ASSIGN_OR_RETURN(const Parameter* const parameter,
                     Learn(given.name(), i < trial.distribution_size() ? trial.distribution(i) : same));
    const absl::StatusOr<double> value = InternalValue(parameter->distribution, given.json());
    if (!value.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("parameter \"", given.name(), "\": ", value.status().message()));
    }
    RETURN_IF_ERROR(store_->Write(
        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES (?, ?, ?, ?)",
        {trial_id, given.name(), *value, parameter->stored}));
  }
  return absl::OkStatus();
}

absl::Status StudyImport::PutResults(int64_t trial_id, const TrialRecord& trial) {
  for (int i = 0; i < trial.value_size(); ++i) {
    const TypedValue typed = ToTypedValue(trial.value(i));
    RETURN_IF_ERROR(
        store_->Write("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)",
                      {trial_id, int64_t{i}, typed.value, typed.type}));
  }
  for (const StepValue& step : trial.step()) {
    if (step.step() < 0) return absl::InvalidArgumentError(absl::StrCat("step ", step.step(), " is below 0"));
    const TypedValue typed = ToTypedValue(step.value());
    RETURN_IF_ERROR(
        store_->Write("INSERT INTO trial_intermediate_values (trial_id, step, intermediate_value, "
                      "intermediate_value_type) VALUES (?, ?, ?, ?)",
                      {trial_id, step.step(), typed.value, typed.type}));
  }
  return absl::OkStatus();
}

absl::Status StudyImport::PutTrialAttributes(int64_t trial_id, const TrialRecord& trial) {
  constexpr char kUser[] = "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (?, ?, ?)";
  constexpr char kSystem[] = "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json) VALUES (?, ?, ?)";
  for (const NamedJson& attribute : trial.user_attribute()) {
    RETURN_IF_ERROR(CheckAttribute(attribute));
    RETURN_IF_ERROR(store_->Write(kUser, {trial_id, attribute.name(), attribute.json()}));
  }
  // What was given of a trial that waited says more than its parameters, of which it has none yet.
  const bool gives = !IsFinal(trial.state()) && trial.parameter_size() > 0;
  for (const NamedJson& attribute : trial.system_attribute()) {
    RETURN_IF_ERROR(CheckAttribute(attribute));
    if (gives && attribute.name() == kFixedParamsKey) continue;
    RETURN_IF_ERROR(store_->Write(kSystem, {trial_id, attribute.name(), attribute.json()}));
  }
  if (gives) RETURN_IF_ERROR(store_->Write(kSystem, {trial_id, kFixedParamsKey, FixedParams(trial)}));
  if (HasAttribute(trial.system_attribute(), "constraints")) return absl::OkStatus();
  for (const MetricValue& constraint : trial.constraint()) {
    const std::string key = ConstraintKey(constraint.name());
    if (HasAttribute(trial.system_attribute(), key)) continue;
    RETURN_IF_ERROR(CheckName("a constraint's name", key));
    RETURN_IF_ERROR(store_->Write(kSystem, {trial_id, key, JsonNumber(constraint.value())}));
  }
  return absl::OkStatus();
}

}  // namespace parzen
