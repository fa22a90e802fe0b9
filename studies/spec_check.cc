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

void CheckObjectives(const StudySpec& spec, ProblemList& problems) {
  if (spec.objective_size() > kMaxObjectives) {
    problems.Add("objective", absl::StrCat("there are ", spec.objective_size(), " objectives; at most ", kMaxObjectives,
                                           " are possible"));
    return;
  }
  const std::vector<std::string> names = ObjectiveMetricNames();
  std::map<std::string, int> first_with;
  for (int i = 0; i < spec.objective_size(); ++i) {
    const std::string& metric = spec.objective(i).metric();
    const std::string at = absl::StrCat("objective[", i, "].metric");
    if (std::find(names.begin(), names.end(), metric) == names.end()) {
      problems.Add(at, absl::StrCat(Quoted(metric), " is no metric", SuggestAmong(metric, names)));
    }
    const auto [first, is_new] = first_with.emplace(metric, i);
    if (!is_new) problems.Add(at, absl::StrCat(Quoted(metric), " is objective[", first->second, "] already"));
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
  CheckDataset(spec.train().dataset(), problems);
  CheckBudget(spec.search(), problems);
  // Last, because it can find most: the list must not be full before the others have spoken.
  CheckRules(spec, "", SetByParameters(space), problems);
}

}  // namespace parzen
