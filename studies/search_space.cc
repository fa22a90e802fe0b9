#include "studies/search_space.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/rule_check.h"

namespace parzen {

absl::StatusOr<SearchSpace> SearchSpace::Create(const StudySpec& spec) {
  ProblemList problems;
  for (int i = 0; i < spec.parameter_size() && !problems.full(); ++i) {
    CheckRules(spec.parameter(i), absl::StrCat("parameter[", i, "]"), {}, problems);
  }
  CompiledSpace compiled = CompileSpace(spec, problems);
  RETURN_IF_ERROR(ProblemsToStatus(problems.problems(), ""));
  SearchSpace space;
  space.base_ = spec.train();
  space.activation_order_ = std::move(compiled.activation_order);
  space.enqueued_ = std::move(compiled.enqueued);
  for (CompiledParameter& parameter : compiled.parameters) {
    const size_t i = space.parameters_.size();
    const std::optional<double> fixed = compiled.fixed[i];
    const Axis axis = fixed.has_value() ? Axis(*parameter.distribution, *fixed) : Axis(*parameter.distribution);
    space.index_of_.emplace(parameter.name, i);
    space.parameters_.push_back({std::move(parameter.name), std::move(parameter.path),
                                 *std::move(parameter.distribution), axis, std::move(parameter.when)});
  }
  return space;
}

absl::StatusOr<SearchSpace> SearchSpace::FromDistributions(std::vector<NamedDistribution> parameters) {
  if (parameters.size() > kMaxParameters) {
    return absl::InvalidArgumentError(
        absl::StrCat("there are ", parameters.size(), " parameters; at most ", kMaxParameters, " are possible"));
  }
  SearchSpace space;
  for (NamedDistribution& parameter : parameters) {
    const size_t i = space.parameters_.size();
    if (!space.index_of_.emplace(parameter.name, i).second) {
      return absl::InvalidArgumentError(absl::StrCat("two parameters have the name ", Quoted(parameter.name)));
    }
    const Axis axis(parameter.distribution);
    space.activation_order_.push_back(i);
    space.parameters_.push_back({std::move(parameter.name), std::nullopt, std::move(parameter.distribution), axis, {}});
  }
  return space;
}

std::optional<size_t> SearchSpace::Find(absl::string_view name) const {
  const auto it = index_of_.find(std::string(name));
  return it == index_of_.end() ? std::nullopt : std::optional<size_t>(it->second);
}

bool SearchSpace::IsActive(size_t i, const Point& point) const {
  for (const ActivationTest& test : parameters_[i].when) {
    const std::optional<double>& value = point[test.parameter];
    if (!value.has_value() || !test.Passes(*value)) return false;
  }
  return true;
}

absl::Status SearchSpace::Check(const Point& point) const {
  if (point.size() != size()) {
    return absl::InvalidArgumentError(absl::StrCat("a point of ", point.size(), " values in a space of ", size()));
  }
  for (const size_t i : activation_order_) {
    const bool is_active = IsActive(i, point);
    if (is_active != point[i].has_value()) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(name(i)), is_active ? " has no value, but its conditions hold"
                                                  : " has a value, but its conditions do not hold"));
    }
    if (is_active && !Contains(distribution(i), *point[i])) {
      return absl::InvalidArgumentError(absl::StrCat(JsonNumber(*point[i]), " is no value of ", Quoted(name(i)), ", ",
                                                     DistributionToJson(distribution(i))));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<TrainSpec> SearchSpace::Apply(const Point& point) const {
  if (const absl::Status status = Check(point); !status.ok()) return absl::InternalError(status.message());
  TrainSpec train = base_;
  // A member of a oneof is chosen before its options are set: CheckTargets asks every option for a condition on the
  // choice.
  for (const size_t i : activation_order_) {
    if (!point[i].has_value()) continue;
    RETURN_IF_ERROR(parameters_[i].path->Set(ExternalValue(distribution(i), *point[i]), train));
  }
  return train;
}

}  // namespace parzen
