// The largest or the mean of each pool x pool pixels, each channel by itself, as layers of their own: where something
// stands between a convolution and them.
#include <algorithm>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/max_pool.h"

namespace parzen {
namespace {

class MaxPooling : public Layer {
 public:
  MaxPooling(const Shape& input, int64_t pool, int64_t rows)
      : Layer(input, MaxPool(input, pool).output()),
        pool_(input, pool),
        which_(static_cast<size_t>(rows * output().row_stride())) {}

  void Forward(const Batch& in, const Batch& out, const Pass& pass) override {
    tbb::parallel_for(int64_t{0}, in.rows, [&](int64_t row) {
      pool_.Pool(in.row(row), out.row(row), pass.learning ? which(row) : nullptr);
    });
  }

  void Backward(const Batch&, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    if (in_gradient == nullptr) return;
    tbb::parallel_for(int64_t{0}, out_gradient.rows,
                      [&](int64_t row) { pool_.Unpool(out_gradient.row(row), which(row), in_gradient->row(row)); });
  }

 private:
  int32_t* which(int64_t row) { return which_.data() + row * output().row_stride(); }

  const MaxPool pool_;
  std::vector<int32_t> which_;
};

class MeanPooling : public Layer {
 public:
  MeanPooling(const Shape& input, int64_t pool)
      : Layer(input, LayerShape(input.height / pool, input.width / pool, input.channels)), pool_(pool) {}

  void Forward(const Batch& in, const Batch& out, const Pass&) override {
    tbb::parallel_for(int64_t{0}, in.rows, [&](int64_t row) {
      for (int64_t pixel = 0; pixel < output().pixels(); ++pixel) {
        const float* const from = in.row(row) + Corner(pixel) * input().pixel_stride;
        float* const to = out.row(row) + pixel * output().pixel_stride;
        for (int64_t c = 0; c < input().channels; ++c) {
          float sum = 0;
          for (int64_t place = 0; place < pool_ * pool_; ++place) sum += from[Place(place) + c];
          to[c] = sum * share();
        }
      }
    });
  }

  void Backward(const Batch&, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    if (in_gradient == nullptr) return;
    tbb::parallel_for(int64_t{0}, out_gradient.rows, [&](int64_t row) {
      float* const all = in_gradient->row(row);
      std::fill(all, all + input().row_stride(), 0.F);
      for (int64_t pixel = 0; pixel < output().pixels(); ++pixel) {
        const float* const from = out_gradient.row(row) + pixel * output().pixel_stride;
        float* const to = all + Corner(pixel) * input().pixel_stride;
        for (int64_t place = 0; place < pool_ * pool_; ++place) {
          for (int64_t c = 0; c < input().channels; ++c) to[Place(place) + c] = from[c] * share();
        }
      }
    });
  }

 private:
  float share() const { return 1.F / static_cast<float>(pool_ * pool_); }
  // The first pixel of those that become `pixel`.
  int64_t Corner(int64_t pixel) const {
    return pixel / output().width * pool_ * input().width + pixel % output().width * pool_;
  }
  // From there to the others of them.
  int64_t Place(int64_t place) const { return (place / pool_ * input().width + place % pool_) * input().pixel_stride; }

  const int64_t pool_;
};

}  // namespace

std::unique_ptr<Layer> MakePooling(const Shape& input, ConvolutionBlock::Pooling kind, int64_t pool, int64_t rows) {
  if (kind == ConvolutionBlock::MAXIMUM) return std::make_unique<MaxPooling>(input, pool, rows);
  return std::make_unique<MeanPooling>(input, pool);
}

}  // namespace parzen
