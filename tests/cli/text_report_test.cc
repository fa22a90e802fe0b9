#include "cli/text_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/terminal.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kRate[] =
    R"({"name": "FloatDistribution", "attributes": {"step": null, "low": 0.0, "high": 100.0, "log": false}})";

// Trials with value = number, best last.
struct Reported {
  StudySummary study;
  std::vector<TrialRecord> trials;
  BestTrialsResponse best;

  explicit Reported(int objectives = 1) {
    study.set_name("digits");
    study.set_budget(12);
    study.set_complete(12);
    for (int i = 0; i < objectives; ++i) {
      study.add_direction(MAXIMIZE);
      study.add_metric(absl::StrCat("metric_", i));
    }
    for (int number = 0; number < 12; ++number) {
      TrialRecord& trial = trials.emplace_back();
      trial.set_number(number);
      trial.set_state(COMPLETE);
      for (int i = 0; i < objectives; ++i) trial.add_value(number);
      trial.add_parameter()->set_name("rate");
      trial.mutable_parameter(0)->set_json(absl::StrCat(number, ".0"));
      trial.add_distribution(kRate);
    }
    *best.add_trial() = trials.back();
    best.set_candidates(3);
  }
  std::string Text(const TextReportStyle& style = {60, false}) const {
    return TextReport(study, trials, best, style).value();
  }
};

TEST(TextReportTest, TellsWhatTheStudyIsHowItGotBetterWhatMatteredAndWhatIsBest) {
  const std::string text = Reported().Text();
  EXPECT_THAT(text, HasSubstr("digits  MAXIMIZE metric_0\n12 of 12 trials: 12 complete\n"));
  EXPECT_THAT(text, HasSubstr("metric_0, trial by trial; the line is the best so far\n11 "));
  EXPECT_THAT(text, HasSubstr("what makes metric_0 good (12 trials, ped_anova)\n"));
  EXPECT_THAT(text, HasSubstr("the best trials\nnumber"));
}

TEST(TextReportTest, AStudyWithoutTrialsIsToldAsThat) {
  Reported empty;
  empty.trials.clear();
  empty.best.Clear();
  empty.study.clear_complete();
  EXPECT_EQ(empty.Text(), "digits  MAXIMIZE metric_0\n0 of 12 trials\n");
}

TEST(TextReportTest, EachObjectiveIsShownAndHowMuchOfTheFront) {
  const std::string text = Reported(2).Text();
  EXPECT_THAT(text, HasSubstr("metric_0, trial by trial"));
  EXPECT_THAT(text, HasSubstr("metric_1, trial by trial"));
  EXPECT_THAT(text, HasSubstr("trials that no other beats (1 of 3)\n"));
}

TEST(TextReportTest, OneTrialThatIsFarOffDoesNotSetTheScaleAndIsCounted) {
  Reported astray;
  astray.trials[3].set_value(0, -1e6);
  const std::string text = astray.Text();
  EXPECT_THAT(text, HasSubstr("\n1 of 12 trials beyond the plot; the worst is -1e+06\n"));
  EXPECT_THAT(text, HasSubstr("the line is the best so far\n11 "));
  EXPECT_THAT(text, HasSubstr("\n0  "));
  EXPECT_THAT(Reported().Text(), Not(HasSubstr("beyond")));
}

TEST(TextReportTest, WhereMoreThanAQuarterIsFarOffAllIsShown) {
  Reported diverging;
  for (size_t i = 0; i < 3; ++i) diverging.trials[i].set_value(0, -1e6);
  EXPECT_THAT(diverging.Text(), HasSubstr("3 of 12 trials beyond the plot"));
  diverging.trials[3].set_value(0, -1e6);
  EXPECT_THAT(diverging.Text(), Not(HasSubstr("beyond the plot")));
  EXPECT_THAT(diverging.Text(), HasSubstr("\n-1000000 "));
}

TEST(TextReportTest, WhatIsFarOffIsSoOnTheWorseSideAlone) {
  Reported lucky;
  lucky.trials[3].set_value(0, 1e6);
  EXPECT_THAT(lucky.Text(), HasSubstr("the line is the best so far\n1000000 "));
}

TEST(TextReportTest, TrialsThatBreakAConstraintAreNeverTheBest) {
  Reported constrained;
  for (TrialRecord& trial : constrained.trials) trial.add_constraint()->set_value(1);
  EXPECT_THAT(constrained.Text(), Not(HasSubstr("best so far")));
}

TEST(TextReportTest, LinesAreNoWiderThanTheTerminalAndNamesCannotDrawOnIt) {
  Reported hostile;
  hostile.study.set_name(std::string("evil\x1b[2J\n") + std::string(200, 'x'));
  hostile.study.set_metric(0, "\x1b[31mred");
  const std::string text = hostile.Text({70, false});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (size_t i = 1; i < lines.size(); ++i) EXPECT_LE(DisplayWidth(lines[i]), 70) << lines[i];
}

TEST(TextReportTest, ColoursAreForTerminals) {
  EXPECT_THAT(Reported().Text({60, true}), HasSubstr("\x1b[1mdigits\x1b[0m"));
  EXPECT_THAT(Reported().Text({60, false}), Not(HasSubstr("\x1b")));
}

TEST(TextReportTest, WhatCannotBeReadIsAnError) {
  Reported damaged;
  damaged.trials[3].set_distribution(0, "{}");
  EXPECT_TRUE(absl::IsDataLoss(TextReport(damaged.study, damaged.trials, damaged.best, {}).status()));
}

}  // namespace
}  // namespace parzen
