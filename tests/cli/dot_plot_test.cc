#include "cli/dot_plot.h"

#include <limits>

#include "absl/strings/str_split.h"
#include "cli/terminal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> Lines(const std::string& text) { return absl::StrSplit(text, '\n', absl::SkipEmpty()); }

TEST(DotPlotTest, PointsLieWhereTheirNumbersAre) {
  const std::string plot = DotPlot({{{{0, 0}, {10, 5}, {20, 10}}}}, {12, 3});
  EXPECT_EQ(plot,
            "10         ⠈\n"
            "       ⠐\n"
            "0  ⡀\n"
            "   0      20\n");
}

TEST(DotPlotTest, ALineKeepsItsValueUntilItChangesAndGoesOnToTheRight) {
  const std::string plot = DotPlot({{{{0, 1}, {10, 2}, {15, 2}}, true}}, {12, 2});
  const std::vector<std::string> lines = Lines(plot);
  EXPECT_THAT(lines[0], HasSubstr("⠉"));
  EXPECT_THAT(lines[1], HasSubstr("⣀⣀⣀"));
  EXPECT_EQ(DisplayWidth(lines[0]), 12) << "up to the end";
}

TEST(DotPlotTest, NoLineIsLongerThanWhatThereIs) {
  DotSeries wave;
  for (int i = 0; i < 1000; ++i) wave.points.push_back({i, (i * 37 % 101) * 1e-3});
  for (const size_t columns : {20, 33, 80, 200}) {
    for (const std::string& line : Lines(DotPlot({wave}, {columns, 7}))) EXPECT_LE(DisplayWidth(line), columns);
  }
}

TEST(DotPlotTest, EqualValuesLieInTheMiddleAndOnePointIsEnough) {
  EXPECT_THAT(Lines(DotPlot({{{{3, 7}}}}, {20, 3}))[1], HasSubstr("⠂"));
  EXPECT_EQ(Lines(DotPlot({{{{3, 7}}}}, {20, 3})).size(), 4);
}

TEST(DotPlotTest, WithoutPointsThereIsNothing) {
  EXPECT_EQ(DotPlot({}, {20, 3}), "");
  EXPECT_EQ(DotPlot({DotSeries{}}, {20, 3}), "");
}

TEST(DotPlotTest, TheSmallestDifferenceIsNone) {
  EXPECT_EQ(Lines(DotPlot({{{{0, 0}, {1, std::numeric_limits<double>::denorm_min()}}}}, {20, 3})).size(), 4);
}

TEST(DotPlotTest, WholeNumbersAreWrittenOut) {
  EXPECT_THAT(DotPlot({{{{0, 0}, {123456, 1}}}}, {40, 3}), HasSubstr(" 123456\n"));
}

TEST(DotPlotTest, TheLargestNumbersFit) {
  constexpr double kMost = std::numeric_limits<double>::max();
  EXPECT_THAT(DotPlot({{{{0, -kMost}, {1, kMost}}}}, {40, 4}), HasSubstr("1.798e+308"));
}

TEST(DotPlotTest, ColoursBeginAndEndOnEachLine) {
  const std::string plot = DotPlot({{{{0, 0}, {9, 1}}, false, "\x1b[36m"}}, {20, 2});
  for (const std::string& line : Lines(plot)) {
    EXPECT_EQ(line.find("\x1b[36m") != std::string::npos, line.find("\x1b[0m") != std::string::npos) << line;
  }
  EXPECT_THAT(DotPlot({{{{0, 0}, {9, 1}}}}, {20, 2}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace parzen
