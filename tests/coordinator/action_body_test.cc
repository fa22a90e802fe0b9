#include "coordinator/action_body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parzen {
namespace {

using testing::HasSubstr;

class ActionBodyTest : public testing::Test {
 protected:
  static ActionBody Body(const std::string& text) {
    absl::StatusOr<ActionBody> body = ActionBody::Read(text, {"name", "trials", "now", "values"});
    EXPECT_TRUE(body.ok()) << body.status();
    return *std::move(body);
  }
  static std::string Refusal(const std::string& text) {
    const absl::Status status = ActionBody::Read(text, {"name", "trials"}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  }
};

TEST_F(ActionBodyTest, MembersAreFoundByName) {
  const ActionBody body = Body(R"({"name": "a\n\"b\"", "trials": 12, "now": true})");
  EXPECT_EQ(*body.Text("name"), "a\n\"b\"");
  EXPECT_EQ(*body.Number("trials"), 12);
  EXPECT_TRUE(*body.OptionalFlag("now"));
}

TEST_F(ActionBodyTest, WhatMayBeLeftOutMayBeNull) {
  for (const char* text : {"{}", R"({"name": null, "now": null})"}) {
    EXPECT_EQ(*Body(text).OptionalText("name"), "");
    EXPECT_FALSE(*Body(text).OptionalFlag("now"));
    EXPECT_THAT(std::string(Body(text).Text("name").status().message()), HasSubstr("\"name\" must be there"));
  }
}

TEST_F(ActionBodyTest, NumbersAreWholeAndHaveTheirRange) {
  EXPECT_EQ(*Body(R"({"trials": 9223372036854775807})").Number("trials"), 9223372036854775807);
  for (const char* text : {R"({"trials": 9223372036854775808})", R"({"trials": 1.5})", R"({"trials": "3"})",
                           R"({"trials": true})", "{}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Body(text).Number("trials").status())) << text;
  }
}

TEST_F(ActionBodyTest, ValuesAreAsAStudyFileWritesThem) {
  const auto values =
      Body(R"({"values": {"a": 0.1, "b": 3, "c": "RBF", "d": true, "e": null, "f": "0.10", "g": 1e-7}})")
          .Values("values");
  ASSERT_TRUE(values.ok()) << values.status();
  std::vector<std::string> texts;
  for (const FixedValue& value : *values) texts.push_back(value.parameter() + "=" + value.value());
  EXPECT_THAT(texts, testing::ElementsAre("a=0.1", "b=3", "c=RBF", "d=true", "e=null", "f=0.10", "g=1e-07"));
}

TEST_F(ActionBodyTest, ValuesThatNestAreRefused) {
  for (const char* text : {R"({"values": {"a": [1]}})", R"({"values": {"a": {}}})", R"({"values": [1]})", "{}"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Body(text).Values("values").status())) << text;
  }
}

TEST_F(ActionBodyTest, AnUnknownMemberIsNamedWithTheOneThatWasMeant) {
  EXPECT_THAT(Refusal(R"({"nane": "a"})"), HasSubstr("no \"nane\"; did you mean \"name\"?"));
}

TEST_F(ActionBodyTest, WhatIsThereTwiceIsRefused) {
  EXPECT_THAT(Refusal(R"({"name": "a", "trials": 3, "name": "a"})"), HasSubstr("\"name\" is there twice"));
  EXPECT_THAT(Refusal(R"({"name": {"c": 1, "d": {"c": 2}, "c": 3}})"), HasSubstr("\"name.c\" is there twice"));
  EXPECT_THAT(Refusal(R"({"name": [{"c": 1}, {"c": 2}], "\u006eame": 3})"), HasSubstr("\"name\" is there twice"));
}

TEST_F(ActionBodyTest, ANumberThatIsTooLargeIsNamed) {
  EXPECT_THAT(Refusal(R"({"name": "a", "trials": 1e400})"), HasSubstr("number of \"trials\" is too large"));
  EXPECT_THAT(Refusal(R"({"name": {"c": [1], "d": [{"e": -1e999}]}})"),
              HasSubstr("number of \"name.d.e\" is too large"));
  EXPECT_THAT(Refusal("1e400"), HasSubstr("JSON object"));
}

TEST_F(ActionBodyTest, OnlyAnObjectIsABody) {
  for (const char* text : {"", "null", "[]", "\"name\"", "{\"name\": }", "{\"name\": \"a\"} x", "{\"name\": NaN}"}) {
    EXPECT_THAT(Refusal(text), HasSubstr("JSON object")) << text;
  }
  EXPECT_THAT(Refusal(R"({"name": )" + std::string(100'000, '[')), HasSubstr("JSON object"));
}

}  // namespace
}  // namespace parzen
