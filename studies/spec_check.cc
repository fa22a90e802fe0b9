#include "studies/spec_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "functions/test_function.h"
#include "studies/metrics.h"
#include "studies/rule_check.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

constexpr int kMaxConstraints = 100;

// An argument list that every system takes, its terminators not counted.
constexpr int kMaxArguments = 1000;
constexpr size_t kMaxArgumentBytes = 100'000;
constexpr size_t kMaxFolderBytes = 4000;
constexpr size_t kMaxMetricBytes = 512;

// The metrics that objectives may name; empty when only the program itself knows them, or when there is no such work.
std::vector<std::string> KnownMetrics(const StudySpec& spec) {
  if (spec.has_train()) return ObjectiveMetricNames();
  const absl::StatusOr<TestFunction> function = FindFunction(spec.function());
  return spec.has_function() && function.ok() ? MetricNames(*function) : std::vector<std::string>();
}

void CheckMetric(const StudySpec& spec, const std::string& metric, const std::string& at, ProblemList& problems) {
  const std::vector<std::string> names = KnownMetrics(spec);
  if (metric.empty()) {
    problems.Add(at, "must name a metric, is empty");
  } else if (metric.size() > kMaxMetricBytes) {
    problems.Add(at, absl::StrCat("has ", metric.size(), " bytes; at most ", kMaxMetricBytes, " are possible"));
  } else if (!names.empty() && std::find(names.begin(), names.end(), metric) == names.end()) {
    problems.Add(at, absl::StrCat(Quoted(metric), " is no metric", spec.has_function() ? " of this function" : "",
                                  SuggestAmong(metric, names)));
  }
}

void CheckObjectives(const StudySpec& spec, ProblemList& problems) {
  if (spec.objective_size() > kMaxObjectives) {
    problems.Add("objective", absl::StrCat("there are ", spec.objective_size(), " objectives; at most ", kMaxObjectives,
                                           " are possible"));
    return;
  }
  std::map<std::string, int> first_with;
  for (int i = 0; i < spec.objective_size(); ++i) {
    const std::string metric = MetricOf(spec, i);
    const std::string at = absl::StrCat("objective[", i, "].metric");
    CheckMetric(spec, metric, at, problems);
    const auto [first, is_new] = first_with.emplace(metric, i);
    if (!is_new) problems.Add(at, absl::StrCat(Quoted(metric), " is objective[", first->second, "] already"));
  }
}

void CheckConstraints(const StudySpec& spec, ProblemList& problems) {
  if (spec.constraint_size() > kMaxConstraints) {
    problems.Add("constraint", absl::StrCat("there are ", spec.constraint_size(), " constraints; at most ",
                                            kMaxConstraints, " are possible"));
    return;
  }
  std::map<std::string, int> first_with;
  for (int i = 0; i < spec.constraint_size(); ++i) {
    const std::string& metric = spec.constraint(i).metric();
    if (!spec.constraint(i).has_metric()) continue;  // CheckRules says so
    const std::string at = absl::StrCat("constraint[", i, "].metric");
    CheckMetric(spec, metric, at, problems);
    // Kept with each trial under the name "constraints:METRIC", as Optuna does.
    constexpr size_t kMaxConstraintBytes = kMaxMetricBytes - 12;
    if (metric.size() > kMaxConstraintBytes && metric.size() <= kMaxMetricBytes) {
      problems.Add(at, absl::StrCat("has ", metric.size(), " bytes; at most ", kMaxConstraintBytes, " are possible"));
    }
    const auto [first, is_new] = first_with.emplace(metric, i);
    if (!is_new) problems.Add(at, absl::StrCat(Quoted(metric), " is in constraint[", first->second, "] already"));
  }
}

void CheckPromotion(const StudySpec& spec, ProblemList& problems) {
  std::string at = "search.pruner";
  for (const PrunerSpec* inner = &spec.search().pruner(); inner->has_patient(); inner = &inner->patient().wraps()) {
    at += ".patient.wraps";
    if (inner->patient().wraps().successive_halving().promote()) {
      problems.Add(at + ".successive_halving.promote", "cannot be wrapped: patience would decide who pauses");
    }
  }
  if (!spec.search().pruner().successive_halving().promote()) return;
  constexpr char kField[] = "search.pruner.successive_halving.promote";
  if (spec.search().deterministic()) {
    problems.Add(
        kField,
        "lets trials go on when others have turned out worse, which depends on how fast they are: such a study "
        "cannot be deterministic; leave out one of the two");
  }
  if (spec.work_case() == StudySpec::WORK_NOT_SET) {
    problems.Add(kField, "is for trials that workers do: those of other programs, which ask and tell, do not pause");
  }
}

