#include "cli/study_rows.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/named_values.h"
#include "google/protobuf/text_format.h"
#include "nlohmann/json.hpp"
#include "studies/metrics.h"
#include "studies/reports/json_value.h"

namespace parzen {
namespace {

using Row = std::vector<std::pair<std::string, Cell>>;

constexpr size_t kToSeconds = 19;  // of "YYYY-MM-DD HH:MM:SS.ffffff"

Table OneRow(const Row& row) {
  std::vector<std::string> columns;
  std::vector<Cell> cells;
  for (const auto& [name, cell] : row) {
    columns.push_back(name);
    cells.push_back(cell);
  }
  Table table(columns);
  table.AddRow(cells);
  return table;
}

std::string StudyState(const StudySummary& study) {
  if (study.finished()) return "finished";
  if (study.stopped()) return "stopped";
  if (study.running() > 0) return "running";
  return study.has_spec() ? "unfinished" : "imported";
}

// A message as one line of a study file: "tpe { candidates: 24 }".
std::string OneLine(const google::protobuf::Message& message) {
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string line;
  printer.PrintToString(message, &line);
  return std::string(absl::StripTrailingAsciiWhitespace(line));
}

std::string OneLineOr(const google::protobuf::Message& message, const std::string& empty) {
  const std::string line = OneLine(message);
  return line.empty() ? empty : line;
}

std::string DescribeWork(const StudySpec& spec) {
  switch (spec.work_case()) {
    case StudySpec::kTrain:
      return absl::StrCat("train { ", OneLine(spec.train()), " }");
    case StudySpec::kFunction:
      return absl::StrCat("function { ", OneLine(spec.function()), " }");
    case StudySpec::kCommand:
      return absl::StrCat("command { ", OneLine(spec.command()), " }");
    case StudySpec::WORK_NOT_SET:
      break;
  }
  return "none: trials are asked for and told";
}

std::string DescribeConstraint(const ConstraintSpec& constraint) {
  return constraint.has_at_most() ? absl::StrFormat("%s <= %g", constraint.metric(), constraint.at_most())
                                  : absl::StrFormat("%s >= %g", constraint.metric(), constraint.at_least());
}

std::string DescribeFixed(const google::protobuf::RepeatedPtrField<FixedValue>& values) {
  return absl::StrJoin(values, ", ", [](std::string* out, const FixedValue& value) {
    absl::StrAppend(out, value.parameter(), " = ", value.value());
  });
}

void AppendSpec(const StudySpec& spec, Row& row) {
  const SearchSpec& search = spec.search();
  row.emplace_back("work", DescribeWork(spec));
  row.emplace_back("sampler", OneLineOr(search.sampler(), "random { }"));
  row.emplace_back("pruner", OneLineOr(search.pruner(), "none { }"));
  row.emplace_back("seed", search.seed());
  row.emplace_back("deterministic", search.deterministic());
  row.emplace_back("look_ahead", search.deterministic() ? Cell(search.look_ahead()) : Cell());
  row.emplace_back("max_attempts", search.max_attempts());
  row.emplace_back("constraints", TextOrNull(absl::StrJoin(spec.constraint(), ", ",
                                                           [](std::string* out, const ConstraintSpec& constraint) {
                                                             absl::StrAppend(out, DescribeConstraint(constraint));
                                                           })));
  row.emplace_back("fixed", TextOrNull(DescribeFixed(search.fix())));
  row.emplace_back("enqueued", search.enqueue_size() > 0 ? Cell(search.enqueue_size()) : Cell());
}

std::string DescribeDomain(const ParameterSpec& parameter) {
  switch (parameter.domain_case()) {
    case ParameterSpec::kFloat: {
      const FloatRange& range = parameter.float_();
      const std::string step = range.has_step() ? absl::StrFormat(", step %g", range.step()) : "";
      return absl::StrFormat("%g to %g%s%s", range.low(), range.high(), range.log() ? ", log" : "", step);
    }
    case ParameterSpec::kInt: {
      const IntRange& range = parameter.int_();
      const std::string step = range.step() == 1 ? "" : absl::StrCat(", step ", range.step());
      return absl::StrCat(range.low(), " to ", range.high(), range.log() ? ", log" : "", step);
    }
    case ParameterSpec::kCategorical:
      return absl::StrJoin(parameter.categorical().choice(), " | ");
    case ParameterSpec::DOMAIN_NOT_SET:
      break;
  }
  return "";
}

std::string DescribeConditions(const ParameterSpec& parameter) {
  std::vector<std::string> conditions;
  for (const ConditionSpec& when : parameter.when()) {
    const std::string test = when.has_one_of() ? absl::StrCat("one of ", absl::StrJoin(when.one_of().value(), " | "))
                             : when.has_at_least() ? absl::StrFormat(">= %g", when.at_least())
                                                   : absl::StrCat("= ", when.equals());
    conditions.push_back(absl::StrCat(when.parameter(), " ", test));
  }
  return absl::StrJoin(conditions, " and ");
}

}  // namespace

bool EndedByItsSpace(const StudySummary& study) { return study.finished() && FinishedTrials(study) < study.budget(); }

int64_t FinishedTrials(const StudySummary& study) { return study.complete() + study.pruned() + study.failed(); }

std::string DescribeObjectives(const StudySummary& study) {
  std::vector<std::string> objectives = ObjectiveNames(study);
  for (int i = 0; i < study.direction_size(); ++i) {
    objectives[i] = absl::StrCat(Direction_Name(study.direction(i)), " ", objectives[i]);
  }
  return absl::StrJoin(objectives, ", ");
}

Cell BestValue(const StudySummary& study) {
  return study.has_best() && study.best().value_size() > 0 ? Cell(study.best().value(0)) : Cell();
}

Table StudyTable(const std::vector<StudySummary>& studies) {
  Table table({"name", "state", "finished", "budget", "running", "waiting", "complete", "pruned", "failed", "best",
               "best_trial", "last_completed", "objective"});
  for (const StudySummary& study : studies) {
    table.AddRow({study.name(), StudyState(study), FinishedTrials(study),
                  study.budget() > 0 ? Cell(study.budget()) : Cell(), study.running(), study.waiting(),
                  study.complete(), study.pruned(), study.failed(), BestValue(study),
                  study.has_best() ? Cell(study.best().number()) : Cell(), TextOrNull(study.last_completed()),
                  DescribeObjectives(study)});
  }
  return table;
}

Table ShortStudyTable(const std::vector<StudySummary>& studies) {
  Table table({"name", "state", "trials", "running", "failed", "best", "last completed", "objective"});
  for (const StudySummary& study : studies) {
    const std::string budget = study.budget() > 0 ? absl::StrCat("/", study.budget()) : "";
    table.AddRow({study.name(), StudyState(study), absl::StrCat(FinishedTrials(study), budget), study.running(),
                  study.failed(), BestValue(study), TextOrNull(study.last_completed().substr(0, kToSeconds)),
                  DescribeObjectives(study)});
  }
  return table;
}

Table StudyRecord(const StudySummary& study) {
  Row row = {{"name", study.name()},
             {"state", StudyState(study)},
             {"objective", DescribeObjectives(study)},
             {"finished", FinishedTrials(study)},
             {"budget", study.budget() > 0 ? Cell(study.budget()) : Cell()},
             {"running", study.running()},
             {"waiting", study.waiting()},
             {"paused", study.paused()},
             {"complete", study.complete()},
             {"pruned", study.pruned()},
             {"failed", study.failed()},
             {"best", BestValue(study)},
             {"best_trial", study.has_best() ? Cell(study.best().number()) : Cell()},
             {"started", TextOrNull(study.started())},
             {"last_completed", TextOrNull(study.last_completed())}};
  row.emplace_back("end", EndedByItsSpace(study) ? Cell("each point of the space was tried") : Cell());
  row.emplace_back("made_by", study.has_spec() ? "parzen" : "another program");
  if (study.has_spec()) AppendSpec(study.spec(), row);
  for (const NamedJson& attribute : study.user_attribute()) {
    row.emplace_back(absl::StrCat("attribute ", attribute.name()), ReadJsonValue(attribute.json()));
  }
  for (const DatasetFile& file : study.file()) {
    row.emplace_back(absl::StrCat("file ", file.name()), absl::StrCat(file.bytes(), " bytes, sha256 ", file.sha256()));
  }
  if (study.has_final()) {
    for (const auto& [name, value] : FlattenMetrics(study.final().metrics())) {
      if (absl::StartsWith(name, "test_")) row.emplace_back(name, value);
    }
  }
  return OneRow(row);
}

Table SpaceTable(const StudySpec& spec) {
  Table table({"parameter", "sets", "values", "when"});
  for (const ParameterSpec& parameter : spec.parameter()) {
    table.AddRow({parameter.name(), parameter.sets(), DescribeDomain(parameter), DescribeConditions(parameter)});
  }
  return table;
}

}  // namespace parzen
