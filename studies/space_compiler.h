// From the parameters of a study, as a person wrote them, to the form that a search works with; finds everything that
// is wrong with them on the way. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "studies/distribution.h"
#include "studies/field_path.h"
#include "studies/problem.h"

namespace parzen {

inline constexpr int kMaxParameters = 1000;
inline constexpr int kMaxChoices = 100'000;  // of one parameter
inline constexpr int kMaxConditions = 100;   // of one parameter

// One condition: the other parameter exists and its value passes.
struct ActivationTest {
  size_t parameter = 0;        // the one that is looked at
  std::vector<double> any_of;  // internal values; empty: at_least decides
  double at_least = 0;

  bool Passes(double internal) const;
  bool operator==(const ActivationTest&) const = default;
};

// Parts that could not be understood are empty; there is then a problem that says why.
struct CompiledParameter {
  std::string name;
  std::optional<FieldPath> path;  // never there when the study's work is not `train`
  std::optional<Distribution> distribution;
  std::vector<ActivationTest> when;  // all must hold
  bool when_is_complete = true;      // every condition was understood
};

// A point, or part of one: one internal value a parameter, in their order.
using Point = std::vector<std::optional<double>>;

struct CompiledSpace {
  std::vector<CompiledParameter> parameters;
  // Every condition looks back only; as declared wherever that allows. Empty when conditions form a circle.
  std::vector<size_t> activation_order;
  Point fixed;                  // search.fix
  std::vector<Point> enqueued;  // search.enqueue
};

// Adds problems to `problems`; without a new one every part of the result is there. What CheckRules finds (missing
// fields, bounds of Rules) is left to it.
CompiledSpace CompileSpace(const StudySpec& spec, ProblemList& problems);

// Steps of it, each in a file of its own.

// A choice's text read as the type of the field that the parameter sets; without one, as CommandSpec says.
absl::StatusOr<Choice> ParseChoice(const std::optional<FieldPath>& path, const std::string& text);

// The distribution of one parameter; `at` is where it stands ("parameter[3]"). Without a path any value will do.
std::optional<Distribution> CompileDomain(const ParameterSpec& spec, const std::optional<FieldPath>& path,
                                          const std::string& at, ProblemList& problems);

// The internal value that a text of the study file means for a parameter; `written` are its choices as the file has
// them. InvalidArgument says what would be right. Requires: the parameter has a distribution.
absl::StatusOr<double> ParseParameterValue(const CompiledParameter& parameter, const Categorical& written,
                                           const std::string& text);

// Fills in `fixed` and `enqueued`.
void CompileGivenValues(const StudySpec& spec, CompiledSpace& space, ProblemList& problems);

// Fills in `when` of every parameter.
void CompileConditions(const StudySpec& spec, CompiledSpace& space, ProblemList& problems);

// Fills in the activation order; a circle of conditions is named whole.
void OrderByConditions(CompiledSpace& space, ProblemList& problems);

// What the parameters set, taken together: no two set one field, and what they set exists in the trial.
void CheckTargets(const StudySpec& spec, const CompiledSpace& space, ProblemList& problems);

}  // namespace parzen
