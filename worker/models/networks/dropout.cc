// Dropout (Srivastava et al., 2014).
#include <algorithm>
#include <cmath>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"

namespace parzen {
namespace {

class Dropout : public Layer {
 public:
  Dropout(const Shape& shape, double share, uint64_t number, int64_t rows)
      : Layer(shape, shape),
        number_(number),
        threshold_(static_cast<uint32_t>(std::min(std::lround(share * 65536), 65535L))),
        scale_(65536.F / static_cast<float>(65536 - threshold_)),
        kept_(static_cast<size_t>(rows * shape.row_stride())) {}

  void Forward(const Batch& in, const Batch& out, const Pass& pass) override {
    const RandomStream stream = pass.stream.Fork(number_);
    tbb::parallel_for(int64_t{0}, out.rows, [&](int64_t row) {
      if (!pass.learning) {
        std::copy_n(in.row(row), input().row_stride(), out.row(row));
        return;
      }
      Draw(stream.Fork(static_cast<uint64_t>(row)), Kept(row));
      Multiply(in.row(row), Kept(row), out.row(row));
    });
  }

  void Backward(const Batch&, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    if (in_gradient == nullptr) return;
    tbb::parallel_for(int64_t{0}, out_gradient.rows,
                      [&](int64_t row) { Multiply(out_gradient.row(row), Kept(row), in_gradient->row(row)); });
  }

 private:
  float* Kept(int64_t row) { return kept_.data() + row * input().row_stride(); }

  // Four numbers of 16 bits a draw.
  void Draw(RandomStream stream, float* kept) const {
    for (int64_t i = 0; i < input().row_stride(); i += 4) {
      const uint64_t bits = stream();
      for (int64_t j = 0; j < 4 && i + j < input().row_stride(); ++j) {
        kept[i + j] = ((bits >> (16 * j)) & 0xffff) < threshold_ ? 0 : scale_;
      }
    }
  }

  void Multiply(const float* values, const float* kept, float* products) const {
    for (int64_t i = 0; i < input().row_stride(); ++i) products[i] = values[i] * kept[i];
  }

  const uint64_t number_;
  const uint32_t threshold_;  // of 65,536
  const float scale_;
  std::vector<float> kept_;  // what each value of the batch was multiplied by
};

}  // namespace

std::unique_ptr<Layer> MakeDropout(const Shape& input, double share, uint64_t number, int64_t rows) {
  return std::make_unique<Dropout>(input, share, number, rows);
}

}  // namespace parzen
