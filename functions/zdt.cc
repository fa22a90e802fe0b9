// The first three of Zitzler, Deb and Thiele, "Comparison of Multiobjective Evolutionary Algorithms: Empirical Results"
// (2000): two values in conflict. The first coordinate chooses the place on the front, the others the distance from it;
// the front is where they are 0. NaN where coordinates outside of [0, 1] make a root negative.
#include <cmath>
#include <numbers>

#include "functions/test_function.h"

namespace parzen {
namespace {

// g: 1 on the front.
double Distance(absl::Span<const double> x) {
  double sum = 0;
  for (const double xi : x.subspan(1)) sum += xi;
  return 1 + 9 * sum / static_cast<double>(x.size() - 1);
}

std::vector<double> Zdt1(const FunctionSpec&, absl::Span<const double> x) {
  const double g = Distance(x);
  return {x[0], g * (1 - std::sqrt(x[0] / g))};
}

std::vector<double> Zdt2(const FunctionSpec&, absl::Span<const double> x) {
  const double g = Distance(x);
  const double share = x[0] / g;
  return {x[0], g * (1 - share * share)};
}

std::vector<double> Zdt3(const FunctionSpec&, absl::Span<const double> x) {
  const double g = Distance(x);
  const double share = x[0] / g;
  return {x[0], g * (1 - std::sqrt(share) - share * std::sin(10 * std::numbers::pi * x[0]))};
}

bool Register(const char* name, std::vector<double> (*evaluate)(const FunctionSpec&, absl::Span<const double>)) {
  return Registry<TestFunction>::Global().Add(
      name, {.min_parameters = 2,
             .values = 2,
             .box =
                 [](int) {
                   return TestFunction::Box{0, 1};
                 },
             .optimum = [](const FunctionSpec&, int) -> std::optional<TestFunction::Optimum> { return std::nullopt; },
             .evaluate = evaluate});
}

const bool zdt1 = Register("zdt1", Zdt1);
const bool zdt2 = Register("zdt2", Zdt2);
const bool zdt3 = Register("zdt3", Zdt3);

}  // namespace
}  // namespace parzen
