#include "studies/reports/json_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace parzen {
namespace {

TEST(JsonValueTest, ValuesKeepTheirTypes) {
  EXPECT_TRUE(ReadJsonValue("3").is_number_integer());
  EXPECT_TRUE(ReadJsonValue("3.0").is_number_float());
  EXPECT_EQ(ReadJsonValue("\"rbf\""), "rbf");
  EXPECT_EQ(ReadJsonValue("true"), true);
  EXPECT_TRUE(ReadJsonValue("null").is_null());
}

TEST(JsonValueTest, NumbersThatJsonDoesNotKnowAreReadAsPythonWritesThem) {
  EXPECT_TRUE(std::isnan(ReadJsonValue("NaN").get<double>()));
  EXPECT_EQ(ReadJsonValue("Infinity").get<double>(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(ReadJsonValue("-Infinity").get<double>(), -std::numeric_limits<double>::infinity());
}

TEST(JsonValueTest, TextThatIsNoJsonStandsForItself) {
  EXPECT_EQ(ReadJsonValue("{half"), "{half");
  EXPECT_EQ(ReadJsonValue(""), "");
}

TEST(ReadJsonValueTest, WhatIsHardToTakeApartStandsForItself) {
  const std::string deep(500000, '['), balanced = std::string(101, '[') + std::string(101, ']');
  EXPECT_EQ(ReadJsonValue(deep), deep);
  EXPECT_EQ(ReadJsonValue(balanced), balanced);
  EXPECT_TRUE(ReadJsonValue(std::string(100, '[') + std::string(100, ']')).is_array());
  std::string wide = "{";
  for (int i = 0; i < 20000; ++i) wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
  wide += "}";
  EXPECT_EQ(ReadJsonValue(wide), wide);
}

TEST(IsPlainJsonTest, BracketsInTextsDoNotNest) {
  EXPECT_TRUE(IsPlainJson("\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\""));
}

}  // namespace
}  // namespace parzen
