#include "functions/test_function.h"

#include <cmath>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

FunctionSpec Spec(const std::string& text) {
  FunctionSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

std::vector<double> Values(const FunctionSpec& spec, const std::vector<double>& x) {
  const absl::StatusOr<std::vector<double>> values = EvaluateFunction(spec, x);
  EXPECT_TRUE(values.ok()) << values.status();
  return values.value_or(std::vector<double>{NAN});
}

double Value(const FunctionSpec& spec, const std::vector<double>& x) { return Values(spec, x)[0]; }

absl::string_view Refusal(const absl::StatusOr<std::vector<double>>& values) {
  EXPECT_EQ(values.status().code(), absl::StatusCode::kInvalidArgument);
  return values.status().message();
}

TEST(TestFunctionTest, EveryFunctionOfTheProtoIsHereAndNoOther) {
  std::set<std::string> members;
  const google::protobuf::OneofDescriptor* const kind = FunctionSpec::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kind->field_count(); ++i) members.insert(kind->field(i)->name());
  const std::vector<std::string> names = Registry<TestFunction>::Global().Names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), members);
}

// Made by function_reference.py.
TEST(TestFunctionTest, ValuesAreThoseOfAnotherProgram) {
  std::ifstream file("tests/functions/function_reference.json");
  std::set<std::string> seen;
  for (const nlohmann::json& known : nlohmann::json::parse(file)) {
    const FunctionSpec spec = Spec(known["spec"]);
    const std::vector<double> values = Values(spec, known["x"]);
    ASSERT_EQ(values.size(), known["values"].size()) << known;
    for (size_t i = 0; i < values.size(); ++i) {
      const double expected = known["values"][i];
      EXPECT_NEAR(values[i], expected, 1e-12 * std::max(1.0, std::abs(expected))) << known;
    }
    const std::string text = known["spec"];
    seen.insert(text.substr(0, text.find(' ')));
  }
  EXPECT_EQ(seen.size(), Registry<TestFunction>::Global().Names().size()) << "some function has no known value";
}

TEST(TestFunctionTest, AValleyHasItsPublishedDepth) {
  EXPECT_NEAR(Value(Spec("branin {}"), {9.42478, 2.475}), 0.397887, 1e-6);
  EXPECT_NEAR(Value(Spec("branin {}"), {-3.14159265, 12.275}), 0.397887, 1e-6);
  EXPECT_NEAR(Value(Spec("six_hump_camel {}"), {-0.0898, 0.7126}), -1.031628, 1e-6);
  EXPECT_NEAR(FindOptimum(Spec("michalewicz {}"), 2).value()->value, -1.8013, 1e-4);
  EXPECT_NEAR(FindOptimum(Spec("michalewicz {}"), 5).value()->value, -4.687658, 1e-6);
  EXPECT_NEAR(FindOptimum(Spec("michalewicz {}"), 10).value()->value, -9.66015, 1e-5);
}

TEST(TestFunctionTest, CoordinatesOfZeroBehindTheFirstLieOnTheFront) {
  EXPECT_THAT(Values(Spec("zdt1 {}"), {0.25, 0, 0}), ElementsAre(0.25, DoubleNear(0.5, 1e-15)));
  EXPECT_THAT(Values(Spec("zdt2 {}"), {0.5, 0, 0}), ElementsAre(0.5, DoubleNear(0.75, 1e-15)));
  // Its front has five pieces; this is the lowest end of the last.
  EXPECT_NEAR(Values(Spec("zdt3 {}"), {0.8518328654, 0, 0})[1], -0.7733690123, 1e-9);
}

TEST(TestFunctionTest, SeveralValuesAreNumbered) {
  EXPECT_THAT(MetricNames(*FindFunction(Spec("sphere {}"))), ElementsAre("value"));
  EXPECT_THAT(MetricNames(*FindFunction(Spec("zdt1 {}"))), ElementsAre("value_1", "value_2"));
}

