#include "studies/distribution.h"

#include <cmath>
#include <limits>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::HasSubstr;

Distribution Steps(double low, double high, double step) { return FloatDistribution{low, high, false, step}; }
Distribution Whole(int64_t low, int64_t high, int64_t step = 1) { return IntDistribution{low, high, false, step}; }

Distribution Parsed(const std::string& json) {
  const auto distribution = DistributionFromJson(json);
  EXPECT_TRUE(distribution.ok()) << json << ": " << distribution.status();
  return distribution.ok() ? *distribution : Distribution();
}

std::string ParseError(const std::string& json) {
  const auto distribution = DistributionFromJson(json);
  EXPECT_FALSE(distribution.ok()) << json;
  return std::string(distribution.status().message());
}

// Texts as Optuna 5 wrote them.
const char* const kOptunaTexts[] = {
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": -10.0, "high": 10.0, "log": false}})",
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 1e-05, "high": 0.1, "log": true}})",
    R"({"name": "FloatDistribution", "attributes": {"step": 0.25, "low": 0.0, "high": 1.0, "log": false}})",
    R"({"name": "IntDistribution", "attributes": {"log": false, "step": 2, "low": 1, "high": 9}})",
    R"({"name": "IntDistribution", "attributes": {"log": true, "step": 1, "low": 1, "high": 1024}})",
    R"({"name": "CategoricalDistribution", "attributes": {"choices": ["adam", null, true, 3, 0.5]}})",
    R"({"name": "CategoricalDistribution", "attributes": {"choices": ["caf\u00e9 \ud83d\ude00\n", NaN, -Infinity]}})",
};

TEST(DistributionJsonTest, OptunasTextsComeBackToTheByte) {
  for (const char* text : kOptunaTexts) EXPECT_EQ(DistributionToJson(Parsed(text)), text);
}

TEST(DistributionJsonTest, KeysMayStandInAnyOrderAndStepAndLogBeLeftOut) {
  EXPECT_EQ(Parsed(R"({"attributes": {"high": 2, "low": 1}, "name": "FloatDistribution"})"),
            Distribution(FloatDistribution{1, 2, false, {}}));
  EXPECT_EQ(Parsed(R"({"type": "int", "low": 1, "high": 8, "step": 3})"), Whole(1, 7, 3));
  EXPECT_EQ(Parsed(R"({"type": "categorical", "choices": [1, "1"]})"),
            Distribution(CategoricalDistribution{{int64_t{1}, std::string("1")}}));
}

TEST(DistributionJsonTest, LegacyNamesBecomeTodaysKinds) {
  const auto legacy = [](const std::string& name, const std::string& attributes) {
    return Parsed("{\"name\": \"" + name + "\", \"attributes\": {" + attributes + "}}");
  };
  EXPECT_EQ(legacy("UniformDistribution", R"("low": 0.0, "high": 1.0)"),
            Distribution(FloatDistribution{0, 1, false, {}}));
  EXPECT_EQ(legacy("LogUniformDistribution", R"("low": 0.1, "high": 1.0)"),
            Distribution(FloatDistribution{.1, 1, true, {}}));
  EXPECT_EQ(legacy("DiscreteUniformDistribution", R"("low": 0.0, "high": 1.0, "q": 0.3)"), Steps(0, .9, .3));
  EXPECT_EQ(legacy("IntUniformDistribution", R"("low": 0, "high": 5, "step": 2)"), Whole(0, 4, 2));
  EXPECT_EQ(legacy("IntLogUniformDistribution", R"("low": 1, "high": 5, "step": 1)"),
            Distribution(IntDistribution{1, 5, true, 1}));
}

