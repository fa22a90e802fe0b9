// The largest or the mean of each pool x pool pixels, each channel by itself.
#include <algorithm>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"

namespace parzen {
namespace {

class Pooling : public Layer {
 public:
  Pooling(const Shape& input, bool largest, int64_t pool, int64_t rows)
      : Layer(input, LayerShape(input.height / pool, input.width / pool, input.channels)),
        pool_(pool),
        largest_(largest ? static_cast<size_t>(rows * output().pixels() * input.channels) : 0) {}

  void Forward(const Batch& in, const Batch& out, const Pass&) override {
    tbb::parallel_for(int64_t{0}, in.rows, [&](int64_t row) {
      for (int64_t pixel = 0; pixel < output().pixels(); ++pixel) {
        const float* const from = in.row(row) + Corner(pixel) * input().pixel_stride;
        float* const to = out.row(row) + pixel * output().pixel_stride;
        largest_.empty() ? Mean(from, to) : Largest(from, to, Which(row, pixel));
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
        for (int64_t c = 0; c < input().channels; ++c) {
          if (!largest_.empty()) {
            to[Place(Which(row, pixel)[c]) + c] = from[c];
            continue;
          }
          for (int64_t place = 0; place < pool_ * pool_; ++place) to[Place(place) + c] = from[c] * share();
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
  uint16_t* Which(int64_t row, int64_t pixel) {
    return largest_.data() + (row * output().pixels() + pixel) * input().channels;
  }

  void Mean(const float* from, float* to) const {
    for (int64_t c = 0; c < input().channels; ++c) {
      float sum = 0;
      for (int64_t place = 0; place < pool_ * pool_; ++place) sum += from[Place(place) + c];
      to[c] = sum * share();
    }
  }

  // The first of equals counts.
  void Largest(const float* from, float* to, uint16_t* which) const {
    for (int64_t c = 0; c < input().channels; ++c) {
      which[c] = 0;
      for (int64_t place = 1; place < pool_ * pool_; ++place) {
        if (from[Place(place) + c] > from[Place(which[c]) + c]) which[c] = static_cast<uint16_t>(place);
      }
      to[c] = from[Place(which[c]) + c];
    }
  }

  const int64_t pool_;
  std::vector<uint16_t> largest_;  // of each output, which place it comes from; none: means
};

}  // namespace

std::unique_ptr<Layer> MakePooling(const Shape& input, ConvolutionBlock::Pooling kind, int64_t pool, int64_t rows) {
  return std::make_unique<Pooling>(input, kind == ConvolutionBlock::MAXIMUM, pool, rows);
}

}  // namespace parzen
