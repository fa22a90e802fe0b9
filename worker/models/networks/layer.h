// A layer of a network: a function of a batch of rows and of weights, and its gradients.
//
// Numbers are 32-bit floats. Between two layers a row is an image of height x width pixels of some channels, which lie
// together; a vector is an image of one pixel. Pixels are `pixel_stride` numbers apart: what lies between the channels
// of one and the next belongs to nobody, but is 0 in gradients.
//
// Threads: a layer is used by one caller at a time, and works on the task arena it is called in. The bits of its
// results depend neither on the number of threads nor, for a row, on the other rows of the batch (but for batch
// normalisation while it learns).
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "base/random_stream.h"

namespace parzen {

// Eigen takes the first and the last numbers of an array by themselves where it does not begin at a packet's boundary,
// and rounds them in another way: so that the bits do not depend on where memory was free, all begin at one.
using Floats = std::vector<float, Eigen::aligned_allocator<float>>;

// What a row is between two layers.
struct Shape {
  int64_t height = 1;
  int64_t width = 1;
  int64_t channels = 1;
  int64_t pixel_stride = 1;

  int64_t pixels() const { return height * width; }
  int64_t values() const { return pixels() * channels; }
  int64_t row_stride() const { return pixels() * pixel_stride; }
};

// As features lie in a matrix: nothing between the pixels.
Shape PackedShape(int64_t height, int64_t width, int64_t channels);
// As layers give it, so that panels of outputs fit in.
Shape LayerShape(int64_t height, int64_t width, int64_t channels);

// Rows somewhere else. Borrows.
struct Batch {
  float* values = nullptr;
  int64_t rows = 0;
  Shape shape;

  float* row(int64_t i) const { return values + i * shape.row_stride(); }
};

// What a pass through the network is for.
struct Pass {
  bool learning = false;
  // While it learns: names this batch. Layers that draw numbers fork it by their own number and the row's.
  RandomStream stream;
};

// A number that a layer learns.
struct Weight {
  float* value;
  float* gradient;
  bool is_bias;
  int64_t inputs, outputs;  // of its layer, as initialisers count them; 0: begins with 1, as a scale does
};

class Layer {
 public:
  Layer(const Shape& input, const Shape& output) : input_(input), output_(output) {}
  virtual ~Layer() = default;

  const Shape& input() const { return input_; }
  const Shape& output() const { return output_; }
  // Outputs replace the inputs, and so do their gradients.
  virtual bool in_place() const { return false; }

  // How many it learns.
  virtual int64_t weights() const { return 0; }
  // Numbers that they take, with what lies between them, and where they and their gradients are from now on.
  virtual int64_t weight_numbers() const { return 0; }
  virtual void Bind(float* weights, float* gradients) { (void)weights, (void)gradients; }
  // Weights in the order in which others write them: kernel rows, kernel columns, inputs, outputs; then the biases.
  virtual void ForEachWeight(const std::function<void(const Weight&)>& use) const { (void)use; }
  // What it remembers of the rows it learned from, beside weights.
  virtual absl::Span<float> memory() { return {}; }

  // Requires: as many rows as planned, or fewer.
  virtual void Forward(const Batch& in, const Batch& out, const Pass& pass) = 0;
  // Follows a Forward that learns, of the same batch. Sets the gradients of the weights, and, unless it is null, of the
  // inputs. `out_gradient` may be used up.
  virtual void Backward(const Batch& in, const Batch& out, const Batch& out_gradient, const Batch* in_gradient) = 0;

 private:
  const Shape input_;
  const Shape output_;
};

}  // namespace parzen