TEST(DistributionJsonTest, WrongTextSaysWhichAttributeIsWrong) {
  EXPECT_THAT(ParseError("{"), HasSubstr("not JSON"));
  EXPECT_THAT(ParseError("[]"), HasSubstr("a JSON object"));
  EXPECT_THAT(ParseError(R"({"name": "FloatDistributio", "attributes": {}})"), HasSubstr("mean \"FloatDistribution\""));
  EXPECT_THAT(ParseError(R"({"type": "int", "low": 1})"), HasSubstr("\"high\" is missing"));
  EXPECT_THAT(ParseError(R"({"type": "int", "low": 1, "high": 2.5})"), HasSubstr("must be a whole number, is 2.5"));
  EXPECT_THAT(ParseError(R"({"type": "float", "low": NaN, "high": 2.5})"),
              HasSubstr("must be a finite number, is NaN"));
  EXPECT_THAT(ParseError(R"({"type": "float", "low": 3, "high": 2.5})"), HasSubstr("must not be larger"));
  EXPECT_THAT(ParseError(R"({"type": "float", "low": 0, "high": 2.5, "log": true})"), HasSubstr("must be > 0"));
  EXPECT_THAT(ParseError(R"({"type": "categorical", "choices": []})"), HasSubstr("at least one"));
  EXPECT_THAT(ParseError(R"({"type": "categorical", "choices": [{}]})"), HasSubstr("an object"));
}

TEST(DistributionJsonTest, TextThatLooksLikeAPythonLiteralStaysText) {
  const std::string json =
      R"({"name": "CategoricalDistribution", "attributes": {"choices": ["NaN", "a\"Infinity", "\\\\", NaN]}})";
  EXPECT_EQ(DistributionToJson(Parsed(json)), json);
}

TEST(DistributionJsonTest, DeeplyNestedTextIsRefusedNotFollowed) {
  const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_THAT(ParseError(deep), HasSubstr("a JSON object"));
}

