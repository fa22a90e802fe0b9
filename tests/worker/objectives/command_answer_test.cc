#include "worker/objectives/command_answer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using testing::HasSubstr;

// The metrics of a result as "name=value name=value".
std::string Result(absl::string_view line) {
  const absl::StatusOr<Answer> answer = ParseAnswer(line);
  if (!answer.ok()) return std::string(answer.status().message());
  const auto* result = std::get_if<TrialResult>(&*answer);
  if (result == nullptr) return "another kind of answer";
  std::string text;
  for (const MetricValue& metric : result->metric()) {
    absl::StrAppend(&text, text.empty() ? "" : " ", metric.name(), "=", metric.value());
  }
  return text;
}

TEST(CommandAnswerTest, ValuesAndMetricsBecomeNamedNumbers) {
  EXPECT_EQ(Result(R"({"value": 0.5})"), "value=0.5");
  EXPECT_EQ(Result(R"({"values": [1, 2.5]})"), "value_1=1 value_2=2.5");
  EXPECT_EQ(Result(R"({"values": [1]})"), "value=1");
  EXPECT_EQ(Result(R"({"metrics": {"loss": 1, "seconds": 12}})"), "loss=1 seconds=12");
  EXPECT_EQ(Result(R"({"value": 3, "metrics": {"loss": 1}})"), "value=3 loss=1");
}

TEST(CommandAnswerTest, NumbersMayBeWhatPythonWrites) {
  EXPECT_EQ(Result(R"({"values": [NaN, Infinity, -Infinity]})"), "value_1=nan value_2=inf value_3=-inf");
}

TEST(CommandAnswerTest, WordsWithinTextStay) {
  const absl::StatusOr<Answer> answer = ParseAnswer(R"({"error": "loss is NaN, \"Infinity\" or\\"})");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(std::get<ErrorAnswer>(*answer).why, R"(loss is NaN, "Infinity" or\)");
}

TEST(CommandAnswerTest, StepIsAWholeNumberWithAValue) {
  const absl::StatusOr<Answer> answer = ParseAnswer(R"({"step": 4, "value": 0.25})");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(std::get<StepAnswer>(*answer).step, 4);
  EXPECT_EQ(std::get<StepAnswer>(*answer).value, 0.25);
  for (const char* step : {"-1", "1.5", "\"1\"", "18446744073709551615", "1099511627777", "null"}) {
    EXPECT_THAT(Result(absl::StrCat(R"({"step": )", step, R"(, "value": 1})")), HasSubstr("whole number")) << step;
  }
  EXPECT_TRUE(ParseAnswer(R"({"step": 1099511627776, "value": 1})").ok());  // 2^40, the last that a coordinator takes
  EXPECT_THAT(Result(R"({"step": 1})"), HasSubstr("\"value\""));
  EXPECT_THAT(Result(R"({"step": 1, "values": [1]})"), HasSubstr("nothing else"));
}

TEST(CommandAnswerTest, WhatIsNoAnswerIsToldWithWhatIsWrong) {
  EXPECT_THAT(Result("Epoch 1/10"), HasSubstr("wrote \"Epoch 1/10\": is no JSON object"));
  EXPECT_THAT(Result("[1]"), HasSubstr("is no JSON object"));
  EXPECT_THAT(Result("{\"value\": 1"), HasSubstr("is no JSON object"));
  EXPECT_THAT(Result("{}"), HasSubstr("has no value"));
  EXPECT_THAT(Result(R"({"vlaue": 1})"), HasSubstr("\"vlaue\" means nothing here"));
  EXPECT_THAT(Result(R"({"value": null})"), HasSubstr("\"value\" must be a number"));
  EXPECT_THAT(Result(R"({"value": "0.5"})"), HasSubstr("\"value\" must be a number"));
  EXPECT_THAT(Result(R"({"values": 1})"), HasSubstr("list of numbers"));
  EXPECT_THAT(Result(R"({"values": []})"), HasSubstr("list of numbers"));
  EXPECT_THAT(Result(R"({"value": 1, "values": [1]})"), HasSubstr("both"));
  EXPECT_THAT(Result(R"({"metrics": [1]})"), HasSubstr("object of numbers"));
  EXPECT_THAT(Result(R"({"metrics": {"": 1}})"), HasSubstr("name"));
  EXPECT_THAT(Result(R"({"value": 1, "metrics": {"value": 2}})"), HasSubstr("twice"));
}

TEST(CommandAnswerTest, NumberOfMetricsIsBounded) {
  std::string metrics;
  for (size_t i = 0; i <= kMaxProgramMetrics; ++i) absl::StrAppend(&metrics, i == 0 ? "" : ", ", "\"m", i, "\": 1");
  EXPECT_THAT(Result(absl::StrCat("{\"metrics\": {", metrics, "}}")), HasSubstr("more than"));
}

TEST(CommandAnswerTest, DeepNestingIsOnlyAnError) {
  EXPECT_THAT(Result(std::string(1 << 20, '[')), HasSubstr("is no JSON object"));
  const std::string deep = std::string(1 << 19, '[') + std::string(1 << 19, ']');
  EXPECT_THAT(Result(absl::StrCat("{\"value\": ", deep, "}")), HasSubstr("must be a number"));
}

}  // namespace
}  // namespace parzen
