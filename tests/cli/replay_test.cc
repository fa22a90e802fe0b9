#include "cli/replay.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <limits>

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::StrEq;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename Message>
Message Text(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

StudySummary Study(const std::string& work = "function { sphere {} curve {} }") {
  return Text<StudySummary>("name: 's' spec { objective { direction: MINIMIZE } " + work + " }");
}

TrialRecord Complete() {
  return Text<TrialRecord>(R"(number: 3 state: COMPLETE value: 0.1
                              user_attribute { name: "value" json: "0.1" }
                              user_attribute { name: "loss" json: "NaN" }
                              user_attribute { name: "fit_seconds" json: "0.5" }
                              step { step: 1 value: 3 } step { step: 2 value: 2 } step { step: 5 value: 1 })");
}

Replay Again() {
  Replay replay;
  replay.result = Text<TrialResult>(R"(metric { name: "value" value: 0.1 } metric { name: "loss" value: nan }
                                       metric { name: "fit_seconds" value: 0.7 })");
  for (const auto& [step, value] : {std::pair{1, 3.0}, {2, 2.0}, {5, 1.0}}) {
    replay.steps.emplace_back().set_step(step);
    replay.steps.back().set_value(value);
  }
  return replay;
}

std::string Compared(const TrialRecord& trial, const Replay& replay, Format format = Format::kCsv) {
  return ReplayTable(CompareReplay(Study(), trial, replay), format).Render(format);
}

TEST(ReplayTest, EveryNumberStandsBesideTheStoredOne) {
  EXPECT_THAT(Compared(Complete(), Again()), StrEq("metric,stored,again,outcome\n"
                                                   "value,0.1,0.1,same\n"
                                                   "loss,nan,nan,same\n"
                                                   "fit_seconds,0.5,0.7,measured\n"
                                                   "step 1,3.0,3.0,same\n"
                                                   "step 2,2.0,2.0,same\n"
                                                   "step 5,1.0,1.0,same\n"));
}

TEST(ReplayTest, ForPeopleStepsThatAreTheSameAreOneRow) {
  EXPECT_THAT(Compared(Complete(), Again(), Format::kTable), HasSubstr("step 1 to 5  3 values  3 values  same"));
}

TEST(ReplayTest, TheLastBitCounts) {
  Replay replay = Again();
  replay.result->mutable_metric(0)->set_value(std::nextafter(0.1, 1));
  EXPECT_THAT(Compared(Complete(), replay), HasSubstr("value,0.1,0.10000000000000002,differs\n"));
  EXPECT_THAT(Compared(Complete(), replay, Format::kTable), HasSubstr("0.10000000000000002  differs"));
  EXPECT_FALSE((ReplayedNumber{"zero", 0.0, -0.0}.same()));
  EXPECT_TRUE((ReplayedNumber{"nan", kNan, -kNan}.same()));
}

TEST(ReplayTest, WhatIsThereOnlyOnceDiffers) {
  Replay replay = Again();
  replay.steps.pop_back();
  replay.steps.emplace_back().set_step(6);
  replay.result->clear_metric();
  EXPECT_THAT(Compared(Complete(), replay), StrEq("metric,stored,again,outcome\n"
                                                  "value,0.1,,differs\n"
                                                  "step 1,3.0,3.0,same\n"
                                                  "step 2,2.0,2.0,same\n"
                                                  "step 5,1.0,,differs\n"
                                                  "step 6,,0.0,differs\n"));
}

TEST(ReplayTest, OfAPrunedTrialStepsAreCompared) {
  TrialRecord trial = Complete();
  trial.set_state(PRUNED);
  Replay replay = Again();
  replay.result.reset();
  EXPECT_THAT(Compared(trial, replay), StrEq("metric,stored,again,outcome\n"
                                             "step 1,3.0,3.0,same\n"
                                             "step 2,2.0,2.0,same\n"
                                             "step 5,1.0,1.0,same\n"));
}

TEST(ReplayTest, WhatCannotBeDoneAgainSaysWhy) {
  const auto why = [](const StudySummary& study, const TrialRecord& trial) {
    return std::string(CheckReplayable(study, trial, /*allow_commands=*/false).message());
  };
  TrialRecord trial = Complete();
  EXPECT_THAT(why(Study(), trial), StrEq(""));
  EXPECT_THAT(why(Text<StudySummary>("name: 's'"), trial), HasSubstr("another program made the study"));
  EXPECT_THAT(why(Study(""), trial), HasSubstr("it was done by whoever asked for it"));
  EXPECT_THAT(why(Study("command { argv: './train' }"), trial),
              StrEq("trial 3 of s runs a program, ./train; --allow-commands runs it here, as this user"));
  EXPECT_TRUE(CheckReplayable(Study("command { argv: './train' }"), trial, /*allow_commands=*/true).ok());
  trial.add_attempt()->set_asked(true);
  EXPECT_THAT(why(Study(), trial), HasSubstr("it was done by whoever asked for it"));
  trial.clear_attempt();
  trial.set_state(RUNNING);
  EXPECT_THAT(why(Study(), trial), HasSubstr("is RUNNING; it can be done again once it has ended"));
  trial.set_state(FAIL);
  EXPECT_THAT(why(Study(), trial), HasSubstr("is FAIL and has no result to compare with"));
}

}  // namespace
}  // namespace parzen
