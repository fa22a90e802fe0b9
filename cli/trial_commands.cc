// parzen trial list, show, why.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/named_values.h"
#include "cli/sparkline.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_argument.h"
#include "cli/trial_rows.h"
#include "cli/trial_story.h"
#include "cli/work_line.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

constexpr int64_t kPage = 1000;

struct ListOptions {
  SourceOptions source;
  std::string study;
  std::vector<std::string> states;
  std::string where;
  std::string sort;
  bool descending = false;
  std::vector<std::string> columns;
  std::optional<int64_t> limit;
  Format format = Format::kTable;
};

struct OneOptions {
  SourceOptions source;
  std::vector<std::string> study_and_number;
  Format format = Format::kTable;
};

absl::StatusOr<TrialQuery> MakeQuery(const ListOptions& options) {
  TrialQuery query;
  std::vector<std::string> known;
  for (int state = TrialState_MIN; state <= TrialState_MAX; ++state) {
    known.push_back(TrialState_Name(static_cast<TrialState>(state)));
  }
  for (const std::string& text : options.states) {
    const std::string name = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(text));
    TrialState state = RUNNING;
    if (!TrialState_Parse(name, &state)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--state: no state \"", Printable(text), "\"", SuggestName(name, known)));
    }
    query.add_state(state);
  }
  query.set_where(options.where);
  absl::string_view sort = options.sort;
  query.set_descending(absl::ConsumePrefix(&sort, "-") != options.descending);
  query.set_sort(std::string(sort));
  return query;
}

// The trials that the options ask for, page by page.
absl::StatusOr<std::vector<TrialRecord>> ReadTrials(StudySource& source, const std::string& study,
                                                    const ListOptions& options) {
  ListTrialsRequest request;
  request.set_study(study);
  ASSIGN_OR_RETURN(*request.mutable_query(), MakeQuery(options));
  const auto wants = [&](const char* name) {
    return std::find(options.columns.begin(), options.columns.end(), name) != options.columns.end();
  };
  request.set_steps(wants("step") || wants("steps"));
  const bool by_number = request.query().sort().empty() && !request.query().descending();
  WorkLine line(stderr, IsTerminal(STDERR_FILENO), "reading trials", ReadClock().steady);
  std::vector<TrialRecord> trials;
  for (bool more = true; more;) {
    const auto read = static_cast<int64_t>(trials.size());
    const int64_t limit = options.limit ? std::min(kPage, *options.limit - read) : kPage;
    request.set_limit(static_cast<int32_t>(limit));
    // From a number on is cheaper than past so many, and no trial is seen twice while others are written.
    if (by_number) request.set_from_number(trials.empty() ? 0 : trials.back().number() + 1);
    if (!by_number) request.set_offset(read);
    ASSIGN_OR_RETURN(ListTrialsResponse page, source.ListTrials(request));
    for (TrialRecord& trial : *page.mutable_trial()) trials.push_back(std::move(trial));
    more = page.more() && page.trial_size() > 0 && static_cast<int64_t>(trials.size()) != options.limit;
    // Without a limit nobody knows how many there will be.
    const double share = options.limit ? static_cast<double>(trials.size()) / static_cast<double>(*options.limit) : 0;
    line.Show(share, ReadClock().steady);
  }
  return trials;
}

// What to do about lines that a terminal would break.
void SayHowToChooseColumns(const std::string& table) {
  if (!IsTerminal(STDOUT_FILENO)) return;
  const size_t width = DisplayWidth(table.substr(0, table.find('\n')));
  const size_t columns = TerminalColumns(STDOUT_FILENO);
  if (width <= columns) return;
  std::fprintf(stderr, "The table is %zu columns wide, the terminal %zu: choose some with --columns number,value,...\n",
               width, columns);
}

absl::Status ListTrials(const ListOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study, /*outline=*/true));
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, ReadTrials(*source, study.name(), options));
  if (!options.columns.empty()) {
    ASSIGN_OR_RETURN(const Table table, ChosenTrialTable(study, trials, options.columns));
    return PrintTable(table, options.format);
  }
  const Table table = TrialTable(study, trials, /*everything=*/options.format != Format::kTable);
  RETURN_IF_ERROR(PrintTable(table, options.format));
  if (options.format == Format::kTable) SayHowToChooseColumns(table.Render(Format::kTable));
  return absl::OkStatus();
}

// A trial and its study, which is an outline.
absl::StatusOr<std::pair<StudySummary, TrialRecord>> ReadOne(const OneOptions& options) {
  ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.study_and_number));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(StudySummary study, ChooseStudy(*source, argument.study, /*outline=*/true));
  ASSIGN_OR_RETURN(TrialRecord trial, GetTrial(*source, study.name(), argument.number));
  return std::pair(std::move(study), std::move(trial));
}

// The curve of a trial as one line, and its numbers.
std::string RenderSteps(const TrialRecord& trial) {
  constexpr size_t kCurveColumns = 60;
  std::vector<double> values;
  for (const StepValue& step : trial.step()) values.push_back(step.value());
  return absl::StrCat(Sparkline(values, kCurveColumns), "\n", StepTable(trial).Render(Format::kTable));
}

