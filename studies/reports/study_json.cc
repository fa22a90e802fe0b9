#include "studies/reports/study_json.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "studies/distribution.h"
#include "studies/metrics.h"
#include "studies/reports/history.h"
#include "studies/reports/json_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;
using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

// More are neither sorted nor filtered smoothly.
constexpr size_t kMostTrials = 20000;

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json ValuesObject(const NamedValues& values) {
  Json object = Json::object();
  for (const NamedJson& value : values) object[value.name()] = ReadJsonValue(value.json());
  return object;
}

// Every name that any of the trials has, in order of appearance.
Json MetricNames(const Trials& trials) {
  Json names = Json::array();
  std::set<std::string> seen;
  for (const TrialRecord* trial : trials) {
    for (const NamedJson& value : trial->user_attribute()) {
      if (seen.insert(value.name()).second) names.push_back(value.name());
    }
  }
  return names;
}

// What axes of a parameter look like: as its first distribution says.
Json ParameterObjects(const Trials& trials) {
  Json objects = Json::array();
  std::set<std::string> seen;
  for (const TrialRecord* trial : trials) {
    for (int i = 0; i < trial->parameter_size(); ++i) {
      const std::string& name = trial->parameter(i).name();
      if (!seen.insert(name).second) continue;
      const std::string text = i < trial->distribution_size() ? trial->distribution(i) : "";
      const Json distribution = IsPlainJson(text) ? Json::parse(text, nullptr, /*allow_exceptions=*/false) : Json();
      const Json attributes =
          distribution.is_object() && distribution.contains("attributes") ? distribution["attributes"] : Json();
      objects.push_back(
          {{"name", name},
           {"log", attributes.is_object() && attributes.contains("log") && attributes["log"] == Json(true)},
           {"categorical", attributes.is_object() && attributes.contains("choices")}});
    }
  }
  return objects;
}

// What a trial that was enqueued is to be done with, as Optuna keeps it.
Json FixedObject(const TrialRecord& trial) {
  for (const NamedJson& attribute : trial.system_attribute()) {
    Json values = attribute.name() == "fixed_params" ? ReadJsonValue(attribute.json()) : Json();
    if (values.is_object()) return values;
  }
  return Json::object();
}

Json AttemptObjects(const TrialRecord& trial) {
  Json attempts = Json::array();
  for (const AttemptRecord& attempt : trial.attempt()) {
    const AttemptUsage& usage = attempt.usage();
    attempts.push_back({{"attempt", attempt.attempt()},
                        {"state", AttemptState_Name(attempt.state())},
                        {"worker", attempt.worker()},
                        {"seconds", OrNull(SecondsBetween(attempt.started(), attempt.ended()))},
                        {"memory", usage.has_peak_memory_bytes() ? Json(usage.peak_memory_bytes()) : Json()},
                        {"reason", attempt.reason()}});
  }
  return attempts;
}

Json ObjectiveObjects(const StudySummary& study) {
  Json objectives = Json::array();
  const std::vector<std::string> names = ObjectiveNames(study);
  for (size_t i = 0; i < names.size(); ++i) {
    objectives.push_back({{"metric", names[i]}, {"direction", Direction_Name(study.direction(static_cast<int>(i)))}});
  }
  return objectives;
}

Json PlotJson(const Plot& plot) {
  Json tables = Json::array();
  for (const PlotTable& table : plot.tables) {
    tables.push_back({{"name", table.name}, {"columns", table.columns}, {"rows", table.rows}});
  }
  return {{"tables", tables}, {"notes", plot.notes}};
}

// As text: JavaScript knows no whole numbers of 64 bits.
Json SeedText(const StudySummary& study) {
  return study.has_spec() ? Json(absl::StrCat(study.spec().search().seed())) : Json();
}

Json FinalObject(const StudySummary& study) {
  if (!study.has_final()) return nullptr;
  Json metrics = Json::object();
  for (const auto& [name, value] : FlattenMetrics(study.final().metrics())) metrics[name] = value;
  return {{"trial", study.final().trial_number()}, {"metrics", metrics}};
}

