// Learning rates, initial weights and changed images.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "gmock/gmock.h"
#include "tests/worker/models/networks/networks.h"
#include "worker/models/networks/augmentation.h"
#include "worker/models/networks/initialize.h"
#include "worker/models/networks/learning_rate.h"
#include "worker/models/networks/optimizer.h"

namespace parzen {
namespace {

std::vector<double> Rates(const std::string& training, int64_t steps, int64_t steps_per_epoch = 1) {
  std::vector<double> rates;
  for (int64_t step = 0; step < steps; ++step) {
    rates.push_back(LearningRate(FromText<Training>(training), step, steps_per_epoch));
  }
  return rates;
}

void ExpectRates(const std::vector<double>& rates, const std::vector<double>& wanted) {
  EXPECT_THAT(rates, testing::Pointwise(testing::DoubleNear(1e-12), wanted));
}

TEST(LearningRateTest, FollowsItsSchedule) {
  ExpectRates(Rates("learning_rate: 2", 3), {2, 2, 2});
  ExpectRates(Rates("learning_rate: 1 epochs: 3 step { every_epochs: 1 factor: 0.5 }", 6, 2), {1, 1, .5, .5, .25, .25});
  ExpectRates(Rates("learning_rate: 1 epochs: 5 cosine { end: 0.5 }", 5),
              {1, .75 + .25 * std::sqrt(.5), .75, .75 - .25 * std::sqrt(.5), .5});
  ExpectRates(Rates("learning_rate: 1 warmup_epochs: 2", 5, 2), {.25, .5, .75, 1, 1});
  const std::vector<double> cycle = Rates("learning_rate: 1 epochs: 11 one_cycle { rise: 0.5 }", 11);
  ExpectRates({cycle[0], cycle[5], cycle[10]}, {.04, 1, .04e-4});
  EXPECT_TRUE(std::is_sorted(cycle.begin(), cycle.begin() + 6));
  EXPECT_TRUE(std::is_sorted(cycle.rbegin(), cycle.rbegin() + 6));
}

TEST(LearningRateTest, OfASingleStepIsANumber) {
  for (const char* schedule : {"cosine {}", "one_cycle {}", "step {}", "constant {}"}) {
    EXPECT_TRUE(std::isfinite(Rates(std::string("epochs: 1 ") + schedule, 1)[0])) << schedule;
  }
}

TEST(InitializeTest, WeightsHaveTheSpreadOfTheirInitializer) {
  constexpr double kInputs = 300, kOutputs = 200;
  for (const auto& [name, variance] :
       {std::pair("HE_UNIFORM", 2 / kInputs), std::pair("HE_NORMAL", 2 / kInputs),
        std::pair("GLOROT_UNIFORM", 2 / (kInputs + kOutputs)), std::pair("GLOROT_NORMAL", 2 / (kInputs + kOutputs)),
        std::pair("UNIFORM uniform_limit: 0.5", .25 / 3)}) {
    Layers layers;
    layers.push_back(MakeDense(PackedShape(1, 1, 300), 200));
    Network network(std::move(layers), 1);
    InitializeWeights(FromText<Training>(std::string("initializer: ") + name), RandomStream(1, 0, "weights"), network);
    double squares = 0, biases = 0;
    network.ForEachWeight(
        [&](const Weight& weight) { (weight.is_bias ? biases : squares) += std::pow(*weight.value, 2); });
    EXPECT_NEAR(squares / (kInputs * kOutputs), variance, .03 * variance) << name;
    EXPECT_EQ(biases > 0, std::string(name).starts_with("UNIFORM")) << name;
  }
}

TEST(OptimizerTest, GradientsAreCutOffAtTheirNorm) {
  std::vector<float> weights = {0, 0}, gradients = {3, 4};
  Optimizer(FromText<Training>("sgd {} clip_norm: 1"), 2).Step(1, absl::MakeSpan(weights), absl::MakeSpan(gradients));
  EXPECT_THAT(weights, testing::Pointwise(testing::FloatNear(1e-6F), {-.6F, -.8F}));
  gradients = {.3F, .4F};
  weights = {0, 0};
  Optimizer(FromText<Training>("sgd {} clip_norm: 1"), 2).Step(1, absl::MakeSpan(weights), absl::MakeSpan(gradients));
  EXPECT_THAT(weights, testing::Pointwise(testing::FloatNear(1e-6F), {-.3F, -.4F}));
}

TEST(OptimizerTest, WhatIsForgottenIsNothingAndNoNumberTooSmallToBeNormal) {
  for (const char* optimizer : {"adam {}", "adamw {}", "sgd { momentum: 0.5 }", "rmsprop { decay: 0.5 }",
                                "rmsprop { decay: 0.5 momentum: 0.5 }", "adam { beta1: 0.5 beta2: 0.5 }"}) {
    Optimizer steps(FromText<Training>(optimizer), 1);
    std::vector<float> weights = {0}, gradients = {1};
    for (int step = 0; step < 2000; ++step) {
      steps.Step(1e-3, absl::MakeSpan(weights), absl::MakeSpan(gradients));
      gradients[0] = 0;
    }
    ArchiveWriter state;
    steps.Save(state);
    const std::string bytes = state.Take();
    ArchiveReader reader(bytes);
    int64_t made = 0;
    reader.Number(made);
    EXPECT_EQ(made, 2000);
    std::vector<float> first;
    reader.Array(first);
    ASSERT_EQ(first.size(), 1u) << optimizer;
    EXPECT_EQ(first[0], 0) << optimizer;
  }
}

class AugmentationTest : public testing::Test {
 protected:
  AugmentationTest() : image_(9 * 9, 0) {
    for (const int pixel : {30, 31, 40, 49}) image_[static_cast<size_t>(pixel)] = 1;
  }
  std::vector<float> Changed(const std::string& options, uint64_t seed = 1) const {
    std::vector<float> changed(image_.size());
    Augment(FromText<Augmentation>(options), PackedShape(9, 9, 1), RandomStream(seed, 0, "image"), image_.data(),
            changed.data());
    return changed;
  }
  static double Sum(const std::vector<float>& image) { return std::accumulate(image.begin(), image.end(), 0.); }

  std::vector<float> image_;
};

TEST_F(AugmentationTest, NothingAskedForIsNothingDone) {
  EXPECT_FALSE(Augments(Augmentation()));
  EXPECT_EQ(Changed(""), image_);
}

TEST_F(AugmentationTest, AMovedImageKeepsItsLight) {
  const std::vector<float> moved = Changed("shift: 2");
  EXPECT_NE(moved, image_);
  EXPECT_NEAR(Sum(moved), 4, 1e-4);
  EXPECT_NE(Changed("shift: 2", 2), moved);
  EXPECT_EQ(Changed("shift: 2"), moved);
}

TEST_F(AugmentationTest, AScaledImageIsLargerOrSmallerBySquare) {
  bool grew = false, shrank = false;
  for (uint64_t seed = 1; seed < 20; ++seed) {
    const double sum = Sum(Changed("scale: 0.4", seed));
    grew = grew || sum > 4.5;
    shrank = shrank || sum < 3.5;
    EXPECT_LT(sum, 4 * 1.4 * 1.4 * 1.3);
  }
  EXPECT_TRUE(grew && shrank);
}

TEST_F(AugmentationTest, ATurnedImageTurnsAboutItsMiddle) {
  const std::vector<float> turned = Changed("rotate: 90");
  EXPECT_NEAR(turned[40], 1, 1e-4) << "the middle stays where it is";
  EXPECT_NE(turned, image_);
}

}  // namespace
}  // namespace parzen