absl::Status ShowTrial(const OneOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const auto study_and_trial, ReadOne(options));
  const auto& [study, trial] = study_and_trial;
  if (options.format != Format::kTable) return PrintTable(TrialDetails(study, trial), options.format);
  std::string text = TrialTable(study, {trial}, /*everything=*/true).RenderRecord(Format::kTable);
  const Cell enqueued = FindNamed(trial.system_attribute(), "fixed_params");
  if (trial.parameter_size() == 0 && !enqueued.is_null()) {
    absl::StrAppend(&text, "\nenqueued with ", Printable(CellForPrograms(enqueued)), "\n");
  }
  if (trial.parameter_size() > 0) absl::StrAppend(&text, "\n", ParameterTable(trial).Render(Format::kTable));
  if (trial.constraint_size() > 0) absl::StrAppend(&text, "\n", ConstraintTable(trial).Render(Format::kTable));
  if (trial.step_size() > 0) absl::StrAppend(&text, "\n", RenderSteps(trial));
  if (trial.attempt_size() > 0) absl::StrAppend(&text, "\n", AttemptTable(trial).Render(Format::kTable));
  return PrintResult(text);
}

absl::Status TellWhy(const OneOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const auto study_and_trial, ReadOne(options));
  const auto& [study, trial] = study_and_trial;
  if (options.format != Format::kTable) return PrintTable(StoryTable(study, trial), options.format);
  return PrintResult(RenderStory(study, trial));
}

void AddListCommand(CLI::App& trial, ChosenCommand& chosen) {
  auto options = std::make_shared<ListOptions>();
  CLI::App& list = AddCommand(
      trial, "list",
      "Lists a study's trials by number, one a row. csv and json have every metric and exact numbers (json has null "
      "for infinities and NaN); state and value "
      "are those of the view parzen_trials in the study database.\n\n"
      "Conditions for --where: COLUMN = VALUE (!= < <= > >=), COLUMN ~ TEXT (contains), COLUMN in (A, B), COLUMN is "
      "null, joined by and, or, not and parentheses. Columns are those that csv shows, and step (the last) and steps "
      "(how many); names with odd characters stand in `back quotes`, and parameter_NAME or attribute_NAME where "
      "several things have one name. Values are numbers, words, 'quoted text', true, false, null, inf and nan. A trial "
      "that has no value there is not listed.",
      "  parzen trial list digits-forest\n"
      "  parzen trial list --state COMPLETE --sort -value --limit 10\n"
      "  parzen trial list --where 'value > 0.97 and c < 10 and kernel in (RBF, POLY)'\n"
      "  parzen trial list --where 'reason ~ memory or seconds > 60' --columns number,worker,reason\n"
      "  parzen trial list --db m.db -f csv > trials.csv");
  AddStudyArgument(list, options->study);
  AddOption(list, "--state STATES", options->states,
            "Only trials in these states: COMPLETE,PRUNED,FAIL,RUNNING,WAITING")
      .SplitsAtCommas();
  AddOption(list, "--where CONDITION", options->where, "Only trials for which this holds (see above)");
  AddOption(list, "--sort COLUMN", options->sort,
            "Column to sort by; -COLUMN: largest first. Trials without a value there come last");
  AddFlag(list, "--desc", options->descending, "Largest first");
  AddOption(list, "--columns NAMES", options->columns, "The columns to show, in this order").SplitsAtCommas();
  AddOption(list, "--limit N", options->limit, "At most this many (default: all)").Range(1, 1'000'000'000);
  AddSourceOptions(list, options->source);
  AddFormatOption(list, options->format);
  Choose(list, chosen, options, &ListTrials);
}

void AddOneCommand(CLI::App& command, ChosenCommand& chosen,
                   absl::Status (*body)(const OneOptions& options, const Stop& stop)) {
  auto options = std::make_shared<OneOptions>();
  AddTrialArgument(command, options->study_and_number);
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, body);
}

}  // namespace

void AddTrialCommands(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& trial = AddCommand(app, "trial", "Lists and shows the trials of a study.",
                               "  parzen trial list digits-forest\n  parzen trial show digits-forest 7");
  TakeCommand(trial);
  AddListCommand(trial, chosen);
  AddOneCommand(AddCommand(trial, "show",
                           "Shows one trial: parameters and what they could have been, metrics, constraints, "
                           "intermediate values and all its attempts.",
                           "  parzen trial show digits-forest 7\n  parzen trial show 7 -f json"),
                chosen, &ShowTrial);
  AddOneCommand(AddCommand(trial, "why",
                           "Tells the story of a trial: who tried it where, how each attempt ended and why, what else "
                           "happened, and what happens next.",
                           "  parzen trial why digits-forest 7\n  parzen trial why 7 -f json"),
                chosen, &TellWhy);
  AddTrialArtifactsCommand(trial, chosen);
  AddTrialReplayCommand(trial, chosen);
  AddTrialEditCommands(trial, chosen);
}

}  // namespace parzen
