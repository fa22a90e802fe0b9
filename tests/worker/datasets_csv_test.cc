// CSV tables, and every way in which one can be wrong.
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class CsvTest : public testing::Test {
 protected:
  absl::StatusOr<Dataset> Load(absl::string_view train) {
    folder_.Write("train.csv", train);
    return LoadFrom(folder_, R"(csv { file: "$DIR/train.csv" })");
  }
  absl::StatusOr<Dataset> Load(absl::string_view train, absl::string_view test) {
    folder_.Write("train.csv", train);
    folder_.Write("test.csv", test);
    return LoadFrom(folder_, R"(csv { file: "$DIR/train.csv" test_file: "$DIR/test.csv" })");
  }
  template <typename... Files>
  std::string Error(const Files&... files) {
    (void)Load(files...);
    return LoadError(folder_, sizeof...(files) == 1 ? R"(csv { file: "$DIR/train.csv" })"
                                                    : R"(csv { file: "$DIR/train.csv" test_file: "$DIR/test.csv" })");
  }

  DataFolder folder_;
};

std::vector<float> Row(const LabelledRows& rows, int row) {
  const float* const first = rows.features.row(row).data();
  return std::vector<float>(first, first + rows.features.cols());
}

TEST_F(CsvTest, ColumnsButTheLabelBecomeFeaturesInTheirOrder) {
  const auto dataset = Load("a,label,b\n1,x,2\n3,y,4\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(Row(dataset->train, 0), ElementsAre(1, 2));
  EXPECT_THAT(Row(dataset->train, 1), ElementsAre(3, 4));
  EXPECT_THAT(dataset->train.labels, ElementsAre(0, 1));
  EXPECT_EQ(dataset->image_height, 0);
}

TEST_F(CsvTest, NumbersAreReadInEveryUsualForm) {
  const auto dataset = Load("label,a,b,c,d,e\n0,-1.5,2e3,+7, 8 ,12345678\n1,.5,1e-60,007,-0,16777217\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(Row(dataset->train, 0), ElementsAre(-1.5f, 2000, 7, 8, 12345678));
  EXPECT_THAT(Row(dataset->train, 1), ElementsAre(.5f, 0, 7, 0, 16777216));
}

TEST_F(CsvTest, WholeNumberLabelsAreSortedByNumberAndGapsAreClosed) {
  const auto dataset = Load("label,a\n10,1\n2,1\n8,1\n10,1\n-1,1\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("-1", "2", "8", "10"));
  EXPECT_THAT(dataset->train.labels, ElementsAre(3, 1, 2, 3, 0));
}

TEST_F(CsvTest, TextLabelsAreSortedByTheirBytes) {
  const auto dataset = Load("label,a\nten,1\n2,1\n10,1\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("10", "2", "ten"));
}

TEST_F(CsvTest, WholeNumberWrittenInTwoWaysIsOneClass) {
  const auto dataset = Load("label,a\n7,1\n07,1\n 7,1\n", "label,a\n007,1\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("7"));
  EXPECT_THAT(dataset->test.labels, ElementsAre(0));
}

TEST_F(CsvTest, QuotedFieldsMayHoldCommasQuotesAndLineEnds) {
  const auto dataset = Load("\"a,1\",label\n\"1\",\"x,\"\"y\"\"\nz\"\n2,w\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("w", "x,\"y\"\nz"));
  EXPECT_THAT(Row(dataset->train, 0), ElementsAre(1));
}

TEST_F(CsvTest, LineEndsOfWindowsAByteOrderMarkAndBlankLastLinesDoNotCount) {
  const auto dataset = Load("\xEF\xBB\xBFlabel,a\r\n\"0\",\"5\"\r\n1,6\r\n\r\n\r\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(dataset->class_names, ElementsAre("0", "1"));
  EXPECT_THAT(Row(dataset->train, 1), ElementsAre(6));
}

TEST_F(CsvTest, LastLineNeedsNoEnd) {
  const auto dataset = Load("label,a\n0,1\n1,2");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.rows(), 2);
}

TEST_F(CsvTest, GzipIsReadToo) {
  const auto dataset = Load(Gzipped("label,a\n0,1\n"));
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->train.rows(), 1);
}

TEST_F(CsvTest, SquareNumberOfPixelColumnsIsAnImage) {
  const auto dataset = Load("label,pixel1,pixel2,pixel3,pixel4\n0,1,2,3,4\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->image_height, 2);
  EXPECT_EQ(dataset->image_width, 2);
}

TEST_F(CsvTest, PixelColumnsThatAreNoSquareOrOutOfOrderAreNoImage) {
  EXPECT_EQ(Load("label,pixel1,pixel2\n0,1,2\n")->image_width, 0);
  EXPECT_EQ(Load("label,pixel2,pixel1,pixel3,pixel4\n0,1,2,3,4\n")->image_width, 0);
}

TEST_F(CsvTest, TestColumnsAreMatchedByName) {
  const auto dataset = Load("label,a,b\nx,1,2\n", "b,label,a\n20,x,10\n");
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_THAT(Row(dataset->test, 0), ElementsAre(10, 20));
}

TEST_F(CsvTest, MissingTestColumnIsNamed) {
  EXPECT_THAT(Error("label,a,b\nx,1,2\n", "label,a\nx,1\n"),
              StartsWith("INVALID_ARGUMENT: $DIR/test.csv:1: column \"b\" of the training file is missing"));
}

TEST_F(CsvTest, ExtraTestColumnIsNamed) {
  EXPECT_THAT(Error("label,a\nx,1\n", "label,a,c\nx,1,2\n"),
              HasSubstr("$DIR/test.csv:1: column \"c\" is not in the training file"));
}

TEST_F(CsvTest, TestLabelUnseenInTrainingIsPlaced) {
  EXPECT_THAT(
      Error("label,a\ncat,1\ndog,1\n", "label,a\ndog,1\ncta,1\n"),
      HasSubstr("$DIR/test.csv:3: the label \"cta\" does not occur in the training rows; did you mean \"cat\"?"));
}

TEST_F(CsvTest, UnknownLabelColumnSuggestsTheClosest) {
  EXPECT_THAT(Error("labell,a\n0,1\n"),
              HasSubstr("$DIR/train.csv:1: there is no label column \"label\"; did you mean \"labell\"?"));
}

TEST_F(CsvTest, UnknownLabelColumnListsAFewColumnsWhenNoneIsClose) {
  std::string header = "c0";
  for (int c = 1; c < 100; ++c) absl::StrAppend(&header, ",c", c);
  EXPECT_THAT(Error(header + "\n"),
              AllOf(HasSubstr("; columns: c0, c1"), HasSubstr("(100 in all)"), Not(HasSubstr("c50"))));
}

TEST_F(CsvTest, ShortRowSaysHowManyFieldsWereFound) {
  EXPECT_THAT(Error("label,a,b\n0,1,2\n1,2\n"),
              StartsWith("INVALID_ARGUMENT: $DIR/train.csv:3: found 2 fields, expected 3 as in the header"));
}

TEST_F(CsvTest, LongRowSaysHowManyFieldsWereFound) {
  EXPECT_THAT(Error("label,a\n0,1,2,3\n"), HasSubstr("$DIR/train.csv:2: found 4 fields, expected 2"));
}

TEST_F(CsvTest, RowOfTooManyEmptyCellsIsRaggedAndNotTooShort) {
  EXPECT_THAT(Error("label,a\n,,\n"), HasSubstr("$DIR/train.csv:2: found 3 fields, expected 2"));
}

TEST_F(CsvTest, BlankLineInTheMiddleIsRagged) {
  EXPECT_THAT(Error("label,a\n0,1\n\n1,2\n"), AllOf(HasSubstr("$DIR/train.csv:3: found 1 fields"), HasSubstr("blank")));
}

TEST_F(CsvTest, TextWhereANumberBelongsIsShownWithItsPlace) {
  EXPECT_THAT(Error("label,a,b\n0,1,2\n0,1,two\n"),
              HasSubstr("$DIR/train.csv:3: column \"b\": \"two\" is not a finite number"));
}

TEST_F(CsvTest, LineNumbersCountTheLinesInsideQuotes) {
  EXPECT_THAT(Error("label,a\n\"x\ny\nz\",1\nx,bad\n"), HasSubstr("$DIR/train.csv:5: column \"a\": \"bad\""));
}

TEST_F(CsvTest, EmptyCellIsAnError) {
  EXPECT_THAT(Error("label,a,b\n0,,2\n"), HasSubstr("$DIR/train.csv:2: column \"a\": the cell is empty"));
  EXPECT_THAT(Error("label,a\n0,\n"), HasSubstr("$DIR/train.csv:2: column \"a\": the cell is empty"));
}

TEST_F(CsvTest, NumbersThatAreNotFiniteAreErrors) {
  for (const char* const cell : {"nan", "NaN", "inf", "-Infinity", "1e39", "1e999", "0x10", "1 2", "1,5\"", "--1"}) {
    EXPECT_THAT(Error(absl::StrCat("label,a\n0,", cell, "\n")), StartsWith("INVALID_ARGUMENT: $DIR/train.csv:2: "))
        << cell;
  }
}

TEST_F(CsvTest, EmptyLabelIsAnError) {
  EXPECT_THAT(Error("label,a\n,1\n"), HasSubstr("$DIR/train.csv:2: the label is empty"));
}

TEST_F(CsvTest, LabelOfBoundlessLengthIsAnError) {
  EXPECT_THAT(Error(absl::StrCat("label,a\n", std::string(201, 'x'), ",1\n")), HasSubstr("has 201 bytes; at most 200"));
}

TEST_F(CsvTest, LabelColumnThatHoldsNoClassesIsAnError) {
  std::string table = "label,a\n";
  for (int row = 0; row <= 1000; ++row) absl::StrAppend(&table, row, ",1\n");
  EXPECT_THAT(Error(table), HasSubstr("$DIR/train.csv:1002: the label column has more than 1000 different values"));
}

TEST_F(CsvTest, ColumnsOfOneNameArePointedOut) {
  EXPECT_THAT(Error("label,a,b,a\n0,1,2,3\n"), HasSubstr("$DIR/train.csv:1: columns 2 and 4 are both named \"a\""));
}

TEST_F(CsvTest, ColumnWithoutANameIsAnError) {
  EXPECT_THAT(Error(",label,a\n0,1,2\n"), HasSubstr("$DIR/train.csv:1: column 1 has no name; name it or remove it"));
}

TEST_F(CsvTest, LabelAloneIsNotATable) {
  EXPECT_THAT(Error("label\n0\n"), HasSubstr("at least one feature is needed"));
}

TEST_F(CsvTest, HeaderWithoutRowsIsAnError) {
  EXPECT_THAT(Error("label,a\n"), HasSubstr("$DIR/train.csv:2: no rows follow the header"));
}

TEST_F(CsvTest, EmptyFileIsAnError) {
  EXPECT_THAT(Error(""), HasSubstr("$DIR/train.csv:1: the file is empty"));
  EXPECT_THAT(Error("\n\r\n"), HasSubstr("$DIR/train.csv:1: the file is empty"));
}

TEST_F(CsvTest, QuoteWithoutEndIsAnError) {
  EXPECT_THAT(Error("label,a\n\"x,1\nx,2\n"), HasSubstr("$DIR/train.csv:2: a quoted field has no closing quote"));
}

TEST_F(CsvTest, TextAfterAClosingQuoteIsAnError) {
  EXPECT_THAT(Error("label,a\n\"x\"y,1\n"), HasSubstr("$DIR/train.csv:2: a closing quote is followed by text"));
}

TEST_F(CsvTest, WideHeaderOverManyBlankLinesNeedsNoMemory) {
  std::string table = "label";
  for (int c = 0; c < 20000; ++c) absl::StrAppend(&table, ",c", c);
  table.append(1000000, '\n');  // 20,000 x 1,000,000 floats are 80 GB
  EXPECT_THAT(Error(table + "0,1\n"), HasSubstr("found 1 fields, expected 20001"));
}

TEST_F(CsvTest, BytesInErrorsAreEscapedAndCut) {
  const std::string error = Error(absl::StrCat("label,a\n0,\x1b[31m", std::string(5000, 'x'), "\n"));
  EXPECT_THAT(error, HasSubstr("\\033[31m"));
  EXPECT_LT(error.size(), 250u);
}

TEST_F(CsvTest, MissingFileIsNotFound) {
  EXPECT_EQ(LoadError(folder_, R"(csv { file: "$DIR/absent.csv" })"),
            "NOT_FOUND: $DIR/absent.csv: there is no such file");
}

TEST(CsvTextTest, TextThatWouldMakeMoreFeaturesThanFitIsRefused) {
  const DataFolder folder;
  // `rows` rows of 700 texts each, the first 999 of which all differ.
  const auto table = [](int rows) {
    std::string text = "label";
    for (int c = 0; c < 700; ++c) absl::StrAppend(&text, ",c", c);
    for (int row = 0; row < rows; ++row) {
      absl::StrAppend(&text, "\n", row % 2);
      for (int c = 0; c < 700; ++c) absl::StrAppend(&text, ",t", row % 999);
    }
    return text;
  };
  folder.Write("few.csv", table(30));
  folder.Write("many.csv", table(999));
  EXPECT_THAT(LoadError(folder, "csv { file: \"$DIR/many.csv\" text: ONE_HOT }"),
              testing::HasSubstr("many.csv: its texts would make 699300 features, and 2664 MiB of its 999 rows"));
  folder.Write("test.csv", table(26000));  // as wide as the training rows, and too many
  EXPECT_THAT(LoadError(folder, "csv { file: \"$DIR/few.csv\" test_file: \"$DIR/test.csv\" text: ONE_HOT }"),
              testing::HasSubstr("test.csv: its texts would make 21000 features, and 2082 MiB of its 26000 rows"));
}

}  // namespace
}  // namespace parzen
