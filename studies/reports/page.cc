#include "studies/reports/page.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"
#include "studies/metrics.h"
#include "studies/reports/history.h"
#include "studies/reports/json_value.h"
#include "studies/reports/report_template.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;
using NamedValues = google::protobuf::RepeatedPtrField<NamedJson>;

constexpr absl::string_view kDataMark = "\"PARZEN_STUDY_DATA\"";

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json ValuesObject(const NamedValues& values) {
  Json object = Json::object();
  for (const NamedJson& value : values) object[value.name()] = ReadJsonValue(value.json());
  return object;
}

// Every name that any trial has in `field`, in order of appearance.
Json NamesInTrials(const std::vector<TrialRecord>& trials, const NamedValues& (TrialRecord::*field)() const) {
  Json names = Json::array();
  std::set<std::string> seen;
  for (const TrialRecord& trial : trials) {
    for (const NamedJson& value : (trial.*field)()) {
      if (seen.insert(value.name()).second) names.push_back(value.name());
    }
  }
  return names;
}

Json TrialObject(const TrialRecord& trial) {
  Json values = Json::array();
  for (const double value : trial.value()) values.push_back(value);  // NaN and infinities become null
  const bool tried = trial.attempt_size() > 0;
  const AttemptRecord& attempt = tried ? trial.attempt(trial.attempt_size() - 1) : AttemptRecord::default_instance();
  return {{"number", trial.number()},
          {"state", std::string(TrialStateName(trial.state()))},
          {"values", values},
          {"parameters", ValuesObject(trial.parameter())},
          {"metrics", ValuesObject(trial.user_attribute())},
          {"started", trial.started()},
          {"seconds", OrNull(TrialSeconds(trial))},
          {"worker", attempt.worker()},
          {"attempts", attempt.attempt()},
          {"reason", attempt.reason()}};
}

Json HistoryObjects(const StudySummary& study, const std::vector<TrialRecord>& trials) {
  Json objectives = Json::array();
  for (const ObjectiveHistory& history : StudyHistory(study, trials)) {
    Json points = Json::array();
    for (const HistoryPoint& point : history.points) {
      points.push_back({{"number", point.number},
                        {"state", std::string(TrialStateName(point.state))},
                        {"value", OrNull(point.value)},
                        {"best", OrNull(point.best_so_far)}});
    }
    objectives.push_back(
        {{"metric", history.metric}, {"direction", Direction_Name(history.direction)}, {"points", points}});
  }
  return objectives;
}

Json FinalObject(const StudySummary& study) {
  if (!study.has_final()) return nullptr;
  Json metrics = Json::object();
  for (const auto& [name, value] : FlattenMetrics(study.final().metrics())) metrics[name] = value;
  return {{"trial", study.final().trial_number()}, {"metrics", metrics}};
}

Json StudyObject(const StudySummary& study, const std::vector<TrialRecord>& trials) {
  Json rows = Json::array();
  for (const TrialRecord& trial : trials) rows.push_back(TrialObject(trial));
  return {{"name", study.name()},
          {"finished", study.finished()},
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
          {"seed", study.has_spec() ? Json(study.spec().search().seed()) : Json()},
          {"best", study.has_best() ? Json(study.best().number()) : Json()},
          {"final", FinalObject(study)},
          {"objectives", HistoryObjects(study, trials)},
          {"parameters", NamesInTrials(trials, &TrialRecord::parameter)},
          {"metrics", NamesInTrials(trials, &TrialRecord::user_attribute)},
          {"trials", rows}};
}

// JSON that is inert inside an HTML script element: nothing in it can close the element or open a comment.
std::string InertJson(const Json& json) {
  const std::string text = json.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  return absl::StrReplaceAll(text, {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}});
}

}  // namespace

std::string ReportPage(const StudySummary& study, const std::vector<TrialRecord>& trials) {
  const absl::string_view page = ReportTemplate();
  const size_t mark = page.find(kDataMark);
  return absl::StrCat(page.substr(0, mark), InertJson(StudyObject(study, trials)),
                      page.substr(mark + kDataMark.size()));
}

}  // namespace parzen
