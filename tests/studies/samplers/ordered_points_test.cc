#include "studies/samplers/ordered_points.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

// Tells what it sees: "COMPLETE=3 RUNNING(5)".
class Witness : public Sampler {
 public:
  explicit Witness(const History& history) : history_(history) {}
  absl::StatusOr<std::optional<Point>> Suggest(int64_t, int32_t) override {
    std::string seen;
    for (size_t i = 0; i < history_.size(); ++i) {
      const HistoryTrial& trial = history_[i];
      absl::StrAppend(&seen, i > 0 ? " " : "", TrialState_Name(trial.state));
      for (const auto& value : trial.point) absl::StrAppend(&seen, "(", value.value_or(-1), ")");
      for (const double value : trial.values) absl::StrAppend(&seen, "=", value);
      for (const Step& step : trial.steps) absl::StrAppend(&seen, "@", step.step, "=", step.value);
    }
    return absl::AbortedError(seen);
  }

 private:
  const History& history_;
};

absl::StatusOr<std::unique_ptr<Sampler>> MakeWitness(const SamplerInputs& inputs) {
  return std::make_unique<Witness>(inputs.history);
}

class OrderedPointsTest : public testing::Test {
 protected:
  OrderedPointsTest() {
    search_.set_deterministic(true);
    search_.set_look_ahead(3);
    sampler_ = *MakeOrderedPoints(&MakeWitness, Inputs());
  }
  SamplerInputs Inputs() { return {study_.space(), search_, {MINIMIZE}, study_.history()}; }
  // What trial `number` may know.
  std::string Seen(int64_t number) { return std::string(sampler_->Suggest(number, 0).status().message()); }

  SampledStudy study_{"function { noop {} } parameter { name: 'x' int { low: 0 high: 9 } }"};
  SearchSpec search_;
  std::unique_ptr<Sampler> sampler_;
};

TEST_F(OrderedPointsTest, TrialsWithinTheLookAheadRunWhateverTheyDo) {
  study_.Add({5}, COMPLETE, {1.5});
  study_.Add({6}, COMPLETE, {2.5});
  EXPECT_EQ(Seen(2), "RUNNING(5) RUNNING(6)");
  study_.Add({7}, FAIL, {});
  EXPECT_EQ(Seen(3), "COMPLETE(5)=1.5 RUNNING(6) RUNNING(7)");
  study_.Add({8}, RUNNING, {});
  EXPECT_EQ(Seen(4), "COMPLETE(5)=1.5 COMPLETE(6)=2.5 RUNNING(7) RUNNING(8)");
}

TEST_F(OrderedPointsTest, APrunedTrialBringsItsStepsOnceItsTurnHasCome) {
  study_.Add({5}, RUNNING, {});
  study_.mutable_history().Report(0, 1, 0.5);
  EXPECT_EQ(Seen(1), "RUNNING(5)");
  study_.mutable_history().Report(0, 2, 0.25);
  study_.mutable_history().Move(0, PRUNED);
  study_.Add({6}, RUNNING, {});
  study_.Add({7}, RUNNING, {});
  EXPECT_EQ(Seen(2), "RUNNING(5) RUNNING(6)");
  EXPECT_EQ(Seen(3), "PRUNED(5)@1=0.5@2=0.25 RUNNING(6) RUNNING(7)");
}

TEST_F(OrderedPointsTest, AnEarlierTrialKnowsWhatItWouldHaveKnownThen) {
  for (int i = 0; i < 5; ++i) study_.Add({static_cast<double>(i)}, COMPLETE, {0.5});
  const std::string fourth = Seen(3);
  EXPECT_EQ(Seen(5), "COMPLETE(0)=0.5 COMPLETE(1)=0.5 COMPLETE(2)=0.5 RUNNING(3) RUNNING(4)");
  EXPECT_EQ(Seen(3), fourth);
  EXPECT_EQ(fourth, "COMPLETE(0)=0.5 RUNNING(1) RUNNING(2)");
}

TEST_F(OrderedPointsTest, ATrialThatAnotherProgramNeverEndsGoesOnRunning) {
  study_.Add(Point(1), RUNNING, {});
  for (int i = 1; i < 4; ++i) study_.Add({static_cast<double>(i)}, COMPLETE, {0.5});
  EXPECT_EQ(Seen(4), "RUNNING(-1) COMPLETE(1)=0.5 RUNNING(2) RUNNING(3)");
}

TEST_F(OrderedPointsTest, WhatDoesNotFitIsRefusedWhenItIsMade) {
  const SamplerFactory refusing = [](const SamplerInputs&) -> absl::StatusOr<std::unique_ptr<Sampler>> {
    return absl::InvalidArgumentError("no");
  };
  EXPECT_EQ(MakeOrderedPoints(refusing, Inputs()).status().code(), absl::StatusCode::kInvalidArgument);
}

// An end of the space is one of the trials below, not of those that happen to be there.
TEST(DeterministicSamplerTest, PointsOfLaterTrialsAreNotTaken) {
  SampledStudy study(R"(
    function { noop {} } objective { direction: MINIMIZE } parameter { name: "x" int { low: 0 high: 2 } }
    search { sampler { grid {} } deterministic: true look_ahead: 2 } )");
  study.Add({1}, RUNNING);
  study.Add({2}, WAITING);
  study.Add({0}, WAITING);
  EXPECT_EQ(study.sampler().Suggest(1, 0)->value(), Point{0});
  EXPECT_EQ(study.sampler().Suggest(3, 0).value(), std::nullopt);
}

}  // namespace
}  // namespace parzen