// "kernel is RBF or POLY".
std::string InWords(const ConditionSpec& condition) {
  switch (condition.test_case()) {
    case ConditionSpec::kEquals:
      return absl::StrCat(condition.parameter(), " is ", condition.equals());
    case ConditionSpec::kOneOf:
      return absl::StrCat(condition.parameter(), " is ", absl::StrJoin(condition.one_of().value(), " or "));
    case ConditionSpec::kAtLeast:
      return absl::StrCat(condition.parameter(), " is at least ", PlainNumber(condition.at_least()));
    case ConditionSpec::TEST_NOT_SET:
      break;
  }
  return condition.parameter();
}

template <typename Range>
void PutRange(const char* kind, const Range& range, Json& object) {
  object["kind"] = kind;
  object["low"] = range.low();
  object["high"] = range.high();
  object["log"] = range.log();
  object["step"] = range.has_step() ? Json(range.step()) : Json();
}

}  // namespace

Json SpaceJson(const StudySummary& study) {
  Json objects = Json::array();
  for (const ParameterSpec& parameter : study.spec().parameter()) {
    Json object = {{"name", parameter.name()}};
    if (parameter.has_float_()) PutRange("float", parameter.float_(), object);
    if (parameter.has_int_()) PutRange("int", parameter.int_(), object);
    if (parameter.has_categorical()) {
      object["kind"] = "categorical";
      object["choices"] = Json::array();
      for (const std::string& choice : parameter.categorical().choice()) object["choices"].push_back(choice);
    }
    object["when"] = Json::array();
    for (const ConditionSpec& condition : parameter.when()) object["when"].push_back(InWords(condition));
    objects.push_back(std::move(object));
  }
  return objects;
}

Json TrialJson(const TrialRecord& trial) {
  Json values = Json::array();
  for (const double value : trial.value()) values.push_back(value);  // NaN and infinities become null
  Json object = {{"number", trial.number()},
                 {"state", std::string(TrialStateName(trial.state()))},
                 {"values", values},
                 {"parameters", ValuesObject(trial.parameter())},
                 {"metrics", ValuesObject(trial.user_attribute())},
                 {"started", trial.started()},
                 {"seconds", OrNull(TrialSeconds(trial))},
                 {"attempts", AttemptObjects(trial)}};
  if (trial.state() == WAITING) object["fixed"] = FixedObject(trial);
  return object;
}

Json SummaryJson(const StudySummary& study) {
  return {{"name", study.name()},
          {"finished", study.finished()},
          {"stopped", study.stopped()},
          {"budget", study.budget()},
          {"counts",
           {{"complete", study.complete()},
            {"pruned", study.pruned()},
            {"failed", study.failed()},
            {"running", study.running()},
            {"waiting", study.waiting()}}},
          {"started", study.started()},
          {"last_completed", study.last_completed()},
          {"seconds", OrNull(SecondsBetween(study.started(), study.last_completed()))},
          {"seed", SeedText(study)},
          {"best", study.has_best() ? TrialJson(study.best()) : Json()},
          {"final", FinalObject(study)},
          {"objectives", ObjectiveObjects(study)}};
}

Json TrialsJson(const Trials& trials) {
  Json rows = Json::array();
  for (const TrialRecord* trial : trials) rows.push_back(TrialJson(*trial));
  return {{"parameters", ParameterObjects(trials)}, {"metrics", MetricNames(trials)}, {"trials", std::move(rows)}};
}

Json TrialsJson(const StudySnapshot& snapshot) {
  std::vector<std::string> notes;
  Trials all;
  for (const TrialRecord& trial : snapshot.trials) all.push_back(&trial);
  Json trials = TrialsJson(ChooseTrials(snapshot, all, kMostTrials, notes));
  trials["notes"] = notes;
  return trials;
}

Json PlotsJson(const StudySnapshot& snapshot, const std::function<bool()>& goes_on) {
  Json plots = Json::object();
  for (const std::string& name : Registry<MakePlot>::Global().Names()) {
    if (goes_on && !goes_on()) break;
    plots[name] = PlotJson((*Registry<MakePlot>::Global().Find(name))(snapshot));
  }
  return plots;
}

Json StudyJson(const StudySnapshot& snapshot) {
  Json study = SummaryJson(snapshot.study);
  study.update(TrialsJson(snapshot));
  study["plots"] = PlotsJson(snapshot);
  return study;
}

std::string JsonText(const Json& json) {
  return json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
}

}  // namespace parzen
