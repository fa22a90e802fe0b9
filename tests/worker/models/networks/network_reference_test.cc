// Networks compute what PyTorch's do: outputs, loss, gradients, and weights after five steps of every optimizer.
#include <algorithm>
#include <cmath>
#include <fstream>

#include "nlohmann/json.hpp"
#include "tests/worker/models/networks/networks.h"
#include "worker/models/networks/optimizer.h"

namespace parzen {
namespace {

using nlohmann::json;

// Made by network_reference.py.
const json& Reference() {
  static const json* const reference = [] {
    std::ifstream file("tests/testdata/network_reference.json");
    EXPECT_TRUE(file.good());
    return new json(json::parse(file));
  }();
  return *reference;
}

Training::Loss LossNamed(const std::string& name) {
  Training::Loss loss = Training::CROSS_ENTROPY;
  EXPECT_TRUE(Training::Loss_Parse(name, &loss)) << name;
  return loss;
}

// A recorded case on our side.
class Case {
 public:
  explicit Case(const json& recorded)
      : recorded_(recorded),
        rows_(Reference()["rows"]),
        loss_(*Loss::Make(LossNamed(recorded["loss"]), recorded["classes"])),
        inputs_(recorded["inputs"].get<std::vector<float>>()),
        labels_(recorded["labels"].get<std::vector<int32_t>>()),
        network_(MakeLayers(), rows_) {
    SetWeights();
  }

  void SetWeights() {
    const std::vector<float> weights = recorded_["weights"];
    const std::vector<float*> values = Values(network_);
    ASSERT_EQ(values.size(), weights.size());
    for (size_t i = 0; i < weights.size(); ++i) *values[i] = weights[i];
  }
  // Forwards and backwards; the mean loss.
  double Learn() {
    outputs_ = network_.Forward(inputs_.data(), rows_, {true, RandomStream(1, 0, "")});
    const double value =
        loss_.Gradient(outputs_, {labels_, {}}, 1 / static_cast<float>(rows_), network_.output_gradient());
    network_.Backward();
    return value / static_cast<double>(rows_);
  }
  void Ask() { outputs_ = network_.Forward(inputs_.data(), rows_, {false, RandomStream(1, 0, "")}); }

  std::vector<float> outputs() const {
    std::vector<float> outputs;
    for (int64_t row = 0; row < rows_; ++row) {
      outputs.insert(outputs.end(), outputs_.row(row), outputs_.row(row) + loss_.outputs());
    }
    return outputs;
  }
  Network& network() { return network_; }

 private:
  Layers MakeLayers() const {
    const auto spec = FromText<TrainSpec>(recorded_["model"]);
    NetworkEnds ends{PackedShape(1, 1, static_cast<int64_t>(inputs_.size()) / rows_), loss_.outputs(), rows_};
    if (spec.has_mlp()) return *PlanLayers(spec.mlp(), ends);
    const json& image = recorded_["image"];
    ends.input = PackedShape(image[0], image[1], image[2]);
    return *PlanLayers(spec.cnn(), ends);
  }

  const json& recorded_;
  const int64_t rows_;
  const Loss loss_;
  const std::vector<float> inputs_;
  const std::vector<int32_t> labels_;
  Network network_;
  Batch outputs_;
};

void ExpectNear(const std::vector<float>& ours, const json& theirs, const std::string& what) {
  ASSERT_EQ(ours.size(), theirs.size()) << what;
  for (size_t i = 0; i < ours.size(); ++i) {
    const double wanted = theirs[i];
    ASSERT_NEAR(ours[i], wanted, 1e-4 * std::max(1., std::abs(wanted))) << what << " " << i;
  }
}

TEST(NetworkReferenceTest, OutputsLossAndGradientsAreThoseOfPyTorch) {
  for (const json& recorded : Reference()["cases"]) {
    SCOPED_TRACE(recorded["model"].get<std::string>() + " " + recorded["loss"].get<std::string>());
    Case ours(recorded);
    EXPECT_NEAR(ours.Learn(), recorded["value"], 1e-5);
    ExpectNear(ours.outputs(), recorded["outputs"], "output");
    ExpectNear(Gradients(ours.network()), recorded["gradients"], "gradient");
    ours.Ask();
    ExpectNear(ours.outputs(), recorded["outputs_after"], "output of a network that does not learn");
  }
}

TEST(NetworkReferenceTest, FiveStepsOfEveryOptimizerAreThoseOfPyTorch) {
  int optimizers = 0;
  for (const json& recorded : Reference()["cases"]) {
    for (const auto& [text, weights] : recorded["steps"].items()) {
      SCOPED_TRACE(recorded["model"].get<std::string>() + " " + text);
      Case ours(recorded);
      Optimizer optimizer(FromText<Training>(text), ours.network().weights().size());
      for (int step = 0; step < 5; ++step) {
        ours.Learn();
        optimizer.Step(.02, ours.network().weights(), ours.network().gradients());
      }
      std::vector<float> after;
      for (const float* value : Values(ours.network())) after.push_back(*value);
      ExpectNear(after, weights, "weight");
      ++optimizers;
    }
  }
  EXPECT_EQ(optimizers, 31);
}

}  // namespace
}  // namespace parzen
