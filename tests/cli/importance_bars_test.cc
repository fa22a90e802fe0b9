#include "cli/importance_bars.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

const ObjectiveImportance kImportance = {"accuracy", 40, "ped_anova", {{"gamma", 0.8}, {"c", 0.2}}};

TEST(ImportanceBarsTest, BarsAreAsLongAsSharesOfTheLargest) {
  EXPECT_EQ(ImportanceBars(kImportance, 28, false),
            "what makes accuracy good (40 trials, ped_anova)\n"
            "  gamma  ██████████   80.0 %\n"
            "  c      ██▌          20.0 %\n");
}

TEST(ImportanceBarsTest, LinesFitTheTerminalAndLongNamesAreCut) {
  ObjectiveImportance importance = kImportance;
  importance.shares.emplace_back(std::string(200, 'x'), 0.0);
  for (const size_t columns : {30, 40, 80, 200}) {
    const std::string text = ImportanceBars(importance, columns, false);
    const std::vector<std::string> lines = absl::StrSplit(text, '\n');
    for (size_t i = 1; i < lines.size(); ++i) EXPECT_LE(DisplayWidth(lines[i]), columns) << lines[i];
  }
}

TEST(ImportanceBarsTest, ColoursComeOnlyWhereTheyAreWanted) {
  EXPECT_THAT(ImportanceBars(kImportance, 60, false), Not(HasSubstr("\x1b")));
  EXPECT_THAT(ImportanceBars(kImportance, 60, true), HasSubstr("\x1b[36m"));
}

TEST(ImportanceBarsTest, AHostileNameIsMadeSafe) {
  EXPECT_THAT(ImportanceBars({"a", 2, "fanova", {{"x\x1b[31m", 1.0}}}, 60, false), Not(HasSubstr("\x1b")));
}

TEST(ImportanceTableTest, ProgramsGetARowAParameterAndTheObjectiveWhereThereAreSeveral) {
  EXPECT_EQ(ImportanceTable({kImportance}, false).Render(Format::kCsv), "parameter,importance\ngamma,0.8\nc,0.2\n");
  EXPECT_EQ(ImportanceTable({kImportance}, true).Render(Format::kCsv),
            "objective,parameter,importance\naccuracy,gamma,0.8\naccuracy,c,0.2\n");
}

}  // namespace
}  // namespace parzen
