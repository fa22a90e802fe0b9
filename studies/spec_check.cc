#include "studies/spec_check.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "studies/metrics.h"
#include "studies/rule_check.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

constexpr int kMaxConstraints = 100;

// Only a training's metrics are known before the first trial.
void CheckMetric(const StudySpec& spec, const std::string& metric, const std::string& at, ProblemList& problems) {
  if (!spec.has_train()) {
    if (metric.empty()) problems.Add(at, "must name a metric, is empty");
    return;
  }
  const std::vector<std::string> names = ObjectiveMetricNames();
  if (std::find(names.begin(), names.end(), metric) == names.end()) {
    problems.Add(at, absl::StrCat(Quoted(metric), " is no metric", SuggestAmong(metric, names)));
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
    const auto [first, is_new] = first_with.emplace(metric, i);
    if (!is_new) problems.Add(at, absl::StrCat(Quoted(metric), " is in constraint[", first->second, "] already"));
  }
}

void CheckPruner(const StudySpec& spec, ProblemList& problems) {
  const PrunerSpec::KindCase kind = spec.search().pruner().kind_case();
  if (kind == PrunerSpec::KIND_NOT_SET || kind == PrunerSpec::kNone || spec.objective_size() <= 1) return;
  problems.Add("search.pruner", "needs a study with one objective: intermediate values are of one");
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
  CheckDataset(spec.train().dataset(), problems);
  CheckBudget(spec.search(), problems);
  // Last, because it can find most: the list must not be full before the others have spoken.
  CheckRules(spec, "", SetByParameters(space), problems);
}

}  // namespace parzen
