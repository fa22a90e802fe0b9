#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <queue>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

absl::StatusOr<ActivationTest> CompileAtLeast(const CompiledParameter& parameter, ActivationTest test, double bound) {
  if (!std::isfinite(bound)) return Wrong(absl::StrCat("must be a finite number, is ", PlainNumber(bound)));
  const auto never = [&parameter, bound](double most) {
    return Wrong(absl::StrCat("never holds: ", Quoted(parameter.name), " is at most ", PlainNumber(most), ", not ",
                              PlainNumber(bound)));
  };
  test.at_least = bound;
  if (const auto* range = std::get_if<FloatDistribution>(&*parameter.distribution)) {
    if (bound > range->high) return never(range->high);
    return test;
  }
  if (const auto* range = std::get_if<IntDistribution>(&*parameter.distribution)) {
    if (bound > static_cast<double>(range->high)) return never(static_cast<double>(range->high));
    return test;
  }
  const std::vector<Choice>& choices = std::get<CategoricalDistribution>(*parameter.distribution).choices;
  double most = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < choices.size(); ++i) {
    const auto* const whole = std::get_if<int64_t>(&choices[i]);
    const auto* const real = std::get_if<double>(&choices[i]);
    if (whole == nullptr && real == nullptr) {
      return Wrong(absl::StrCat("compares numbers, but ", Quoted(parameter.name), " may be ", ChoiceToJson(choices[i]),
                                "; use equals or one_of"));
    }
    const double value = whole != nullptr ? static_cast<double>(*whole) : *real;
    if (value >= bound) test.any_of.push_back(static_cast<double>(i));
    most = std::max(most, value);
  }
  if (test.any_of.empty()) return never(most);
  return test;
}

class ConditionCompiler {
 public:
  ConditionCompiler(const StudySpec& spec, CompiledSpace& space, ProblemList& problems)
      : spec_(spec), space_(space), problems_(problems) {
    for (size_t i = 0; i < space.parameters.size(); ++i) {
      names_.push_back(space.parameters[i].name);
      index_of_.emplace(names_.back(), i);
    }
  }

  void CompileAll(size_t i) {
    const ParameterSpec& parameter = spec_.parameter(static_cast<int>(i));
    const std::string at = absl::StrCat("parameter[", i, "]");
    if (parameter.when_size() > kMaxConditions) {
      return problems_.Add(
          absl::StrCat(at, ".when"),
          absl::StrCat("has ", parameter.when_size(), " conditions; at most ", kMaxConditions, " are possible"));
    }
    const size_t problems_before = problems_.problems().size();
    for (int w = 0; w < parameter.when_size() && !problems_.full(); ++w) {
      Compile(i, parameter.when(w), absl::StrCat(at, ".when[", w, "]"));
    }
    CompiledParameter& compiled = space_.parameters[i];
    if (problems_.problems().size() > problems_before) compiled.when_is_complete = false;
  }

 private:
  void Compile(size_t i, const ConditionSpec& condition, const std::string& at) {
    if (!condition.has_parameter()) return;  // CheckRules says so
    const auto other = index_of_.find(condition.parameter());
    if (other == index_of_.end()) {
      return problems_.Add(absl::StrCat(at, ".parameter"),
                           absl::StrCat("no parameter is called ", Quoted(condition.parameter()),
                                        SuggestAmong(condition.parameter(), names_)));
    }
    if (other->second == i) {
      return problems_.Add(absl::StrCat(at, ".parameter"), "refers to the parameter itself; name another one");
    }
    ActivationTest test;
    test.parameter = other->second;
    // A parameter that could not be understood has had its problem; its name alone still matters for circles.
    if (space_.parameters[other->second].distribution.has_value()) {
      CompileTest(condition, at, test);
    } else {
      space_.parameters[i].when_is_complete = false;
    }
    space_.parameters[i].when.push_back(std::move(test));
  }