TEST(JsonNumberTest, NumbersReadAsPythonWritesThem) {
  EXPECT_EQ(JsonNumber(10), "10.0");
  EXPECT_EQ(JsonNumber(-0.0), "-0.0");
  EXPECT_EQ(JsonNumber(0.1), "0.1");
  EXPECT_EQ(JsonNumber(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(JsonNumber(1e-4), "0.0001");
  EXPECT_EQ(JsonNumber(1e-5), "1e-05");
  EXPECT_EQ(JsonNumber(1.5e-300), "1.5e-300");
  EXPECT_EQ(JsonNumber(1e15), "1000000000000000.0");
  EXPECT_EQ(JsonNumber(9007199254740993e0), "9007199254740992.0");
  EXPECT_EQ(JsonNumber(1e16), "1e+16");
  EXPECT_EQ(JsonNumber(1e22), "1e+22");
  EXPECT_EQ(JsonNumber(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(JsonNumber(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(JsonStringTest, OnlyAsciiIsLeftAndInvalidBytesAreReplaced) {
  EXPECT_EQ(JsonString("a\"b\\\n\x01\x7f"), "\"a\\\"b\\\\\\n\\u0001\\u007f\"");
  EXPECT_EQ(JsonString("\xc3\xa9\xf0\x9f\x98\x80"), "\"\\u00e9\\ud83d\\ude00\"");
  EXPECT_EQ(JsonString("\xff"), "\"\\ufffd\"");
}

TEST(PlainNumberTest, WholeNumbersHaveNoPoint) {
  EXPECT_EQ(PlainNumber(100000), "100000");
  EXPECT_EQ(PlainNumber(0.5), "0.5");
  EXPECT_EQ(PlainNumber(1e-5), "1e-05");
}

TEST(NearestValueTest, StepsOfATenthCarryNoBinaryDust) {
  for (int i = 0; i <= 10; ++i)
    EXPECT_EQ(JsonNumber(NearestValue(Steps(0, 1, .1), i / 10.0 + 0.01)), JsonNumber(i / 10.0));
  EXPECT_EQ(NearestValue(Steps(0.1, 0.7, 0.2), 0.7), 0.7);
}

TEST(NearestValueTest, HighIsLoweredToTheLastStep) {
  EXPECT_EQ(NearestValue(Steps(0, 1, .3), 1), 0.9);
  EXPECT_EQ(NearestValue(Steps(0, 1, .1), 1), 1.0);
  EXPECT_EQ(NearestValue(Whole(1, 10, 4), 10), 9);
}

TEST(NearestValueTest, ValuesOutsideAreClippedAndNanIsTheLowest) {
  EXPECT_EQ(NearestValue(FloatDistribution{1, 2, false, {}}, 7), 2);
  EXPECT_EQ(NearestValue(Whole(3, 9), -1e300), 3);
  EXPECT_EQ(NearestValue(Whole(3, 9), std::nan("")), 3);
  EXPECT_EQ(NearestValue(CategoricalDistribution{{true, false}}, 5), 1);
}

TEST(NearestValueTest, WholeStepsRoundToTheNearerNeighbour) {
  EXPECT_EQ(NearestValue(Whole(0, 10, 2), 0.6), 0);
  EXPECT_EQ(NearestValue(Whole(0, 10, 2), 1.1), 2);
  EXPECT_EQ(NearestValue(Whole(-5, 5, 5), -2.6), -5);
}

TEST(NearestValueTest, TheWholeRangeOfInt64DoesNotOverflow) {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min(), kHigh = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(NearestValue(Whole(kLow, kHigh), 1e300), 9223372036854775808.0);
  EXPECT_EQ(NearestValue(Whole(kLow, kHigh), -1e300), -9223372036854775808.0);
  EXPECT_EQ(CountValues(Whole(kLow, kHigh)), kHigh);
}

TEST(NearestValueTest, StepsKeepDigitsBeyondTheFifteenth) {
  EXPECT_EQ(NearestValue(Steps(1e15, 1e15 + 1, .25), 1e15 + .25), 1e15 + .25);
}

TEST(ContainsTest, AStepsRoundingErrorIsForgiven) {
  EXPECT_TRUE(Contains(Steps(0, .3, .1), 0.1 + 0.2));
  EXPECT_FALSE(Contains(Steps(0, .3, .1), 0.15));
  EXPECT_FALSE(Contains(Steps(0, .3, .1), 0.4));
}

TEST(ContainsTest, OnlyFiniteValuesOfTheRightKindAreContained) {
  EXPECT_FALSE(Contains(FloatDistribution{0, 1, false, {}}, std::nan("")));
  EXPECT_FALSE(Contains(Whole(0, 5), 2.5));
  EXPECT_FALSE(Contains(Whole(0, 6, 2), 3));
  EXPECT_FALSE(Contains(CategoricalDistribution{{true}}, 1));
  EXPECT_FALSE(Contains(CategoricalDistribution{{true}}, -1));
}

TEST(CountValuesTest, OnlyAFloatRangeWithoutStepIsUncountable) {
  EXPECT_EQ(CountValues(FloatDistribution{0, 1, false, {}}), std::nullopt);
  EXPECT_EQ(CountValues(Steps(0, 1, .1)), 11);
  EXPECT_EQ(CountValues(Whole(1, 10, 3)), 4);
  EXPECT_EQ(CountValues(CategoricalDistribution{{true, false}}), 2);
}

TEST(ValueJsonTest, EveryKindOfValueComesBack) {
  const Distribution choices = CategoricalDistribution{{std::string("rbf"), std::monostate(), true, int64_t{3}, 0.5}};
  const char* const texts[] = {"\"rbf\"", "null", "true", "3", "0.5"};
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(ValueToJson(choices, i), texts[i]);
    EXPECT_EQ(ValueFromJson(choices, texts[i]).value(), i);
  }
  EXPECT_EQ(ValueToJson(Whole(1, 9), 3), "3");
  EXPECT_EQ(ValueToJson(FloatDistribution{0, 9, false, {}}, 3), "3.0");
  EXPECT_EQ(ValueFromJson(FloatDistribution{0, 9, false, {}}, "3").value(), 3);
}

TEST(ValueJsonTest, AValueOfAnotherKindSaysWhatTheParameterTakes) {
  const auto error = [](const Distribution& distribution, const char* json) {
    return std::string(ValueFromJson(distribution, json).status().message());
  };
  EXPECT_THAT(error(Whole(1, 9, 2), "2"),
              HasSubstr("2 is not a value of the parameter: whole numbers 1 to 9 in steps of 2"));
  EXPECT_THAT(error(Whole(1, 9), "\"x\""), HasSubstr("whole numbers 1 to 9"));
  EXPECT_THAT(error(CategoricalDistribution{{true, std::string("a")}}, "1"), HasSubstr("one of true, \"a\""));
  EXPECT_THAT(error(FloatDistribution{0, 1, false, {}}, "NaN"), HasSubstr("0 to 1"));
  EXPECT_THAT(error(FloatDistribution{0, 1, false, {}}, "zero"), HasSubstr("not JSON: zero"));
}

}  // namespace
}  // namespace parzen
