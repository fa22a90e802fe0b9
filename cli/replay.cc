#include "cli/replay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/named_values.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/metrics.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

std::optional<double> NumberOf(const Cell& cell) {
  return cell.is_number() ? std::optional<double>(cell.get<double>()) : std::nullopt;
}

Cell CellOf(const std::optional<double>& number) { return number.has_value() ? Cell(*number) : Cell(); }

// For people, who see six digits of a number otherwise.
Cell ExactWhereItDiffers(const std::optional<double>& value, const ReplayedNumber& number) {
  const Cell cell = CellOf(value);
  return cell.is_null() || number.same() || number.measured ? cell : Cell(CellForPrograms(cell));
}

const char* Outcome(const ReplayedNumber& number) {
  if (number.measured) return "measured";
  return number.same() ? "same" : "differs";
}

void AddMetrics(const StudySummary& study, const TrialRecord& trial, const TrialResult& again,
                std::vector<ReplayedNumber>& numbers) {
  std::vector<std::string> objectives;
  for (int i = 0; i < study.spec().objective_size() && i < trial.value_size(); ++i) {
    const std::string metric = MetricOf(study.spec(), i);
    numbers.push_back({metric, trial.value(i), FindMetric(again, metric), IsMeasured(metric)});
    objectives.push_back(metric);
  }
  for (const auto& [metric, value] : FlattenMetrics(again)) {
    if (std::find(objectives.begin(), objectives.end(), metric) != objectives.end()) continue;
    numbers.push_back({metric, NumberOf(FindNamed(trial.user_attribute(), metric)), value, IsMeasured(metric)});
  }
}

void AddSteps(const TrialRecord& trial, const std::vector<StepValue>& again, std::vector<ReplayedNumber>& numbers) {
  std::map<int64_t, ReplayedNumber> steps;
  for (const StepValue& step : trial.step()) steps[step.step()].stored = step.value();
  for (const StepValue& step : again) steps[step.step()].again = step.value();
  for (auto& [step, number] : steps) {
    number.name = absl::StrCat("step ", step);
    numbers.push_back(std::move(number));
  }
}

bool IsSameStep(const ReplayedNumber& number) { return number.name.rfind("step ", 0) == 0 && number.same(); }

}  // namespace

bool ReplayedNumber::same() const {
  if (!stored.has_value() || !again.has_value()) return stored.has_value() == again.has_value();
  if (std::isnan(*stored) || std::isnan(*again)) return std::isnan(*stored) && std::isnan(*again);
  return std::memcmp(&*stored, &*again, sizeof(double)) == 0;
}

absl::Status CheckReplayable(const StudySummary& study, const TrialRecord& trial, bool allow_commands) {
  const std::string which = absl::StrCat("trial ", trial.number(), " of ", Printable(study.name()));
  if (!study.has_spec()) {
    return absl::FailedPreconditionError(
        absl::StrCat(which,
                     " cannot be done again: another program made the study, which does not say what its trials "
                     "do"));
  }
  if (study.spec().work_case() == StudySpec::WORK_NOT_SET ||
      (trial.attempt_size() > 0 && trial.attempt(trial.attempt_size() - 1).asked())) {
    return absl::FailedPreconditionError(
        absl::StrCat(which, " cannot be done again: it was done by whoever asked for it (`parzen trial ask`)"));
  }
  if (!IsFinal(trial.state())) {
    return absl::FailedPreconditionError(
        absl::StrCat(which, " is ", TrialStateName(trial.state()), "; it can be done again once it has ended"));
  }
  if (trial.state() == FAIL || (trial.value().empty() && trial.step().empty())) {
    return absl::FailedPreconditionError(absl::StrCat(which, " is ", TrialStateName(trial.state()),
                                                      " and has no result to compare with; `parzen trial why` says "
                                                      "what happened"));
  }
  if (study.spec().has_command() && !allow_commands) {
    return absl::PermissionDeniedError(absl::StrCat(which, " runs a program, ",
                                                    Printable(study.spec().command().argv(0)),
                                                    "; --allow-commands runs it here, as this user"));
  }
  return absl::OkStatus();
}

std::vector<ReplayedNumber> CompareReplay(const StudySummary& study, const TrialRecord& trial, const Replay& replay) {
  std::vector<ReplayedNumber> numbers;
  if (trial.state() == COMPLETE) AddMetrics(study, trial, replay.result.value_or(TrialResult()), numbers);
  AddSteps(trial, replay.steps, numbers);
  return numbers;
}

Table ReplayTable(const std::vector<ReplayedNumber>& numbers, Format format) {
  Table table({"metric", "stored", "again", "outcome"});
  for (auto number = numbers.begin(); number != numbers.end();) {
    const auto end = format == Format::kTable ? std::find_if_not(number, numbers.end(), &IsSameStep) : number;
    if (end - number < 2) {
      const auto cell = [&](const std::optional<double>& value) {
        return format == Format::kTable ? ExactWhereItDiffers(value, *number) : CellOf(value);
      };
      table.AddRow({number->name, cell(number->stored), cell(number->again), Outcome(*number)});
      ++number;
      continue;
    }
    const std::string name = absl::StrCat(number->name, " to ", (end - 1)->name.substr(5));
    const std::string values = absl::StrCat(end - number, " values");
    table.AddRow({name, values, values, "same"});
    number = end;
  }
  return table;
}

}  // namespace parzen