  void CompileTest(const ConditionSpec& condition, const std::string& at, ActivationTest& test) {
    const CompiledParameter& other = space_.parameters[test.parameter];
    if (condition.has_at_least()) {
      absl::StatusOr<ActivationTest> compiled = CompileAtLeast(other, test, condition.at_least());
      if (!compiled.ok()) return problems_.Add(absl::StrCat(at, ".at_least"), compiled.status().message());
      test = *std::move(compiled);
    }
    if (condition.has_equals()) AddValue(condition.equals(), absl::StrCat(at, ".equals"), test);
    const int size = condition.one_of().value_size();
    if (size > kMaxConditions) {
      return problems_.Add(absl::StrCat(at, ".one_of"),
                           absl::StrCat("has ", size, " values; at most ", kMaxConditions, " are possible"));
    }
    for (int v = 0; v < size && !problems_.full(); ++v) {
      AddValue(condition.one_of().value(v), absl::StrCat(at, ".one_of.value[", v, "]"), test);
    }
  }

  void AddValue(const std::string& text, const std::string& at, ActivationTest& test) {
    const Categorical& written = spec_.parameter(static_cast<int>(test.parameter)).categorical();
    const absl::StatusOr<double> value = ParseParameterValue(space_.parameters[test.parameter], written, text);
    if (!value.ok()) return problems_.Add(at, value.status().message());
    test.any_of.push_back(*value);
  }

  const StudySpec& spec_;
  CompiledSpace& space_;
  ProblemList& problems_;
  std::vector<std::string> names_;
  std::map<std::string, size_t> index_of_;
};

// Walks the conditions depth first and names every circle it comes upon.
class CircleSearch {
 public:
  CircleSearch(const CompiledSpace& space, ProblemList& problems)
      : space_(space), problems_(problems), seen_(space.parameters.size(), Seen::kNot) {}

  // True when a circle was found anywhere. Recursion is bounded by kMaxParameters.
  bool Run() {
    for (size_t i = 0; i < seen_.size(); ++i) Visit(i);
    return found_;
  }

 private:
  enum class Seen { kNot, kOnPath, kDone };

  void Visit(size_t i) {
    if (seen_[i] == Seen::kDone) return;
    if (seen_[i] == Seen::kOnPath) return Report(i);
    seen_[i] = Seen::kOnPath;
    path_.push_back(i);
    for (const ActivationTest& test : space_.parameters[i].when) Visit(test.parameter);
    path_.pop_back();
    seen_[i] = Seen::kDone;
  }

  void Report(size_t first) {
    found_ = true;
    std::vector<std::string> names;
    for (auto it = std::find(path_.begin(), path_.end(), first); it != path_.end(); ++it) {
      names.push_back(space_.parameters[*it].name);
    }
    names.push_back(space_.parameters[first].name);
    problems_.Add(absl::StrCat("parameter[", first, "].when"),
                  absl::StrCat("the conditions form a circle, so none of these could ever exist: ",
                               absl::StrJoin(names, " -> ")));
  }

  const CompiledSpace& space_;
  ProblemList& problems_;
  std::vector<Seen> seen_;
  std::vector<size_t> path_;
  bool found_ = false;
};

}  // namespace

bool ActivationTest::Passes(double internal) const {
  if (any_of.empty()) return internal >= at_least;
  return std::find(any_of.begin(), any_of.end(), internal) != any_of.end();
}

void CompileConditions(const StudySpec& spec, CompiledSpace& space, ProblemList& problems) {
  ConditionCompiler compiler(spec, space, problems);
  for (size_t i = 0; i < space.parameters.size() && !problems.full(); ++i) compiler.CompileAll(i);
}

void OrderByConditions(CompiledSpace& space, ProblemList& problems) {
  if (CircleSearch(space, problems).Run()) return;
  const size_t size = space.parameters.size();
  std::vector<size_t> waits_for(size, 0);
  std::vector<std::vector<size_t>> waited_on_by(size);
  for (size_t i = 0; i < size; ++i) {
    waits_for[i] = space.parameters[i].when.size();
    for (const ActivationTest& test : space.parameters[i].when) waited_on_by[test.parameter].push_back(i);
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;  // the first declared comes first
  for (size_t i = 0; i < size; ++i) {
    if (waits_for[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    const size_t next = ready.top();
    ready.pop();
    space.activation_order.push_back(next);
    for (const size_t other : waited_on_by[next]) {
      if (--waits_for[other] == 0) ready.push(other);
    }
  }
}

}  // namespace parzen