TEST(TestFunctionTest, AWrongNumberOfCoordinatesIsRefused) {
  const std::vector<double> one = {0};
  const std::vector<double> three = {0, 0, 0};
  EXPECT_EQ(Refusal(EvaluateFunction(Spec("rosenbrock {}"), one)), "rosenbrock needs at least 2 parameters, not 1");
  EXPECT_EQ(Refusal(EvaluateFunction(Spec("branin {}"), three)), "branin needs exactly 2 parameters, not 3");
  EXPECT_EQ(Refusal(EvaluateFunction(Spec("sphere {}"), {})), "sphere needs at least 1 parameter, not 0");
  EXPECT_EQ(CheckParameterCount(Spec("noop {}"), 0), absl::OkStatus());
}

TEST(TestFunctionTest, ASpecWithoutAFunctionIsRefused) {
  EXPECT_THAT(Refusal(EvaluateFunction(FunctionSpec(), {})), HasSubstr("no function is chosen"));
}

// For every function: 1, 2, 3 and 6 coordinates where it takes as many.
class EveryFunctionTest : public testing::TestWithParam<std::string> {
 protected:
  static FunctionSpec Named(double shift = 0) { return Spec(absl::StrCat(GetParam(), " {} shift: ", shift)); }

  static std::vector<int> Dimensions() {
    std::vector<int> dimensions;
    for (const int parameters : {1, 2, 3, 6}) {
      if (CheckParameterCount(Named(), parameters).ok()) dimensions.push_back(parameters);
    }
    EXPECT_FALSE(dimensions.empty());
    return dimensions;
  }

  static std::optional<TestFunction::Optimum> OptimumOf(const FunctionSpec& spec, int parameters) {
    const auto optimum = FindOptimum(spec, parameters);
    EXPECT_TRUE(optimum.ok()) << optimum.status();
    EXPECT_EQ(optimum.value().has_value(), FindFunction(spec)->values == 1);
    return *optimum;
  }
};

TEST_P(EveryFunctionTest, TheOptimumHasItsValueAndLiesInTheBox) {
  for (const int parameters : Dimensions()) {
    const auto optimum = OptimumOf(Named(), parameters);
    if (!optimum.has_value()) continue;
    EXPECT_NEAR(Value(Named(), optimum->x), optimum->value, 1e-11) << parameters;
    for (int i = 0; i < parameters; ++i) {
      const TestFunction::Box box = FindFunction(Named())->box(i);
      EXPECT_LE(box.low, optimum->x[static_cast<size_t>(i)]);
      EXPECT_GE(box.high, optimum->x[static_cast<size_t>(i)]);
    }
  }
}

TEST_P(EveryFunctionTest, NothingNearTheOptimumOrInTheBoxIsLower) {
  RandomStream random(1, 0, GetParam());
  const TestFunction function = *FindFunction(Named());
  for (const int parameters : Dimensions()) {
    const auto optimum = OptimumOf(Named(), parameters);
    if (!optimum.has_value()) continue;
    for (int i = 0; i < 1000; ++i) {
      const double scale = std::pow(10, -static_cast<double>(i % 5));
      std::vector<double> near = optimum->x;
      std::vector<double> anywhere;
      for (int j = 0; j < parameters; ++j) {
        const auto [low, high] = function.box(j);
        double& coordinate = near[static_cast<size_t>(j)];
        coordinate = std::clamp(coordinate + scale * random.Normal(), low, high);
        anywhere.push_back(random.Uniform(low, high));
      }
      EXPECT_GE(Value(Named(), near), optimum->value - 1e-9) << parameters;
      EXPECT_GE(Value(Named(), anywhere), optimum->value - 1e-9) << parameters;
    }
  }
}

TEST_P(EveryFunctionTest, AShiftMovesItAsItIs) {
  RandomStream random(2, 0, GetParam());
  const int parameters = Dimensions().back();
  std::vector<double> x;
  std::vector<double> moved;
  for (int i = 0; i < parameters; ++i) {
    x.push_back(random.Uniform(0, 1));
    moved.push_back(x.back() + 1.5);
  }
  const std::vector<double> expected = Values(Named(), x);
  const std::vector<double> values = Values(Named(1.5), moved);
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-9);
  const auto optimum = OptimumOf(Named(), parameters);
  const auto moved_optimum = OptimumOf(Named(1.5), parameters);
  if (optimum.has_value()) {
    EXPECT_EQ(moved_optimum->x[0], optimum->x[0] + 1.5);
    EXPECT_EQ(moved_optimum->value, optimum->value);
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryFunctionTest, testing::ValuesIn(Registry<TestFunction>::Global().Names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace parzen
