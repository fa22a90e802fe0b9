// How a convolution layer multiplies images with its weights, and with their gradients. There are two ways: windows
// where they lie, for all, and Winograd's, for kernels of 3 x 3 with many channels.
//
// Images are `images` rows of a layer's buffers, one behind the other, in the shape of the layer's inputs, or of its
// outputs before they are pooled.
// Threads: SetWeights and SetTurnedWeights by themselves; the others for different images at the same time.
#pragma once

#include <cstdint>
#include <memory>

#include "worker/models/networks/layer.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/panel_weights.h"

namespace parzen {

// What a convolution is of, without a pool.
struct ConvolutionShape {
  Shape input;
  Shape output;
  int64_t kernel, stride, padding;

  PanelWeights weights() const { return {kernel * kernel * input.channels, output.channels, kernel * kernel}; }
};

class ConvolutionMethod {
 public:
  virtual ~ConvolutionMethod() = default;

  // How many images are best worked on together.
  virtual int64_t images() const { return 1; }

  // Weights as ConvolutionShape::weights() lays them out, for Convolve; they stay where they are.
  virtual void SetWeights(float* weights) = 0;
  // Sets the outputs, biases included. Their padding to panels is overwritten.
  virtual void Convolve(const float* in, int64_t images, float* out) = 0;

  // Numbers in which gradients of the weights are summed up.
  virtual int64_t sums() const = 0;
  // Adds to them. Not the biases'.
  virtual void AddGradients(const float* in, const float* out_gradient, int64_t images, float* sums) = 0;
  // Gradients of the weights, laid out as they are. Not the biases'.
  virtual void SetGradients(const float* sums, float* gradients) const = 0;

  // For SetInputGradients, after SetWeights.
  virtual void SetTurnedWeights() = 0;
  virtual void SetInputGradients(const float* out_gradient, int64_t images, float* in_gradient) = 0;
};

std::unique_ptr<ConvolutionMethod> MakeWindowConvolution(const ConvolutionShape& shape);

// Tiles of 2 x 2 outputs by 16 products for each channel, where there are 36 otherwise (Lavin and Gray, Fast Algorithms
// for Convolutional Neural Networks, 2016, section 4.1). Requires: WinogradCan.
std::unique_ptr<ConvolutionMethod> MakeWinogradConvolution(const ConvolutionShape& shape);
// Kernels of 3 x 3 with stride 1; pixels so far apart that there is room for whole packets of 8 channels.
bool WinogradCan(const ConvolutionShape& shape);
// Than windows, where it can.
bool WinogradIsFaster(const ConvolutionShape& shape);

// The kernel turned round, from outputs to inputs: what turns gradients of outputs into gradients of inputs. Laid out
// as the weights of a convolution from `output` to `input`.
void TurnWeights(const ConvolutionShape& shape, float* weights, Floats& turned);

}  // namespace parzen
