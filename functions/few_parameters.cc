// Functions with a fixed small number of parameters: Branin, Goldstein-Price, six-hump camel, Hartmann 3 and 6.
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

double Square(double a) { return a * a; }

Values Branin(const FunctionSpec&, Coordinates x) {
  const double valley = x[1] - 5.1 / (4 * pi * pi) * Square(x[0]) + 5 / pi * x[0] - 6;
  return {Square(valley) + 10 * (1 - 1 / (8 * pi)) * std::cos(x[0]) + 10};
}

Values GoldsteinPrice(const FunctionSpec&, Coordinates x) {
  const double a = x[0];
  const double b = x[1];
  const double first = 1 + Square(a + b + 1) * (19 - 14 * a + 3 * Square(a) - 14 * b + 6 * a * b + 3 * Square(b));
  const double second =
      30 + Square(2 * a - 3 * b) * (18 - 32 * a + 12 * Square(a) + 48 * b - 36 * a * b + 27 * Square(b));
  return {first * second};
}

Values SixHumpCamel(const FunctionSpec&, Coordinates x) {
  const double a = Square(x[0]);
  const double b = Square(x[1]);
  return {(4 - 2.1 * a + Square(a) / 3) * a + x[0] * x[1] + (4 * b - 4) * b};
}

constexpr int kWells = 4;
constexpr std::array<double, kWells> kDepth = {1, 1.2, 3, 3.2};

// Four Gaussian wells, each with its own width and centre in every coordinate.
template <size_t N>
struct Wells {
  double narrowness[kWells][N];
  double centre[kWells][N];  // in ten-thousandths

  double operator()(Coordinates x) const {
    double sum = 0;
    for (int well = 0; well < kWells; ++well) {
      double distance = 0;
      for (size_t i = 0; i < N; ++i) distance += narrowness[well][i] * Square(x[i] - centre[well][i] / 1e4);
      sum -= kDepth[static_cast<size_t>(well)] * std::exp(-distance);
    }
    return sum;
  }
};

constexpr Wells<3> kHartmann3 = {{{3, 10, 30}, {0.1, 10, 35}, {3, 10, 30}, {0.1, 10, 35}},
                                 {{3689, 1170, 2673}, {4699, 4387, 7470}, {1091, 8732, 5547}, {381, 5743, 8828}}};

constexpr Wells<6> kHartmann6 = {{{10, 3, 17, 3.5, 1.7, 8},  //
                                  {0.05, 10, 17, 0.1, 8, 14},
                                  {3, 3.5, 1.7, 10, 17, 8},
                                  {17, 8, 0.05, 10, 0.1, 14}},
                                 {{1312, 1696, 5569, 124, 8283, 5886},
                                  {2329, 4135, 8307, 3736, 1004, 9991},
                                  {2348, 1451, 3522, 2883, 3047, 6650},
                                  {4047, 8828, 8732, 5743, 1091, 381}}};

TestFunction::Box UnitBox(int) { return {0, 1}; }

Registry<TestFunction>& functions = Registry<TestFunction>::Global();

const bool branin = functions.Add("branin", {.min_parameters = 2,
                                             .max_parameters = 2,
                                             .box =
                                                 [](int i) {
                                                   return i == 0 ? TestFunction::Box{-5, 10} : TestFunction::Box{0, 15};
                                                 },
                                             .optimum = [](const FunctionSpec&, int) -> Optimum {
                                               return {{{pi, 2.275}, 10 / (8 * pi)}};
                                             },
                                             .evaluate = Branin});

const bool goldstein_price = functions.Add("goldstein_price", {.min_parameters = 2,
                                                               .max_parameters = 2,
                                                               .box =
                                                                   [](int) {
                                                                     return TestFunction::Box{-2, 2};
                                                                   },
                                                               .optimum = [](const FunctionSpec&, int) -> Optimum {
                                                                 return {{{0, -1}, 3}};
                                                               },
                                                               .evaluate = GoldsteinPrice});

const bool six_hump_camel =
    functions.Add("six_hump_camel", {.min_parameters = 2,
                                     .max_parameters = 2,
                                     .box =
                                         [](int i) {
                                           return i == 0 ? TestFunction::Box{-3, 3} : TestFunction::Box{-2, 2};
                                         },
                                     .optimum = [](const FunctionSpec&, int) -> Optimum {
                                       return {{{0.0898420131, -0.7126564032}, -1.031628453489877}};
                                     },
                                     .evaluate = SixHumpCamel});

const bool hartmann3 =
    functions.Add("hartmann3", {.min_parameters = 3,
                                .max_parameters = 3,
                                .box = UnitBox,
                                .optimum = [](const FunctionSpec&, int) -> Optimum {
                                  return {{{0.114588897, 0.555648897, 0.852546984}, -3.862779787332663}};
                                },
                                .evaluate = [](const FunctionSpec&, Coordinates x) { return Values{kHartmann3(x)}; }});

const bool hartmann6 = functions.Add(
    "hartmann6",
    {.min_parameters = 6,
     .max_parameters = 6,
     .box = UnitBox,
     .optimum = [](const FunctionSpec&, int) -> Optimum {
       return {{{0.201689514, 0.150010690, 0.476873971, 0.275332430, 0.311651615, 0.657300531}, -3.322368011415515}};
     },
     .evaluate = [](const FunctionSpec&, Coordinates x) { return Values{kHartmann6(x)}; }});

}  // namespace
}  // namespace parzen
