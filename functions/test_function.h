// A test function of the optimisation literature: some numbers x in, one value (or several) to minimise out.
//
// FunctionSpec in proto/work.proto says which there are, what they are called and where their optima lie. A new one is
// a message there and a registration here, under its name in the FunctionSpec.kind oneof:
//
//   const bool sphere = Registry<TestFunction>::Global().Add("sphere", {.box = ..., .optimum = ..., .evaluate = ...});
//
// All of it is without noise and learning curve, which belong to a trial, not to a function. Formulas: Surjanovic and
// Bingham, Virtual Library of Simulation Experiments (2013), unless the file says otherwise. Sums run in the order of
// the coordinates. Threads: pure functions.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/registry.h"
#include "proto/work.pb.h"

namespace parzen {

inline constexpr int kAnyNumber = std::numeric_limits<int>::max();

struct TestFunction {
  // Where a coordinate is usually searched.
  struct Box {
    double low = 0;
    double high = 0;
  };
  // A point that has the lowest value; there may be others.
  struct Optimum {
    std::vector<double> x;
    double value = 0;
  };

  int min_parameters = 1;
  int max_parameters = kAnyNumber;
  // How many values it has; more than one make a multi-objective study.
  int values = 1;
  // Of coordinate `i`, from 0.
  Box (*box)(int i) = nullptr;
  // With so many parameters and without shift; nullopt where it is not known, or where there are several values.
  // Requires: `parameters` is from min_parameters to max_parameters.
  std::optional<Optimum> (*optimum)(const FunctionSpec& spec, int parameters) = nullptr;
  // At x, without shift. NaN where the function is not defined, perhaps infinite far outside its box. Requires: x has
  // from min_parameters to max_parameters coordinates, and `spec` is of this function.
  std::vector<double> (*evaluate)(const FunctionSpec& spec, absl::Span<const double> x) = nullptr;
};

// The function that `spec` names; InvalidArgument when it names none.
absl::StatusOr<TestFunction> FindFunction(const FunctionSpec& spec);

// What the function's values are called as metrics: "value", or "value_1", "value_2", ...
std::vector<std::string> MetricNames(const TestFunction& function);

// OK when the function that `spec` names takes so many parameters; InvalidArgument says how many it takes.
absl::Status CheckParameterCount(const FunctionSpec& spec, int parameters);

// The function's values at x - shift, in the order of MetricNames. InvalidArgument when `spec` names no function or one
// of another number of parameters.
absl::StatusOr<std::vector<double>> EvaluateFunction(const FunctionSpec& spec, absl::Span<const double> x);

// The optimum with so many parameters, moved by the shift; nullopt where it is not known. InvalidArgument as above.
absl::StatusOr<std::optional<TestFunction::Optimum>> FindOptimum(const FunctionSpec& spec, int parameters);

}  // namespace parzen
