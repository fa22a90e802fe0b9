#include "cli/study_rows.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/named_values.h"
#include "studies/metrics.h"

namespace parzen {
namespace {

using Row = std::vector<std::pair<std::string, Cell>>;

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
  return study.running() > 0 ? "running" : "unfinished";
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

// The member of SamplerSpec.kind; the default's name when none is chosen.
std::string SamplerName(const SamplerSpec& sampler) {
  const google::protobuf::OneofDescriptor* const kind = SamplerSpec::descriptor()->FindOneofByName("kind");
  const auto* const chosen = SamplerSpec::GetReflection()->GetOneofFieldDescriptor(sampler, kind);
  return chosen == nullptr ? "random" : chosen->name();
}

}  // namespace

int64_t FinishedTrials(const StudySummary& study) { return study.complete() + study.pruned() + study.failed(); }

std::vector<std::string> ObjectiveNames(const StudySummary& study) {
  std::vector<std::string> names;
  for (int i = 0; i < study.direction_size(); ++i) {
    names.push_back(i < study.metric_size() ? study.metric(i) : absl::StrCat("value_", i));
  }
  return names;
}

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
               "best_trial", "objective"});
  for (const StudySummary& study : studies) {
    table.AddRow({study.name(), StudyState(study), FinishedTrials(study),
                  study.budget() > 0 ? Cell(study.budget()) : Cell(), study.running(), study.waiting(),
                  study.complete(), study.pruned(), study.failed(), BestValue(study),
                  study.has_best() ? Cell(study.best().number()) : Cell(), DescribeObjectives(study)});
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
             {"complete", study.complete()},
             {"pruned", study.pruned()},
             {"failed", study.failed()},
             {"best", BestValue(study)},
             {"best_trial", study.has_best() ? Cell(study.best().number()) : Cell()},
             {"started", TextOrNull(study.started())},
             {"last_completed", TextOrNull(study.last_completed())}};
  if (study.has_spec()) {
    const SearchSpec& search = study.spec().search();
    row.emplace_back("sampler", SamplerName(search.sampler()));
    row.emplace_back("seed", search.seed());
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
