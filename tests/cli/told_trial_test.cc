// What is read of a trial that someone tells, from options and from JSON.
#include "cli/told_trial.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "cli/trial_argument.h"

namespace parzen {
namespace {

using testing::HasSubstr;

std::string WhyNot(const std::string& json) {
  const absl::StatusOr<TellTrialRequest> request = ReadToldJson(json);
  EXPECT_EQ(request.status().code(), absl::StatusCode::kInvalidArgument) << json;
  return std::string(request.status().message());
}

TEST(ToldTrialTest, JsonSaysAllThatOptionsSay) {
  const absl::StatusOr<TellTrialRequest> json = ReadToldJson(
      R"({"trial": 7, "state": "complete", "values": [0.5, "inf"], "steps": {"3": 1.5}, "metrics": {"seconds": 2.5}})");
  ASSERT_TRUE(json.ok()) << json.status();
  ToldOptions options;
  options.values = {"0.5", "inf"};
  options.state = "COMPLETE";
  options.steps = {"3=1.5"};
  options.metrics = {"seconds=2.5"};
  absl::StatusOr<TellTrialRequest> told = ReadToldOptions(options);
  ASSERT_TRUE(told.ok()) << told.status();
  told->set_number(7);
  EXPECT_EQ(json->ShortDebugString(), told->ShortDebugString());
}

TEST(ToldTrialTest, ValuesAloneCompleteATrialAndAReasonAloneFailsIt) {
  EXPECT_EQ(ReadToldJson(R"({"trial": 1, "value": 2})")->state(), COMPLETE);
  EXPECT_EQ(ReadToldJson(R"({"trial": 1, "reason": "no luck"})")->state(), FAIL);
  EXPECT_FALSE(ReadToldJson(R"({"trial": 1, "steps": {"1": 2}, "reason": "", "state": ""})")->has_state());
}

TEST(ToldTrialTest, NullIsNan) { EXPECT_TRUE(std::isnan(ReadToldJson(R"({"trial": 1, "value": null})")->value(0))); }

TEST(ToldTrialTest, MetricsMayBeAnyJson) {
  const absl::StatusOr<TellTrialRequest> request = ReadToldJson(R"({"trial": 1, "metrics": {"a": {"b": [1, null]}}})");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->attribute(0).json(), R"({"b":[1,null]})");
}

TEST(ToldTrialTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(WhyNot("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(WhyNot(R"({"value": 1})"), HasSubstr("trial: "));
  EXPECT_THAT(WhyNot(R"({"trial": -1, "value": 1})"), HasSubstr("trial: "));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "metric": {}})"), HasSubstr("did you mean \"metrics\""));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "value": 1, "values": [1]})"), HasSubstr("not both"));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "values": 1})"), HasSubstr("a list"));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "values": [true]})"), HasSubstr("a number belongs there"));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "state": "DONE"})"), HasSubstr("\"DONE\" is no state"));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "state": 3})"), HasSubstr("state: a text"));
  EXPECT_THAT(WhyNot(R"({"trial": 1, "steps": {"-1": 3}})"), HasSubstr("\"-1\" is no step"));
  EXPECT_THAT(WhyNot(std::string(kMaxToldBytes + 1, ' ')), HasSubstr("bytes"));
}

TEST(ToldTrialTest, AMetricsNameMayHaveAnEqualsSign) {
  ToldOptions options;
  options.metrics = {"f=ma=3"};
  const absl::StatusOr<TellTrialRequest> request = ReadToldOptions(options);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->attribute(0).name(), "f=ma");
}

TEST(TrialArgumentTest, TheStudyMayBeLeftOut) {
  EXPECT_EQ(ReadTrialArgument({"7"})->number, 7);
  EXPECT_EQ(ReadTrialArgument({"7"})->study, "");
  EXPECT_EQ(ReadTrialArgument({"s", "7"})->study, "s");
  EXPECT_FALSE(ReadTrialArgument({"s", "-7"}).ok());
}

}  // namespace
}  // namespace parzen
