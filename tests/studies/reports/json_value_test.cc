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

}  // namespace
}  // namespace parzen
