#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

void LogALostAttempt(const std::string& worker) {
  Log(spdlog::level::warn, "study \"{study}\": trial {trial} lost its attempt {attempt}: {worker} is {what}",
      {{"study", "digits"}, {"trial", 3}, {"attempt", 1}, {"worker", worker}});
}

TEST(LogTest, TextHoldsTheFieldsWhereTheyAreNamed) {
  InitLog(LogOptions());
  CaptureStderr();
  LogALostAttempt("node-1");
  EXPECT_THAT(GetCapturedStderr(),
              EndsWith(" warning study \"digits\": trial 3 lost its attempt 1: node-1 is {what}\n"));
}

TEST(LogTest, JsonHasTheFieldsBesideTheText) {
  InitLog({LogFormat::kJson, spdlog::level::info});
  CaptureStderr();
  LogALostAttempt("node-1");
  const auto line = nlohmann::json::parse(GetCapturedStderr());
  EXPECT_EQ(line["level"], "warning");
  EXPECT_EQ(line["message"], "study \"digits\": trial 3 lost its attempt 1: node-1 is {what}");
  EXPECT_EQ(line["study"], "digits");
  EXPECT_EQ(line["trial"], 3);
  EXPECT_EQ(line["attempt"], 1);
  EXPECT_EQ(line["worker"], "node-1");
  EXPECT_THAT(line["time"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:......Z"));
}

TEST(LogTest, JsonLineOfAPlainCallHasNoFieldsOfAnEarlierOne) {
  InitLog({LogFormat::kJson, spdlog::level::info});
  LogALostAttempt("node-1");
  CaptureStderr();
  spdlog::info("studies are in {}", "m.db");
  const auto line = nlohmann::json::parse(GetCapturedStderr());
  EXPECT_EQ(line["message"], "studies are in m.db");
  EXPECT_EQ(line.size(), 3u);
}

TEST(LogTest, ValueCannotForgeALine) {
  InitLog(LogOptions());
  CaptureStderr();
  LogALostAttempt("a\n2026-01-01 00:00:00.000 error \x1b[31mgone");
  const std::string text = GetCapturedStderr();
  EXPECT_THAT(text, HasSubstr("a\\x0a2026-01-01 00:00:00.000 error \\x1b[31mgone"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(LogTest, JsonStaysJsonWhateverBytesAValueHolds) {
  InitLog({LogFormat::kJson, spdlog::level::info});
  CaptureStderr();
  LogALostAttempt("\xff\"\n");
  EXPECT_TRUE(nlohmann::json::accept(GetCapturedStderr()));
}

TEST(LogTest, LinesBelowTheLevelAreLeftOut) {
  InitLog({LogFormat::kText, spdlog::level::err});
  CaptureStderr();
  LogALostAttempt("node-1");
  EXPECT_EQ(GetCapturedStderr(), "");
}

}  // namespace
}  // namespace parzen
