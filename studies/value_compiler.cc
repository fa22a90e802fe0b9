// Values that a study file gives to parameters: one of them (in a condition), search.fix and search.enqueue.
#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/distribution_json.h"
#include "studies/space_compiler.h"

namespace parzen {
namespace {

// Points are kept, and each becomes a trial: more than this is no list that a person wrote.
constexpr int kMaxEnqueued = 10'000;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

class GivenValueCompiler {
 public:
  GivenValueCompiler(const StudySpec& spec, const CompiledSpace& space, ProblemList& problems)
      : spec_(spec), space_(space), problems_(problems) {
    for (const CompiledParameter& parameter : space.parameters) names_.push_back(parameter.name);
  }

  void Compile(const FixedValue& given, const std::string& at, Point& point) {
    if (!given.has_parameter() || !given.has_value()) return;  // CheckRules says so
    const auto name = std::find(names_.begin(), names_.end(), given.parameter());
    if (name == names_.end()) {
      return problems_.Add(
          absl::StrCat(at, ".parameter"),
          absl::StrCat("no parameter is called ", Quoted(given.parameter()), SuggestAmong(given.parameter(), names_)));
    }
    const auto i = static_cast<size_t>(name - names_.begin());
    if (point[i].has_value()) {
      return problems_.Add(absl::StrCat(at, ".parameter"), absl::StrCat(Quoted(*name), " has a value here already"));
    }
    if (!space_.parameters[i].distribution.has_value()) return;  // it has had its problem
    const Categorical& written = spec_.parameter(static_cast<int>(i)).categorical();
    const absl::StatusOr<double> value = ParseParameterValue(space_.parameters[i], written, given.value());
    if (!value.ok()) return problems_.Add(absl::StrCat(at, ".value"), value.status().message());
    point[i] = *value;
  }

  // A fixed parameter may be given, but no other value than its own.
  void CheckFixed(const EnqueuedPoint& given, const std::string& at, const Point& point) {
    const auto& fixed = spec_.search().fix();
    for (int f = 0; f < fixed.size(); ++f) {
      const auto i =
          static_cast<size_t>(std::find(names_.begin(), names_.end(), fixed[f].parameter()) - names_.begin());
      if (i == names_.size() || !point[i].has_value() || point[i] == space_.fixed[i]) continue;
      const auto set = std::find_if(given.set().begin(), given.set().end(),
                                    [&](const FixedValue& value) { return value.parameter() == names_[i]; });
      problems_.Add(absl::StrCat(at, ".set[", set - given.set().begin(), "].value"),
                    absl::StrCat(Quoted(names_[i]), " is fixed to ", Quoted(fixed[f].value()), " by search.fix[", f,
                                 "]; leave it out here"));
    }
  }

 private:
  const StudySpec& spec_;
  const CompiledSpace& space_;
  ProblemList& problems_;
  std::vector<std::string> names_;
};

}  // namespace

absl::StatusOr<double> ParseParameterValue(const CompiledParameter& parameter, const Categorical& written,
                                           const std::string& text) {
  const Distribution& distribution = *parameter.distribution;
  if (const auto* categories = std::get_if<CategoricalDistribution>(&distribution)) {
    const absl::StatusOr<Choice> choice = ParseChoice(parameter.path, text);
    const auto it = choice.ok() ? std::find(categories->choices.begin(), categories->choices.end(), *choice)
                                : categories->choices.end();
    if (it != categories->choices.end()) return static_cast<double>(it - categories->choices.begin());
    const std::vector<std::string> names(written.choice().begin(), written.choice().end());
    return Wrong(absl::StrCat(Quoted(text), " is no choice of ", Quoted(parameter.name), SuggestAmong(text, names)));
  }
  double number = 0;
  if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) {
    return Wrong(absl::StrCat(Quoted(text), " is no number, as the values of ", Quoted(parameter.name), " are"));
  }
  const absl::StatusOr<double> internal = ValueFromJson(distribution, JsonNumber(number));
  if (internal.ok()) return NearestValue(distribution, *internal);
  return Wrong(
      absl::StrCat(Quoted(text), " is no value of ", Quoted(parameter.name), ": ", DescribeValues(distribution)));
}

void CompileGivenValues(const StudySpec& spec, CompiledSpace& space, ProblemList& problems) {
  const SearchSpec& search = spec.search();
  GivenValueCompiler compiler(spec, space, problems);
  space.fixed.resize(space.parameters.size());
  for (int i = 0; i < search.fix_size() && !problems.full(); ++i) {
    compiler.Compile(search.fix(i), absl::StrCat("search.fix[", i, "]"), space.fixed);
  }
  if (search.enqueue_size() > kMaxEnqueued) {
    problems.Add("search.enqueue",
                 absl::StrCat("there are ", search.enqueue_size(), " points; at most ", kMaxEnqueued, " are possible"));
    return;
  }
  for (int i = 0; i < search.enqueue_size() && !problems.full(); ++i) {
    Point& point = space.enqueued.emplace_back(space.parameters.size());
    for (int v = 0; v < search.enqueue(i).set_size() && !problems.full(); ++v) {
      const std::string at = absl::StrCat("search.enqueue[", i, "].set[", v, "]");
      compiler.Compile(search.enqueue(i).set(v), at, point);
    }
    compiler.CheckFixed(search.enqueue(i), absl::StrCat("search.enqueue[", i, "]"), point);
  }
}

}  // namespace parzen
