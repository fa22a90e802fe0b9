#include "bench/search/made_spaces.h"

#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/text_format.h"

namespace parzen {
namespace {

using X = absl::Span<const double>;

double Square(double a) { return a * a; }

template <size_t N>
double Choose(const std::array<double, N>& values, double index) {
  return values[static_cast<size_t>(index)];
}

absl::StatusOr<SearchProblem> FromText(std::string name, const char* parameters, double lowest,
                                       std::function<double(X)> value) {
  StudySpec spec;
  if (!google::protobuf::TextFormat::ParseFromString(parameters, &spec)) {
    return absl::InternalError(absl::StrCat(name, ": not a study"));
  }
  return MakeProblem(std::move(name), std::move(spec), lowest, std::move(value));
}

constexpr char kNetwork[] = R"(
  parameter { name: "rate" float { low: 1e-5 high: 1 log: true } }
  parameter { name: "decay" float { low: 1e-8 high: 1e-1 log: true } }
  parameter { name: "dropout" float { low: 0 high: 0.8 } }
  parameter { name: "momentum" float { low: 0 high: 1 step: 0.05 } }
  parameter { name: "depth" int { low: 1 high: 12 } }
  parameter { name: "width" int { low: 8 high: 1024 log: true } }
  parameter { name: "optimizer" categorical { choice: "sgd" choice: "adam" choice: "rmsprop" } }
  parameter { name: "activation" categorical { choice: "relu" choice: "tanh" choice: "gelu" choice: "sigmoid" } } )";

double NetworkError(X x) {
  const double optimizer = x[6];
  const double activation = x[7];
  const double rate = std::log10(x[0]) - Choose<3>({-1.0, -3.0, -2.5}, optimizer);
  const double decay = std::log10(x[1]) + 4;
  const double dropout = x[2] - 0.03 * x[4];  // deeper needs more
  const double momentum = optimizer == 0 ? x[3] - 0.9 : 0;
  const double depth = x[4] - Choose<4>({8.0, 4.0, 6.0, 2.0}, activation);
  const double width = std::log2(x[5]) - 7;
  return Choose<3>({0.1, 0.0, 0.05}, optimizer) + Choose<4>({0.05, 0.1, 0.0, 0.3}, activation) + 0.2 * Square(rate) +
         0.02 * Square(decay) + 2 * Square(dropout) + Square(momentum) + 0.02 * Square(depth) + 0.03 * Square(width);
}

constexpr char kSvm[] = R"(
  parameter { name: "kernel" categorical { choice: "linear" choice: "rbf" choice: "poly" } }
  parameter { name: "c" float { low: 1e-3 high: 1e4 log: true } }
  parameter { name: "gamma" float { low: 1e-6 high: 10 log: true } when { parameter: "kernel" equals: "rbf" } }
  parameter { name: "degree" int { low: 2 high: 7 } when { parameter: "kernel" equals: "poly" } }
  parameter { name: "coef0" float { low: 0 high: 2 } when { parameter: "kernel" equals: "poly" } }
  parameter { name: "shrink" categorical { choice: "none" choice: "l1" choice: "l2" } when { parameter: "kernel" equals: "linear" } } )";

double SvmError(X x) {
  const double c = std::log10(x[1]);
  if (x[0] == 0) return 0.25 + 0.01 * Square(c + 1) + Choose<3>({0.03, 0.0, 0.01}, x[5]);
  if (x[0] == 1) {
    const double gamma = std::log10(x[2]);
    return 0.05 * Square(c + gamma + 1) + 0.03 * Square(gamma + 3);
  }
  return 0.1 + 0.02 * Square(x[3] - 3) + 0.1 * Square(x[4] - 0.6) + 0.01 * Square(c - 1);
}

constexpr char kTable[] = R"(
  parameter { name: "a" int { low: 0 high: 5 } }
  parameter { name: "b" int { low: 2 high: 10 step: 2 } }
  parameter { name: "c" float { low: 0 high: 0.75 step: 0.25 } }
  parameter { name: "d" categorical { choice: "north" choice: "east" choice: "south" choice: "west" } }
  parameter { name: "e" categorical { choice: "red" choice: "green" choice: "blue" } } )";

double TableValue(X x) {
  const double agreement = std::abs(x[0] - x[1] / 2);  // 0 on a diagonal
  return agreement + Square(x[0] - 4) / 4 + (x[2] == 0.5 ? 0 : 0.5 + x[2]) + Choose<4>({0.8, 0.0, 0.4, 1.2}, x[3]) +
         (x[3] == 1 ? Choose<3>({0.7, 0.3, 0.0}, x[4]) : Choose<3>({0.0, 0.3, 0.7}, x[4]));
}

struct Well {
  double x, y, depth, width;
};

constexpr Well kWells[] = {{3, -2, 1, 0.5}, {-2.5, 2.5, 0.75, 1.3}, {-2, -3, 0.55, 1.5}, {2.5, 3, 0.65, 0.8}};

double MixtureValue(X x) {
  double value = 1;
  for (const Well& well : kWells) {
    value -= well.depth * std::exp(-(Square(x[0] - well.x) + Square(x[1] - well.y)) / (2 * Square(well.width)));
  }
  return value;
}

}  // namespace

absl::StatusOr<SearchProblem> MakeProblem(std::string name, StudySpec spec, double lowest,
                                          std::function<double(X)> value) {
  spec.set_name(name);
  spec.add_objective()->set_direction(MINIMIZE);
  spec.mutable_function()->mutable_noop();
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec));
  return SearchProblem{std::move(name), std::move(spec), std::move(space), lowest, std::move(value)};
}

absl::StatusOr<SearchProblem> MixedProblem() { return FromText("Mixed, 8 parameters", kNetwork, 0, NetworkError); }

absl::StatusOr<SearchProblem> ConditionalProblem() { return FromText("Conditional, 3 kernels", kSvm, 0, SvmError); }

absl::StatusOr<SearchProblem> DiscreteProblem() { return FromText("Discrete, 1,440 points", kTable, 0, TableValue); }

absl::StatusOr<SearchProblem> MixtureProblem() {
  constexpr char kPlane[] = R"(
    parameter { name: "x" float { low: -5 high: 5 } }
    parameter { name: "y" float { low: -5 high: 5 } } )";
  return FromText("Gaussian mixture", kPlane, -0.0017046832252389787, MixtureValue);
}

}  // namespace parzen
