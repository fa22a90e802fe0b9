#include "studies/samplers/bracketed_points.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

int32_t EvenOrOdd(int64_t number) { return static_cast<int32_t>(number % 2); }

// Tells what it sees: "0:COMPLETE=3 2:RUNNING".
class Witness : public Sampler {
 public:
  explicit Witness(const History& history) : history_(history) {}
  absl::StatusOr<std::optional<Point>> Suggest(int64_t, int32_t) override {
    std::string seen;
    for (size_t i = 0; i < history_.size(); ++i) {
      const HistoryTrial& trial = history_[i];
      absl::StrAppend(&seen, i > 0 ? " " : "", trial.number, ":", TrialState_Name(trial.state));
      for (const double value : trial.values) absl::StrAppend(&seen, "=", value);
      for (const Step& step : trial.steps) absl::StrAppend(&seen, "@", step.step, "=", step.value);
      for (const auto& value : trial.point) absl::StrAppend(&seen, "(", value.value_or(-1), ")");
    }
    return absl::AbortedError(seen);
  }

 private:
  const History& history_;
};

class BracketedPointsTest : public testing::Test {
 protected:
  std::string Seen(Sampler& sampler) {
    return std::string(sampler.Suggest(static_cast<int64_t>(study_.history().size()), 0).status().message());
  }
  std::unique_ptr<Sampler> NewSampler() {
    const SamplerFactory factory = [](const SamplerInputs& inputs) -> absl::StatusOr<std::unique_ptr<Sampler>> {
      return std::make_unique<Witness>(inputs.history);
    };
    return *MakeBracketedPoints(factory, {study_.space(), search_, {MINIMIZE}, study_.history(), &EvenOrOdd});
  }
  // What the sampler sees, having looked on all the time; one that looks now sees the same.
  std::string Seen() {
    const std::string seen = Seen(*sampler_);
    EXPECT_EQ(Seen(*NewSampler()), seen);
    return seen;
  }

  SampledStudy study_{"function { noop {} } parameter { name: 'x' int { low: 0 high: 9 } }"};
  SearchSpec search_;
  std::unique_ptr<Sampler> sampler_ = NewSampler();
};

TEST_F(BracketedPointsTest, ATrialSeesThoseOfItsBracketOnly) {
  study_.Add({5}, RUNNING, {});
  EXPECT_EQ(Seen(), "");
  study_.Add({6}, COMPLETE, {3.5});
  EXPECT_EQ(Seen(), "0:RUNNING(5)");
  study_.Add({7}, FAIL, {});
  EXPECT_EQ(Seen(), "1:COMPLETE=3.5(6)");
}

TEST_F(BracketedPointsTest, ChangesReachTheBracket) {
  study_.Add(Point(1), WAITING, {});
  study_.Add({1}, RUNNING, {});
  EXPECT_EQ(Seen(), "0:WAITING(-1)");
  study_.mutable_history().SetPoint(0, {4});
  study_.mutable_history().Move(0, RUNNING);
  EXPECT_EQ(Seen(), "0:RUNNING(4)");
  study_.mutable_history().Report(0, 1, 0.5);
  study_.mutable_history().Report(0, 2, 0.25);
  study_.mutable_history().Move(0, PRUNED);
  EXPECT_EQ(Seen(), "0:PRUNED@1=0.5@2=0.25(4)");
}

TEST_F(BracketedPointsTest, WhatDoesNotFitIsRefusedWhenItIsMade) {
  const SamplerFactory refusing = [](const SamplerInputs&) -> absl::StatusOr<std::unique_ptr<Sampler>> {
    return absl::InvalidArgumentError("no");
  };
  const auto sampler =
      MakeBracketedPoints(refusing, {study_.space(), search_, {MINIMIZE}, study_.history(), &EvenOrOdd});
  EXPECT_EQ(sampler.status().code(), absl::StatusCode::kInvalidArgument);
}

// Good trials of the other bracket would draw tpe's points to themselves.
TEST(BracketsTest, ASamplerDoesNotLearnFromTheOtherBracket) {
  constexpr char kSpec[] = R"(
    function { noop {} } objective { direction: MINIMIZE }
    parameter { name: "x" float { low: 0 high: 1 } } search { sampler { tpe {} } } )";
  const auto next_after = [&](double other_optimum) {
    SampledStudy study(kSpec);
    study.Divide(&EvenOrOdd);
    for (int i = 0; i < 60; ++i) {
      const double optimum = i % 2 == 0 ? 0.2 : other_optimum;
      study.Add({i / 60.0}, COMPLETE, {std::abs(i / 60.0 - optimum)});
    }
    return *study.Next();
  };
  EXPECT_EQ(next_after(0.2), next_after(0.9));
}

}  // namespace
}  // namespace parzen
