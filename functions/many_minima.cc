// Functions with many local minima: Rastrigin, Ackley, Schwefel, Michalewicz.
#include <array>
#include <cmath>
#include <numbers>

#include "functions/test_function.h"

namespace parzen {
namespace {

using Optimum = std::optional<TestFunction::Optimum>;
using Values = std::vector<double>;
using Coordinates = absl::Span<const double>;
using std::numbers::pi;

Optimum At(double coordinate, int parameters) {
  return TestFunction::Optimum{Values(static_cast<size_t>(parameters), coordinate), 0};
}

Values Rastrigin(const FunctionSpec&, Coordinates x) {
  double sum = 0;
  for (const double xi : x) sum += xi * xi + 10 * (1 - std::cos(2 * pi * xi));
  return {sum};
}

Values Ackley(const FunctionSpec&, Coordinates x) {
  double squares = 0;
  double cosines = 0;
  for (const double xi : x) {
    squares += xi * xi;
    cosines += std::cos(2 * pi * xi);
  }
  const double n = static_cast<double>(x.size());
  return {20 * (1 - std::exp(-0.2 * std::sqrt(squares / n))) + std::numbers::e - std::exp(cosines / n)};
}

Values Schwefel(const FunctionSpec&, Coordinates x) {
  // The largest x sin(sqrt(x)) of the box, to all digits, so that the optimum is 0.
  constexpr double kHighest = 418.9828872724337;
  double sum = 0;
  for (const double xi : x) sum += kHighest - xi * std::sin(std::sqrt(std::abs(xi)));
  return {sum};
}

Values Michalewicz(const FunctionSpec& spec, Coordinates x) {
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double valley = std::sin(static_cast<double>(i + 1) * x[i] * x[i] / pi);
    sum -= std::sin(x[i]) * std::pow(valley * valley, spec.michalewicz().steepness());
  }
  return {sum};
}

// The coordinates are independent; each one's lowest point was computed in double precision for steepness 10.
Optimum MichalewiczOptimum(const FunctionSpec& spec, int parameters) {
  constexpr std::array<double, 10> kLowest = {2.202905519952155, pi / 2, 1.284991570272440, 1.923058469616295,
                                              1.720469772221194, pi / 2, 1.454413971098672, 1.756086520760187,
                                              1.655717416547591, pi / 2};
  if (spec.michalewicz().steepness() != 10 || static_cast<size_t>(parameters) > kLowest.size()) return std::nullopt;
  TestFunction::Optimum optimum{Values(kLowest.begin(), kLowest.begin() + parameters), 0};
  optimum.value = Michalewicz(spec, optimum.x)[0];
  return optimum;
}

Registry<TestFunction>& functions = Registry<TestFunction>::Global();

const bool rastrigin = functions.Add("rastrigin", {.box =
                                                       [](int) {
                                                         return TestFunction::Box{-5.12, 5.12};
                                                       },
                                                   .optimum = [](const FunctionSpec&, int n) { return At(0, n); },
                                                   .evaluate = Rastrigin});

const bool ackley = functions.Add("ackley", {.box =
                                                 [](int) {
                                                   return TestFunction::Box{-32.768, 32.768};
                                                 },
                                             .optimum = [](const FunctionSpec&, int n) { return At(0, n); },
                                             .evaluate = Ackley});

const bool schwefel =
    functions.Add("schwefel", {.box =
                                   [](int) {
                                     return TestFunction::Box{-500, 500};
                                   },
                               .optimum = [](const FunctionSpec&, int n) { return At(420.9687463599821, n); },
                               .evaluate = Schwefel});

const bool michalewicz = functions.Add("michalewicz", {.box =
                                                           [](int) {
                                                             return TestFunction::Box{0, pi};
                                                           },
                                                       .optimum = MichalewiczOptimum,
                                                       .evaluate = Michalewicz});

}  // namespace
}  // namespace parzen
