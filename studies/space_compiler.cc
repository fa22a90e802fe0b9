#include "studies/space_compiler.h"

#include <map>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

void CheckNames(const StudySpec& spec, ProblemList& problems) {
  std::map<std::string, int> first_with;
  for (int i = 0; i < spec.parameter_size(); ++i) {
    if (!spec.parameter(i).has_name()) continue;  // CheckRules says so
    const auto [first, is_new] = first_with.emplace(spec.parameter(i).name(), i);
    if (is_new) continue;
    problems.Add(absl::StrCat("parameter[", i, "].name"),
                 absl::StrCat(Quoted(first->first), " is the name of parameter[", first->second,
                              "] already; every parameter needs its own"));
  }
}

std::optional<FieldPath> ResolveTarget(const StudySpec& spec, int i, ProblemList& problems) {
  const std::string at = absl::StrCat("parameter[", i, "].sets");
  if (!spec.has_train()) {
    if (spec.parameter(i).has_sets()) problems.Add(at, "is for train; functions and commands get parameters by name");
    return std::nullopt;
  }
  if (!spec.parameter(i).has_sets()) {
    problems.Add(at, "is missing");
    return std::nullopt;
  }
  absl::StatusOr<FieldPath> path = FieldPath::Resolve(spec.train(), spec.parameter(i).sets());
  if (!path.ok()) {
    problems.Add(at, path.status().message());
    return std::nullopt;
  }
  // Files are found and hashed once, before the first trial.
  if (path->field() != nullptr && FieldRule(*path->field()).file()) {
    problems.Add(at, absl::StrCat(Quoted(path->text()), " names a file, which must be the same for all trials"));
    return std::nullopt;
  }
  return *std::move(path);
}

}  // namespace

CompiledSpace CompileSpace(const StudySpec& spec, ProblemList& problems) {
  CompiledSpace space;
  if (spec.parameter_size() > kMaxParameters) {
    problems.Add("parameter", absl::StrCat("there are ", spec.parameter_size(), " parameters; at most ", kMaxParameters,
                                           " are possible"));
    return space;
  }
  CheckNames(spec, problems);
  for (int i = 0; i < spec.parameter_size(); ++i) {
    CompiledParameter& parameter = space.parameters.emplace_back();
    parameter.name = spec.parameter(i).name();
    parameter.path = ResolveTarget(spec, i, problems);
    parameter.distribution =
        CompileDomain(spec.parameter(i), parameter.path, absl::StrCat("parameter[", i, "]"), problems);
    // Which values the field takes is not known: nothing else is to be concluded from the range.
    if (spec.has_train() && !parameter.path.has_value()) parameter.distribution.reset();
  }
  CompileConditions(spec, space, problems);
  OrderByConditions(space, problems);
  if (spec.has_train()) CheckTargets(spec, space, problems);
  CompileGivenValues(spec, space, problems);
  return space;
}

}  // namespace parzen
