// Gradients of every layer and loss against differences of the loss: each layer stands between two dense ones, so that
// its gradient of the inputs is checked by those of the weights in front of it.
#include <cmath>

#include "tests/worker/models/networks/networks.h"

namespace parzen {
namespace {

constexpr int64_t kRows = 5;
constexpr int kClasses = 3;

// The mean loss of a batch, for weights that change.
class Problem {
 public:
  Problem(Layers layers, Training::Loss loss, int classes, Shape input)
      : network_(std::move(layers), kRows),
        loss_(*Loss::Make(loss, classes)),
        features_(Normals(kRows * input.values(), 3)),
        numbers_(Normals(kRows, 4)) {
    DrawWeights(network_, 5);
    for (int i = 0; i < kRows; ++i) labels_.push_back(classes == 0 ? 0 : i % classes);
  }

  double Value() { return loss_.Value(network_.Forward(features_.data(), kRows, pass_), targets()) / kRows; }
  std::vector<float> Gradient() {
    const Batch outputs = network_.Forward(features_.data(), kRows, pass_);
    loss_.Gradient(outputs, targets(), 1.F / kRows, network_.output_gradient());
    network_.Backward();
    return Gradients(network_);
  }
  Network& network() { return network_; }

 private:
  Targets targets() const { return {labels_, numbers_}; }

  Network network_;
  Loss loss_;
  std::vector<float> features_;
  std::vector<int32_t> labels_;
  std::vector<float> numbers_;
  const Pass pass_{true, RandomStream(1, 0, "batch")};
};

// Each weight is moved a little in both directions. Where a kink lies between, the difference is none: a few may
// differ.
void ExpectRightGradients(Problem problem, double kinks = 0) {
  const float step = kinks == 0 ? 4e-3F : 1e-3F;
  const std::vector<float> gradients = problem.Gradient();
  const std::vector<float*> values = Values(problem.network());
  ASSERT_FALSE(values.empty());
  size_t wrong = 0, moving = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const float value = *values[i];
    *values[i] = value + step;
    const double above = problem.Value();
    *values[i] = value - step;
    const double below = problem.Value();
    *values[i] = value;
    const double difference = (above - below) / (2 * step);
    if (std::abs(difference) > 1e-3) ++moving;
    if (std::abs(difference - gradients[i]) <= 4e-4 + .01 * std::abs(difference)) continue;
    if (++wrong <= 3 && kinks == 0) ADD_FAILURE() << "weight " << i << ": " << gradients[i] << ", not " << difference;
  }
  EXPECT_LE(static_cast<double>(wrong), kinks * static_cast<double>(values.size()));
  EXPECT_GT(moving, values.size() / 4) << "too few weights do anything";
}

class NetworkGradientsTest : public testing::Test {
 protected:
  const Shape image_ = PackedShape(7, 6, 2);

  void Add(std::unique_ptr<Layer> layer) { layers_.push_back(std::move(layer)); }
  Shape last() const { return layers_.back()->output(); }
  void AddConvolution(const ConvolutionOptions& options) {
    Add(MakeConvolution(layers_.empty() ? image_ : last(), options, kRows));
  }
  Problem Finish(Training::Loss loss = Training::CROSS_ENTROPY, int classes = kClasses) {
    const int64_t outputs = Loss::Make(loss, classes)->outputs();
    const Shape input = layers_.empty() ? image_ : layers_.front()->input();
    Add(MakeDense(layers_.empty() ? image_ : last(), outputs));
    return Problem(std::move(layers_), loss, classes, input);
  }

