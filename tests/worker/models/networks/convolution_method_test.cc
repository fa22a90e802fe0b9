// Both ways to convolve say the same.
#include "worker/models/networks/convolution_method.h"

#include <algorithm>
#include <cmath>

#include "tests/worker/models/networks/networks.h"

namespace parzen {
namespace {

constexpr int64_t kImages = 5;

ConvolutionShape ShapeOf(int64_t height, int64_t width, int64_t channels, int64_t outputs, int64_t padding) {
  return {LayerShape(height, width, channels), LayerShape(height + 2 * padding - 2, width + 2 * padding - 2, outputs),
          3, 1, padding};
}

// Images of the shape, with `between` between their pixels.
Floats Images(const Shape& shape, uint64_t seed, float between) {
  const std::vector<float> normals = Normals(kImages * shape.values(), seed);
  Floats images(static_cast<size_t>(kImages * shape.row_stride()), between);
  for (int64_t i = 0; i < kImages * shape.values(); ++i) {
    images[static_cast<size_t>(i / shape.channels * shape.pixel_stride + i % shape.channels)] = normals[i];
  }
  return images;
}

// All that a method says of some images and weights.
struct Results {
  Floats outputs, gradients, input_gradients;
};

Results ResultsOf(ConvolutionMethod& method, const ConvolutionShape& shape, int64_t at_once) {
  const PanelWeights layout = shape.weights();
  Floats weights(static_cast<size_t>(layout.numbers())), sums(static_cast<size_t>(method.sums()));
  const std::vector<float> normals = Normals((layout.inputs() + 1) * layout.outputs(), 1);
  size_t next = 0;
  layout.ForEach(weights.data(), weights.data(), [&](const Weight& weight) { *weight.value = normals[next++]; });
  // What lies between pixels belongs to nobody, but is 0 in gradients.
  const Floats in = Images(shape.input, 2, 1e9F), out_gradient = Images(shape.output, 3, 0);
  Results results{Floats(out_gradient.size()), Floats(weights.size()), Floats(in.size())};
  method.SetWeights(weights.data());
  method.SetTurnedWeights();
  for (int64_t i = 0; i < kImages; i += at_once) {
    const int64_t count = std::min(at_once, kImages - i);
    const float* const from = in.data() + i * shape.input.row_stride();
    const float* const gradient = out_gradient.data() + i * shape.output.row_stride();
    method.Convolve(from, count, results.outputs.data() + i * shape.output.row_stride());
    method.AddGradients(from, gradient, count, sums.data());
    method.SetInputGradients(gradient, count, results.input_gradients.data() + i * shape.input.row_stride());
  }
  method.SetGradients(sums.data(), results.gradients.data());
  return results;
}

void ExpectClose(const Floats& ours, const Floats& others) {
  ASSERT_EQ(ours.size(), others.size());
  float largest = 0;
  for (const float number : others) largest = std::max(largest, std::abs(number));
  ASSERT_GT(largest, 1);
  for (size_t i = 0; i < ours.size(); ++i) ASSERT_LE(std::abs(ours[i] - others[i]), 3e-6F * largest) << "number " << i;
}

class ConvolutionMethodTest : public testing::TestWithParam<ConvolutionShape> {};

TEST_P(ConvolutionMethodTest, WinogradsSaysWhatTheProductsOfWindowsSay) {
  const ConvolutionShape& shape = GetParam();
  ASSERT_TRUE(WinogradCan(shape));
  const Results ours = ResultsOf(*MakeWinogradConvolution(shape), shape, 1);
  const Results windows = ResultsOf(*MakeWindowConvolution(shape), shape, 1);
  ExpectClose(ours.outputs, windows.outputs);
  ExpectClose(ours.gradients, windows.gradients);
  ExpectClose(ours.input_gradients, windows.input_gradients);
}

TEST_P(ConvolutionMethodTest, TheBitsOfAnImageDoNotDependOnThoseBesideIt) {
  const ConvolutionShape& shape = GetParam();
  const Results one = ResultsOf(*MakeWinogradConvolution(shape), shape, 1);
  for (const int64_t at_once : {2, 4, 5}) {
    const Results some = ResultsOf(*MakeWinogradConvolution(shape), shape, at_once);
    EXPECT_EQ(some.outputs, one.outputs);
    EXPECT_EQ(some.gradients, one.gradients);
    EXPECT_EQ(some.input_gradients, one.input_gradients);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionMethodTest,
                         testing::Values(ShapeOf(14, 14, 140, 100, 1),  // whole tiles
                                         ShapeOf(7, 7, 100, 70, 1),     // half a tile at the right and at the bottom
                                         ShapeOf(6, 9, 8, 24, 0),       // no zeros around; more for gradients
                                         ShapeOf(5, 4, 3, 5, 2),        // a few channels
                                         ShapeOf(4, 5, 9, 17, 4),     // images with more around them than gradients see
                                         ShapeOf(3, 3, 400, 330, 0),  // one output, more inputs than a group
                                         ShapeOf(1, 1, 16, 16, 1)));  // less than a tile

TEST(ConvolutionMethodTest, WinogradsIsForWideLayersAndKernelsOfThree) {
  EXPECT_TRUE(WinogradIsFaster(ShapeOf(14, 14, 140, 100, 1)));
  EXPECT_FALSE(WinogradIsFaster(ShapeOf(14, 14, 140, 10, 1)));
  EXPECT_FALSE(WinogradIsFaster(ShapeOf(3, 3, 140, 100, 1))) << "four tiles for nine outputs";
  ConvolutionShape shape = ShapeOf(14, 14, 140, 100, 1);
  shape.stride = 2;
  EXPECT_FALSE(WinogradCan(shape));
  shape.stride = 1;
  shape.kernel = 5;
  EXPECT_FALSE(WinogradCan(shape));
  shape.kernel = 3;
  shape.input = PackedShape(14, 14, 100);
  EXPECT_FALSE(WinogradCan(shape)) << "reads whole packets of channels";
}

}  // namespace
}  // namespace parzen
