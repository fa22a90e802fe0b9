#include "studies/pruners/ordered_pruner.h"

#include "tests/studies/pruners/pruner_fixture.h"

namespace parzen {
namespace {

class OrderedPrunerTest : public testing::Test {
 protected:
  // Trials whose single value is their number, COMPLETE but for the last `running`.
  void Study(const std::string& pruner, int64_t look_ahead, int64_t trials) {
    spec_ = PrunerText(pruner);
    ordered_ = *MakeOrderedPruner({spec_, name_, MAXIMIZE, history_}, look_ahead);
    for (int64_t number = 0; number < trials; ++number) {
      history_.Add({number, RUNNING, {}, {}, 0, {}});
      history_.Report(static_cast<size_t>(number), 1, static_cast<double>(number));
    }
  }
  void Complete(size_t first, size_t end) {
    for (size_t i = first; i < end; ++i) history_.Move(i, COMPLETE, {0});
  }
  // Why the trial stops; "" when it goes on.
  std::string Reason(size_t trial) { return ordered_->Judge(trial, 1).reason; }

  PrunerSpec spec_;
  const std::string name_ = "s";
  History history_;
  std::unique_ptr<Pruner> ordered_;
};

// Values fall, so that every trial but the first is worse than all that it knows, and its reason says how many those
// are.
class KnownTrialsTest : public OrderedPrunerTest {
 protected:
  void Fall(int64_t look_ahead, int64_t trials) {
    Study("successive_halving { min_resource: 1 reduction_factor: 1000 }", look_ahead, 0);
    for (int64_t number = 0; number < trials; ++number) {
      history_.Add({number, RUNNING, {}, {}, 0, {}});
      history_.Report(static_cast<size_t>(number), 1, static_cast<double>(-number));
    }
  }
  int Known(size_t trial) {
    const std::string reason = Reason(trial);
    if (reason.empty()) return 0;
    const size_t of = reason.find(" of ");
    return std::stoi(reason.substr(of + 4)) - 1;
  }
};

TEST_F(KnownTrialsTest, ATrialLearnsFromThoseFarEnoughBehindItAndNoOthers) {
  Fall(/*look_ahead=*/8, 24);
  Complete(0, 16);
  std::vector<int> known;
  for (size_t trial = 8; trial < 24; ++trial) known.push_back(Known(trial));
  // Trial 8 may know trial 0 only, trial 10 and its neighbour trials 0 to 2, ...
  EXPECT_THAT(known, testing::ElementsAre(1, 1, 3, 3, 5, 5, 7, 7, 9, 9, 11, 11, 13, 13, 15, 15));
}

TEST_F(KnownTrialsTest, OneAtATimeEveryTrialKnowsAllBeforeIt) {
  Fall(/*look_ahead=*/1, 6);
  std::vector<int> known;
  for (size_t trial = 0; trial < 6; ++trial) {
    known.push_back(Known(trial));
    Complete(trial, trial + 1);
  }
  EXPECT_THAT(known, testing::ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(KnownTrialsTest, WhatOthersHaveDoneSinceChangesNoVerdict) {
  Fall(/*look_ahead=*/8, 24);
  Complete(0, 2);
  const std::string early = Reason(8);
  EXPECT_NE(early, "");
  Complete(2, 8);
  Complete(9, 24);
  EXPECT_EQ(Reason(23).substr(0, 3), "-23");
  EXPECT_EQ(Reason(8), early);
}

TEST_F(OrderedPrunerTest, WhatAPrunerWrapsIsBlindToo) {
  Study("patient { patience: 0 wraps { median { startup_trials: 1 } } }", /*look_ahead=*/2, 4);
  history_.Report(3, 0, 0.7);
  Complete(0, 3);
  history_.Report(3, 1, 0.6);
  EXPECT_THAT(ordered_->Judge(3, 1), GoesOn());  // the median of trials 0 and 1 is 0.5, with trial 2 it would be 1
}

TEST_F(OrderedPrunerTest, BracketsAreThoseOfThePruner) {
  Study("hyperband { max_resource: 27 }", 8, 0);
  const auto alone = *MakePruner({spec_, name_, MAXIMIZE, history_});
  for (int64_t number = 0; number < 50; ++number) EXPECT_EQ(ordered_->Bracket(number), alone->Bracket(number));
}

TEST_F(OrderedPrunerTest, OptionsThatDoNotFitAreRefused) {
  spec_ = PrunerText("hyperband { min_resource: 9 max_resource: 3 }");
  EXPECT_TRUE(absl::IsInvalidArgument(MakeOrderedPruner({spec_, name_, MINIMIZE, history_}, 4).status()));
}

}  // namespace
}  // namespace parzen
