// Functions that fall towards one place: sphere, Rosenbrock, Styblinski-Tang, and Griewank and Levy under ripples.
#include <cmath>
#include <numbers>

#include "functions/test_function.h"

namespace parzen {
namespace {

using Optimum = std::optional<TestFunction::Optimum>;
using Values = std::vector<double>;
using Coordinates = absl::Span<const double>;
using std::numbers::pi;

double Square(double a) { return a * a; }

Optimum At(double coordinate, int parameters, double value) {
  return TestFunction::Optimum{Values(static_cast<size_t>(parameters), coordinate), value};
}

Values Sphere(const FunctionSpec&, Coordinates x) {
  double sum = 0;
  for (const double xi : x) sum += Square(xi);
  return {sum};
}

Values Rosenbrock(const FunctionSpec&, Coordinates x) {
  double sum = 0;
  for (size_t i = 0; i + 1 < x.size(); ++i) sum += 100 * Square(x[i + 1] - Square(x[i])) + Square(1 - x[i]);
  return {sum};
}

Values StyblinskiTang(const FunctionSpec&, Coordinates x) {
  double sum = 0;
  for (const double xi : x) sum += Square(Square(xi)) - 16 * Square(xi) + 5 * xi;
  return {sum / 2};
}

Values Griewank(const FunctionSpec&, Coordinates x) {
  double sum = 0;
  double product = 1;
  for (size_t i = 0; i < x.size(); ++i) {
    sum += Square(x[i]);
    product *= std::cos(x[i] / std::sqrt(static_cast<double>(i + 1)));
  }
  return {1 + sum / 4000 - product};
}

Values Levy(const FunctionSpec&, Coordinates x) {
  const auto w = [&x](size_t i) { return 1 + (x[i] - 1) / 4; };
  double sum = Square(std::sin(pi * w(0)));
  for (size_t i = 0; i + 1 < x.size(); ++i) sum += Square(w(i) - 1) * (1 + 10 * Square(std::sin(pi * w(i) + 1)));
  const double last = w(x.size() - 1);
  return {sum + Square(last - 1) * (1 + Square(std::sin(2 * pi * last)))};
}

Registry<TestFunction>& functions = Registry<TestFunction>::Global();

const bool sphere = functions.Add("sphere", {.box =
                                                 [](int) {
                                                   return TestFunction::Box{-5.12, 5.12};
                                                 },
                                             .optimum = [](const FunctionSpec&, int n) { return At(0, n, 0); },
                                             .evaluate = Sphere});

const bool rosenbrock = functions.Add("rosenbrock", {.min_parameters = 2,
                                                     .box =
                                                         [](int) {
                                                           return TestFunction::Box{-5, 10};
                                                         },
                                                     .optimum = [](const FunctionSpec&, int n) { return At(1, n, 0); },
                                                     .evaluate = Rosenbrock});

const bool styblinski_tang = functions.Add(
    "styblinski_tang",
    {.box =
         [](int) {
           return TestFunction::Box{-5, 5};
         },
     .optimum = [](const FunctionSpec&, int n) { return At(-2.903534027771177, n, -39.16616570377142 * n); },
     .evaluate = StyblinskiTang});

const bool griewank = functions.Add("griewank", {.box =
                                                     [](int) {
                                                       return TestFunction::Box{-600, 600};
                                                     },
                                                 .optimum = [](const FunctionSpec&, int n) { return At(0, n, 0); },
                                                 .evaluate = Griewank});

const bool levy = functions.Add("levy", {.box =
                                             [](int) {
                                               return TestFunction::Box{-10, 10};
                                             },
                                         .optimum = [](const FunctionSpec&, int n) { return At(1, n, 0); },
                                         .evaluate = Levy});

}  // namespace
}  // namespace parzen
