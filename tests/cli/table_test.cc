#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string Csv(const std::vector<Cell>& row) {
  Table table(std::vector<std::string>(row.size(), "c"));
  table.AddRow(row);
  const std::string text = table.Render(Format::kCsv);
  return text.substr(text.find('\n') + 1);
}

nlohmann::json Json(const Table& table) {
  return nlohmann::json::parse(table.Render(Format::kJson), nullptr, /*allow_exceptions=*/false);
}

TEST(TableTest, TextStandsLeftAndNumbersStandRight) {
  Table table({"name", "trees"});
  table.AddRow({"Größe", 7});
  table.AddRow({"模型", 120});
  table.AddRow({"x", nullptr});
  EXPECT_EQ(table.Render(Format::kTable),
            "name   trees\n"
            "Größe      7\n"
            "模型     120\n"
            "x\n");
}

TEST(TableTest, PeopleSeeSixSignificantDigits) {
  EXPECT_EQ(CellForPeople(0.123456789), "0.123457");
  EXPECT_EQ(CellForPeople(.95), "0.95");
  EXPECT_EQ(CellForPeople(1e-7), "1e-07");
  EXPECT_EQ(CellForPeople(1234567), "1234567");
}

TEST(TableTest, CellsCannotDisturbATerminal) {
  Table table({"a\x1b[2J"});
  table.AddRow({"two\nlines\x1b[31m"});
  EXPECT_EQ(table.Render(Format::kTable), "a\\x1b[2J\ntwo\\nlines\\x1b[31m\n");
}

TEST(TableTest, VeryLongTextIsCutForPeopleAlone) {
  Table table({"reason"});
  const std::string reason(500, 'x');
  table.AddRow({reason});
  EXPECT_THAT(table.Render(Format::kTable), Not(HasSubstr(reason)));
  EXPECT_THAT(table.Render(Format::kCsv), HasSubstr(reason));
}

TEST(TableTest, HeaderIsBoldOnlyWhereAskedFor) {
  const Table table({"name"});
  EXPECT_EQ(table.Render(Format::kTable, /*bold_header=*/true), "\x1b[1mname\x1b[0m\n");
  EXPECT_EQ(table.Render(Format::kTable), "name\n");
}

TEST(TableTest, RecordHasALineAFieldAndNoneForANull) {
  Table table({"name", "best", "seed"});
  table.AddRow({"digits", nullptr, 7});
  EXPECT_EQ(table.RenderRecord(Format::kTable), "name  digits\nseed  7\n");
}

TEST(CsvTest, NumbersReadBackAsTheSameDouble) {
  for (const double value : {.1 + .2, 1e-300, 0.95166666666666666, 1e22, -0.0, 5e-324}) {
    EXPECT_EQ(std::strtod(CellForPrograms(value).c_str(), nullptr), value);
  }
}

TEST(CsvTest, FractionsKeepTheirPoint) {
  EXPECT_EQ(Csv({1.0, 1}), "1.0,1\n");
  EXPECT_EQ(Csv({100000.0}), "100000.0\n");
}

TEST(CsvTest, CellsWithSeparatorsAreQuoted) {
  EXPECT_EQ(Csv({"a,b"}), "\"a,b\"\n");
  EXPECT_EQ(Csv({"say \"hi\""}), "\"say \"\"hi\"\"\"\n");
  EXPECT_EQ(Csv({"two\nlines"}), "\"two\nlines\"\n");
  EXPECT_EQ(Csv({" padded"}), "\" padded\"\n");
  EXPECT_EQ(Csv({"plain text"}), "plain text\n");
}

TEST(CsvTest, NullIsAnEmptyCell) { EXPECT_EQ(Csv({nullptr, 1, nullptr}), ",1,\n"); }

TEST(CsvTest, NumbersThatAreNotFiniteHaveNames) { EXPECT_EQ(Csv({kNan, kInfinity, -kInfinity}), "nan,inf,-inf\n"); }

TEST(CsvTest, HeaderIsQuotedToo) { EXPECT_EQ(Table({"a,b", "c"}).Render(Format::kCsv), "\"a,b\",c\n"); }

TEST(JsonTest, CellsKeepTheirTypes) {
  Table table({"int", "float", "text", "bool", "null"});
  table.AddRow({3, 3.0, "3", true, nullptr});
  const nlohmann::json row = Json(table)[0];
  EXPECT_TRUE(row["int"].is_number_integer());
  EXPECT_TRUE(row["float"].is_number_float());
  EXPECT_TRUE(row["text"].is_string());
  EXPECT_EQ(row["bool"], true);
  EXPECT_TRUE(row["null"].is_null());
}

TEST(JsonTest, DoublesAreExact) {
  Table table({"value"});
  table.AddRow({.1 + .2});
  EXPECT_EQ(Json(table)[0]["value"].get<double>(), .1 + .2);
}

TEST(JsonTest, NumbersThatAreNotFiniteAreNull) {
  Table table({"nan", "inf"});
  table.AddRow({kNan, kInfinity});
  EXPECT_TRUE(Json(table)[0]["nan"].is_null());
  EXPECT_TRUE(Json(table)[0]["inf"].is_null());
}

TEST(JsonTest, HostileTextIsEscaped) {
  Table table({"na\"me"});
  table.AddRow({"a\"\\\n\x01"});
  table.AddRow({"caf\xe9"});
  const nlohmann::json rows = Json(table);
  EXPECT_EQ(rows[0]["na\"me"], "a\"\\\n\x01");
  EXPECT_EQ(rows[1]["na\"me"], "caf\xef\xbf\xbd");
}

TEST(JsonTest, NoRowsAreAnEmptyArray) { EXPECT_EQ(Table({"a"}).Render(Format::kJson), "[]\n"); }

TEST(FieldsTest, NameThatRepeatsIsLeftBlank) {
  EXPECT_EQ(RenderFields({{"parameters", "a = 1"}, {"parameters", "b = 2"}, {"fit", "1 s"}}),
            "parameters  a = 1\n"
            "            b = 2\n"
            "fit         1 s\n");
}

}  // namespace
}  // namespace parzen
