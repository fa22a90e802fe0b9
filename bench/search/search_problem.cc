#include "bench/search/search_problem.h"

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "bench/search/made_spaces.h"
#include "functions/test_function.h"
#include "google/protobuf/text_format.h"

namespace parzen {
namespace {

// A test function, on its usual box unless another is given.
struct FunctionProblem {
  const char* name;
  const char* function;
  int parameters;
  double low = 0;
  double high = 0;
  bool logarithm = false;  // of its value, where that spans many powers of ten
};

constexpr FunctionProblem kFunctions[] = {
    {"Sphere 5-D at 1.3", "sphere {} shift: 1.3", 5, -5, 5},
    {"Branin", "branin {}", 2},
    {"Hartmann-6", "hartmann6 {}", 6},
    {"Rastrigin 6-D at 0.7", "rastrigin {} shift: 0.7", 6, -5.12, 5.12},
    {"Rosenbrock 4-D", "rosenbrock {}", 4},
    {"Ackley 5-D at 4", "ackley {} shift: 4", 5},
    {"Griewank 5-D at 100", "griewank {} shift: 100", 5},
    {"Levy 6-D", "levy {}", 6},
    {"Schwefel 4-D", "schwefel {}", 4},
    {"Styblinski-Tang 5-D", "styblinski_tang {}", 5},
    {"Michalewicz 5-D", "michalewicz {}", 5},
    {"Six-hump camel", "six_hump_camel {}", 2},
    {"Goldstein-Price, ln", "goldstein_price {}", 2, 0, 0, true},
};

absl::StatusOr<SearchProblem> MakeFunctionProblem(const FunctionProblem& listed) {
  FunctionSpec function;
  if (!google::protobuf::TextFormat::ParseFromString(listed.function, &function)) {
    return absl::InternalError(absl::StrCat(listed.name, ": not a function"));
  }
  ASSIGN_OR_RETURN(const TestFunction kind, FindFunction(function));
  ASSIGN_OR_RETURN(const std::optional<TestFunction::Optimum> optimum, FindOptimum(function, listed.parameters));
  StudySpec spec;
  for (int i = 0; i < listed.parameters; ++i) {
    const TestFunction::Box box = listed.low < listed.high ? TestFunction::Box{listed.low, listed.high} : kind.box(i);
    ParameterSpec& parameter = *spec.add_parameter();
    parameter.set_name(absl::StrCat("x", i + 1));
    parameter.mutable_float_()->set_low(box.low);
    parameter.mutable_float_()->set_high(box.high);
  }
  const bool logarithm = listed.logarithm;
  const auto value = [function, logarithm](absl::Span<const double> x) {
    const absl::StatusOr<std::vector<double>> values = EvaluateFunction(function, x);
    if (!values.ok()) return std::numeric_limits<double>::quiet_NaN();
    return logarithm ? std::log((*values)[0]) : (*values)[0];
  };
  return MakeProblem(listed.name, spec, logarithm ? std::log(optimum->value) : optimum->value, value);
}

}  // namespace

double SearchProblem::At(const Point& point) const {
  std::vector<double> x;
  for (const std::optional<double>& coordinate : point) {
    x.push_back(coordinate.value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  return value(x);
}

absl::StatusOr<std::vector<SearchProblem>> QualityProblems() {
  std::vector<SearchProblem> problems;
  for (const FunctionProblem& listed : kFunctions) {
    ASSIGN_OR_RETURN(SearchProblem problem, MakeFunctionProblem(listed));
    problems.push_back(std::move(problem));
  }
  ASSIGN_OR_RETURN(SearchProblem mixed, MixedProblem());
  problems.push_back(std::move(mixed));
  ASSIGN_OR_RETURN(SearchProblem conditional, ConditionalProblem());
  problems.push_back(std::move(conditional));
  ASSIGN_OR_RETURN(SearchProblem discrete, DiscreteProblem());
  problems.push_back(std::move(discrete));
  return problems;
}

}  // namespace parzen