void CheckPruner(const StudySpec& spec, ProblemList& problems) {
  const PrunerSpec::KindCase kind = spec.search().pruner().kind_case();
  if (kind == PrunerSpec::KIND_NOT_SET || kind == PrunerSpec::kNone) return;
  if (spec.objective_size() > 1) {
    problems.Add("search.pruner", "needs a study with one objective: intermediate values are of one");
  }
  if (spec.has_function() && !spec.function().has_curve()) {
    problems.Add("search.pruner", "has nothing to look at: the function reports no steps; add function { curve {} }");
  }
  CheckPromotion(spec, problems);
}

void CheckFunction(const StudySpec& spec, ProblemList& problems) {
  if (!spec.has_function() || !FindFunction(spec.function()).ok()) return;  // CheckRules says so
  const absl::Status count = CheckParameterCount(spec.function(), spec.parameter_size());
  if (!count.ok()) problems.Add("parameter", count.message());
}

void CheckCommand(const CommandSpec& command, ProblemList& problems) {
  if (command.argv_size() > kMaxArguments) {
    problems.Add("command.argv", absl::StrCat("there are ", command.argv_size(), " arguments; at most ", kMaxArguments,
                                              " are possible"));
  }
  size_t bytes = 0;
  for (const std::string& argument : command.argv()) bytes += argument.size();
  if (bytes > kMaxArgumentBytes) {
    problems.Add("command.argv", absl::StrCat("has ", bytes, " bytes; at most ", kMaxArgumentBytes, " are possible"));
  }
  if (command.argv_size() > 0 && command.argv(0).empty()) {
    problems.Add("command.argv[0]", "must name a program, is empty");
  }
  if (command.has_folder() && command.folder().empty()) {
    problems.Add("command.folder", "must name a folder, is empty; leave it out for the worker's own");
  }
  if (command.folder().size() > kMaxFolderBytes) {
    problems.Add("command.folder",
                 absl::StrCat("has ", command.folder().size(), " bytes; at most ", kMaxFolderBytes, " are possible"));
  }
}

void CheckDataset(const DatasetSpec& dataset, ProblemList& problems) {
  const Idx& idx = dataset.idx();
  if (idx.has_test_images() && !idx.has_test_labels()) {
    problems.Add("train.dataset.idx.test_labels", "is missing; test_images need their labels");
  }
  if (idx.has_test_labels() && !idx.has_test_images()) {
    problems.Add("train.dataset.idx.test_images", "is missing; test_labels need their images");
  }
}

void CheckBudget(const SearchSpec& search, ProblemList& problems) {
  if (search.has_trials() || search.sampler().has_grid()) return;
  problems.Add("search.trials", "is missing; say how many, as in search { trials: 100 } (only a grid ends by itself)");
}

// What would make the study another one on another machine, or a busier one.
void CheckDeterministic(const StudySpec& spec, ProblemList& problems) {
  const SearchSpec& search = spec.search();
  if (!search.deterministic()) {
    if (search.has_look_ahead()) {
      problems.Add("search.look_ahead", "is for deterministic studies only; add deterministic: true, or leave it out");
    }
    return;
  }
  const auto check_metric = [&problems](const std::string& metric, const std::string& at) {
    if (!IsMeasured(metric)) return;
    problems.Add(at, absl::StrCat(Quoted(metric),
                                  " is measured, and differs from run to run: a study that depends on it cannot be "
                                  "deterministic; name another metric, or leave out search.deterministic"));
  };
  for (int i = 0; i < spec.objective_size(); ++i) {
    check_metric(MetricOf(spec, i), absl::StrCat("objective[", i, "].metric"));
  }
  for (int i = 0; i < spec.constraint_size(); ++i) {
    check_metric(spec.constraint(i).metric(), absl::StrCat("constraint[", i, "].metric"));
  }
  constexpr char kLimit[] =
      "ends a trial or not by how fast the machine is: such a study cannot be deterministic; leave out one of the two";
  if (search.has_trial_time_limit_seconds()) problems.Add("search.trial_time_limit_seconds", kLimit);
  if (spec.command().has_time_limit_seconds()) problems.Add("command.time_limit_seconds", kLimit);
}

// What every trial gets from a parameter, as paths in the study.
std::set<std::string> SetByParameters(const CompiledSpace& space) {
  std::set<std::string> paths;
  for (const CompiledParameter& parameter : space.parameters) {
    const bool is_always_there = parameter.when.empty() && parameter.when_is_complete;
    if (parameter.path.has_value() && is_always_there) paths.insert(absl::StrCat("train.", parameter.path->text()));
  }
  return paths;
}

}  // namespace

void CheckSpec(const StudySpec& spec, ProblemList& problems) {
  const CompiledSpace space = CompileSpace(spec, problems);
  CheckObjectives(spec, problems);
  CheckConstraints(spec, problems);
  CheckPruner(spec, problems);
  CheckFunction(spec, problems);
  CheckCommand(spec.command(), problems);
  CheckDataset(spec.train().dataset(), problems);
  CheckBudget(spec.search(), problems);
  CheckDeterministic(spec, problems);
  // Last, because it can find most: the list must not be full before the others have spoken.
  CheckRules(spec, "", SetByParameters(space), problems);
}

}  // namespace parzen