  Layers layers_;
};

TEST_F(NetworkGradientsTest, OfEveryLossAreRight) {
  for (const auto& [loss, classes] :
       {std::pair(Training::CROSS_ENTROPY, 3), std::pair(Training::BINARY_CROSS_ENTROPY, 2),
        std::pair(Training::SQUARE, 2), std::pair(Training::SQUARE, 3), std::pair(Training::SQUARE, 0)}) {
    SCOPED_TRACE(testing::Message() << Training::Loss_Name(loss) << " of " << classes);
    layers_.clear();
    Add(MakeDense(PackedShape(1, 1, 9), 7));
    Add(MakeActivation(last(), TANH, kRows));
    ExpectRightGradients(Finish(loss, classes));
  }
}

TEST_F(NetworkGradientsTest, OfEveryActivationAreRight) {
  for (int kind = 0; kind <= Activation_MAX; ++kind) {
    SCOPED_TRACE(Activation_Name(static_cast<Activation>(kind)));
    layers_.clear();
    Add(MakeDense(PackedShape(1, 1, 9), 20));
    if (kind != LINEAR) Add(MakeActivation(last(), static_cast<Activation>(kind), kRows));
    const bool has_kink = kind == RELU || kind == LEAKY_RELU;
    ExpectRightGradients(Finish(), has_kink ? .05 : 0);
  }
}

TEST_F(NetworkGradientsTest, OfWideLayersAreRight) {
  Add(MakeDense(PackedShape(1, 1, 3), 150));  // rows are padded to an odd number of lines
  Add(MakeActivation(last(), TANH, kRows));
  Add(MakeDense(last(), 21));
  Add(MakeActivation(last(), SIGMOID, kRows));
  ExpectRightGradients(Finish());
}

TEST_F(NetworkGradientsTest, OfConvolutionsAreRightForAnyStrideAndPadding) {
  for (const int64_t kernel : {1, 2, 3, 5}) {
    for (const int64_t stride : {1, 2, 3}) {
      for (const int64_t padding : {0, 1, 3}) {
        SCOPED_TRACE(testing::Message() << "kernel " << kernel << ", stride " << stride << ", padding " << padding);
        layers_.clear();
        AddConvolution({5, 3, 1, 1, 1});
        Add(MakeActivation(last(), TANH, kRows));
        AddConvolution({4, kernel, stride, padding, 1});
        Add(MakeActivation(last(), TANH, kRows));
        ExpectRightGradients(Finish());
      }
    }
  }
}

TEST_F(NetworkGradientsTest, OfConvolutionsWithManyChannelsAreRight) {
  AddConvolution({19, 3, 1, 1, 1});
  Add(MakeActivation(last(), TANH, kRows));
  AddConvolution({17, 3, 1, 0, 1});
  Add(MakeActivation(last(), TANH, kRows));
  ExpectRightGradients(Finish());
}

TEST_F(NetworkGradientsTest, OfConvolutionsWithAPoolAreRight) {
  for (const int64_t pool : {2, 3}) {
    SCOPED_TRACE(pool);
    layers_.clear();
    AddConvolution({5, 3, 1, 1, 1});
    Add(MakeActivation(last(), TANH, kRows));
    AddConvolution({6, 3, 1, 1, pool});
    Add(MakeActivation(last(), TANH, kRows));
    ExpectRightGradients(Finish(), .05);
  }
  layers_.clear();
  AddConvolution({16, 3, 1, 1, 1});
  Add(MakeActivation(last(), TANH, kRows));
  AddConvolution({17, 3, 1, 1, 2});
  Add(MakeActivation(last(), TANH, kRows));
  ExpectRightGradients(Finish(), .05);
}

// Rows are worked on in parts of a batch and, where tiles are few, some together.
TEST_F(NetworkGradientsTest, OfABatchAreTheSumOfThoseOfItsRows) {
  constexpr int64_t kMany = 20;
  Layers layers;
  layers.push_back(MakeConvolution(PackedShape(7, 6, 2), {16, 3, 1, 1, 1}, kMany));
  layers.push_back(MakeConvolution(layers.back()->output(), {17, 3, 1, 1, 2}, kMany));
  layers.push_back(MakeConvolution(layers.back()->output(), {16, 3, 1, 1, 1}, kMany));
  layers.push_back(MakeDense(layers.back()->output(), kClasses));
  Network network(std::move(layers), kMany);
  DrawWeights(network, 5, .2);
  const Loss loss = *Loss::Make(Training::CROSS_ENTROPY, kClasses);
  const int64_t values = network.input().values();
  const std::vector<float> features = Normals(kMany * values, 3);
  const std::vector<int32_t> labels(kMany, 1);
  const auto gradients = [&](int64_t first, int64_t rows) {
    const Pass pass{true, RandomStream(1, 0, "batch")};
    const Batch outputs = network.Forward(features.data() + first * values, rows, pass);
    loss.Gradient(outputs, {absl::MakeConstSpan(labels).first(static_cast<size_t>(rows)), {}}, 1,
                  network.output_gradient());
    network.Backward();
    return Gradients(network);
  };
  const std::vector<float> all = gradients(0, kMany);
  std::vector<float> sum(all.size());
  for (int64_t row = 0; row < kMany; ++row) {
    const std::vector<float> one = gradients(row, 1);
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
  }
  for (size_t i = 0; i < sum.size(); ++i) {
    ASSERT_NEAR(all[i], sum[i], 1e-4 + 1e-4 * std::abs(sum[i])) << "weight " << i;
  }
}

// Of one pixel and many channels, rows lie further apart than pixels of images do.
TEST_F(NetworkGradientsTest, OfConvolutionsThatLeaveOnePixelAreRight) {
  for (const int64_t pool : {1, 2}) {
    SCOPED_TRACE(pool);
    layers_.clear();
    Add(MakeConvolution(PackedShape(2, 2, 1), {140, pool == 1 ? 2 : 1, 1, 0, pool}, kRows));
    Add(MakeActivation(last(), TANH, kRows));
    ExpectRightGradients(Finish(), .05);
  }
}

TEST_F(NetworkGradientsTest, OfPoolsAreRight) {
  for (const auto kind : {ConvolutionBlock::MAXIMUM, ConvolutionBlock::AVERAGE}) {
    SCOPED_TRACE(ConvolutionBlock::Pooling_Name(kind));
    layers_.clear();
    AddConvolution({5, 3, 1, 1, 1});
    Add(MakePooling(last(), kind, 2, kRows));
    Add(MakeActivation(last(), TANH, kRows));
    ExpectRightGradients(Finish(), kind == ConvolutionBlock::MAXIMUM ? .05 : 0);
  }
}

TEST_F(NetworkGradientsTest, OfDropoutAreRight) {
  Add(MakeDense(PackedShape(1, 1, 9), 40));
  Add(MakeActivation(last(), TANH, kRows));
  Add(MakeDropout(last(), .3, 2, kRows));
  ExpectRightGradients(Finish());
}

TEST_F(NetworkGradientsTest, OfBatchNormalisationAreRight) {
  Add(MakeDense(PackedShape(1, 1, 9), 12));
  Add(MakeBatchNorm(last(), kRows));
  Add(MakeActivation(last(), TANH, kRows));
  ExpectRightGradients(Finish());
}

TEST_F(NetworkGradientsTest, OfBatchNormalisationOfImagesAreRight) {
  AddConvolution({5, 3, 1, 0, 1});
  Add(MakeBatchNorm(last(), kRows));
  Add(MakeActivation(last(), TANH, kRows));
  AddConvolution({4, 2, 1, 0, 1});
  Add(MakeBatchNorm(last(), kRows));
  Add(MakeActivation(last(), SIGMOID, kRows));
  ExpectRightGradients(Finish());
}

}  // namespace
}  // namespace parzen
