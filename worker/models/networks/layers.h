// The layers there are. Each is one file; layer.h says what they keep to.
#pragma once

#include <memory>

#include "proto/train.pb.h"
#include "worker/models/networks/layer.h"

namespace parzen {

// out = in * weights + biases, of all values of a row.
std::unique_ptr<Layer> MakeDense(const Shape& input, int64_t units);

struct ConvolutionOptions {
  int64_t channels = 1;
  int64_t kernel = 1;
  int64_t stride = 1;
  int64_t padding = 0;
  int64_t pool = 1;  // of so many by so many outputs only the largest is given
};
// Channels of the windows of an image: out[y, x] = sum over the kernel's places of in[y * stride + i - padding, ...] *
// weights[i, j] + biases, 0 outside of the image. Requires: the padded image is not smaller than the kernel, and what
// it becomes not smaller than the pool; `rows`, the most of a batch.
std::unique_ptr<Layer> MakeConvolution(const Shape& input, const ConvolutionOptions& options, int64_t rows);

// The largest or the mean of pool x pool pixels, of each channel by itself; what is left at the right and at the bottom
// is dropped. Requires: an image not smaller than that, for the largest as a layer gives it.
std::unique_ptr<Layer> MakePooling(const Shape& input, ConvolutionBlock::Pooling kind, int64_t pool, int64_t rows);

// In place. Requires: not LINEAR, which is no layer.
std::unique_ptr<Layer> MakeActivation(const Shape& input, Activation kind, int64_t rows);
// Grows where its argument grows: the largest of some outputs belongs to the largest argument.
bool IsMonotone(Activation kind);

// While it learns: each value is 0 with that chance, and otherwise larger by what is lost on average. `number`
// tells the dropouts of a network apart.
std::unique_ptr<Layer> MakeDropout(const Shape& input, double share, uint64_t number, int64_t rows);

// In place: each channel gets mean 0 and variance 1 over the batch and its pixels, times a scale, plus a shift (Ioffe
// and Szegedy, 2015). Remembers running means (momentum .1) and unbiased variances for rows that it does not learn
// from.
std::unique_ptr<Layer> MakeBatchNorm(const Shape& input, int64_t rows);

}  // namespace parzen
