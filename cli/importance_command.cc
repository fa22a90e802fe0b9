// parzen importance.
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "cli/command.h"
#include "cli/importance_bars.h"
#include "cli/study_rows.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/work_line.h"
#include "studies/importance/study_table.h"
#include "studies/option_docs.h"
#include "studies/rule_check.h"
#include "studies/text_check.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
  std::string evaluator;
  std::string objective;
  Format format = Format::kTable;
};

// A name ("fanova"), or a name with options ("fanova { trees: 128 }").
absl::StatusOr<ImportanceSpec> ParseEvaluator(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  const bool is_name = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
  });
  if (is_name) RETURN_IF_ERROR(DescribeKind("ImportanceSpec", "evaluator", text, "evaluator").status());
  ImportanceSpec spec;
  ProblemList problems;
  ReadMessageText(is_name ? absl::StrCat(text, " {}") : std::string(text), spec, problems);
  if (problems.problems().empty()) CheckRules(spec, "", {}, problems);
  RETURN_IF_ERROR(ProblemsToStatus(problems.problems(), "--evaluator"));
  return spec;
}

// The objectives to look at: the one that the user named by its number or metric, or all.
absl::StatusOr<std::vector<int>> ChooseObjectives(const StudySummary& study, const std::string& wanted) {
  const std::vector<std::string> names = ObjectiveNames(study);
  std::vector<int> all;
  for (int i = 0; i < study.direction_size(); ++i) all.push_back(i);
  if (wanted.empty()) return all;
  const auto named = std::find(names.begin(), names.end(), wanted);
  if (named != names.end()) return std::vector<int>{static_cast<int>(named - names.begin())};
  int number = 0;
  const bool is_number = absl::SimpleAtoi(wanted, &number);
  if (is_number && number >= 0 && number < study.direction_size()) return std::vector<int>{number};
  return absl::NotFoundError(absl::StrCat("study \"", Printable(study.name()), "\" has no objective \"",
                                          Printable(wanted), "\"", SuggestName(wanted, names),
                                          "; or say its number, from 0 to ", study.direction_size() - 1));
}

absl::StatusOr<std::vector<TrialRecord>> ReadTrials(StudySource& source, const StudySummary& study) {
  WorkLine line(stderr, IsTerminal(STDERR_FILENO), "reading trials", ReadClock().steady);
  const double all = static_cast<double>(FinishedTrials(study) + study.running() + study.waiting());
  return AllTrials(source, study.name(), {.distributions = true},
                   [&](size_t read) { line.Show(all > 0 ? static_cast<double>(read) / all : 1, ReadClock().steady); });
}

absl::StatusOr<ObjectiveImportance> Evaluate(const StudySummary& study, const std::vector<TrialRecord>& trials,
                                             int objective, const ImportanceSpec& spec) {
  ASSIGN_OR_RETURN(const ImportanceData data, MakeImportanceData(study, trials, objective));
  WorkLine line(stderr, IsTerminal(STDERR_FILENO), "evaluating", ReadClock().steady);
  absl::StatusOr<std::vector<Importance>> shares =
      EvaluateImportance(data, spec, static_cast<uint64_t>(study.spec().search().seed()),
                         [&](double share) { line.Show(share, ReadClock().steady); });
  if (absl::IsFailedPrecondition(shares.status())) {
    return absl::FailedPreconditionError(
        absl::StrCat("study \"", Printable(study.name()), "\": ", shares.status().message()));
  }
  RETURN_IF_ERROR(shares.status());
  return ObjectiveImportance{ObjectiveNames(study)[static_cast<size_t>(objective)], data.target.size(),
                             EvaluatorName(spec), *std::move(shares)};
}

absl::Status ShowImportance(const Options& options, const Stop&) {
  ASSIGN_OR_RETURN(const ImportanceSpec spec, ParseEvaluator(options.evaluator));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, options.study));
  ASSIGN_OR_RETURN(const std::vector<int> objectives, ChooseObjectives(study, options.objective));
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> trials, ReadTrials(*source, study));
  std::vector<ObjectiveImportance> importances;
  for (const int objective : objectives) {
    ASSIGN_OR_RETURN(ObjectiveImportance importance, Evaluate(study, trials, objective, spec));
    importances.push_back(std::move(importance));
  }
  if (options.format != Format::kTable) {
    return PrintTable(ImportanceTable(importances, /*names_objective=*/study.direction_size() > 1), options.format);
  }
  std::vector<std::string> charts;
  for (const ObjectiveImportance& importance : importances) {
    charts.push_back(ImportanceBars(importance, TerminalColumns(STDOUT_FILENO) - 1, UseColour(STDOUT_FILENO)));
  }
  return PrintResult(absl::StrJoin(charts, "\n"));
}

// "ped_anova (how far ...), fanova (...)": the first clause of what each does.
std::string DescribeEvaluators() {
  std::string text;
  for (const KindDoc& kind : DescribeKinds("ImportanceSpec", "evaluator")) {
    const std::string meaning = kind.meaning.substr(0, kind.meaning.find(". "));
    absl::StrAppend(&text, "\n  ", kind.name, ": ", meaning);
  }
  return text;
}

}  // namespace

void AddImportanceCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "importance",
      "Shows how much each parameter matters to a study's objective, as shares of 100 %, from its complete trials.",
      absl::StrCat("  parzen importance digits-forest\n"
                   "  parzen importance --evaluator 'fanova { trees: 128 }' -f json\n"
                   "Evaluators (their options: `parzen evaluator show NAME`):",
                   DescribeEvaluators()));
  AddStudyArgument(command, options->study);
  AddOption(command, "--evaluator EVALUATOR", options->evaluator,
            "How to measure it: a name, or a name with options as in a study file (default: ped_anova)");
  AddOption(command, "--objective OBJECTIVE", options->objective,
            "Metric or number, from 0, of the objective to look at (default: every objective)");
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &ShowImportance);
}

}  // namespace parzen
