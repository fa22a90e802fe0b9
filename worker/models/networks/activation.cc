// What follows a layer, number by number. All but GELU know their derivative from what they gave.
#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"

namespace parzen {
namespace {

using Values = Eigen::Map<Eigen::ArrayXf>;

constexpr float kLeak = 0.01F;

// Density and distribution of the standard normal.
float Density(float x) { return std::exp(-x * x / 2) * 0.3989422804F; }
float Distribution(float x) { return (1 + std::erf(x * 0.7071067812F)) / 2; }

void Apply(Activation kind, Values x) {
  switch (kind) {
    case RELU:
      x = x.max(0.F);
      return;
    case LEAKY_RELU:
      x = x.max(x * kLeak);
      return;
    case TANH:
      x = x.tanh();
      return;
    case SIGMOID:
      x = 1 / (1 + (-x).exp());
      return;
    case GELU:
      for (float& value : x) value *= Distribution(value);
      return;
    case LINEAR:
      return;
  }
}

// Multiplies a gradient by the derivative, where the activation gave y; of GELU where it was given it.
void ApplyDerivative(Activation kind, const Values& y, Values gradient) {
  switch (kind) {
    case RELU:
      gradient = (y > 0).select(gradient, 0.F);
      return;
    case LEAKY_RELU:
      gradient = (y > 0).select(gradient, gradient * kLeak);
      return;
    case TANH:
      gradient *= 1 - y.square();
      return;
    case SIGMOID:
      gradient *= y * (1 - y);
      return;
    case GELU:
      for (int64_t i = 0; i < y.size(); ++i) gradient[i] *= Distribution(y[i]) + y[i] * Density(y[i]);
      return;
    case LINEAR:
      return;
  }
}

class ActivationLayer : public Layer {
 public:
  ActivationLayer(const Shape& shape, Activation kind, int64_t rows)
      : Layer(shape, shape), kind_(kind), given_(kind == GELU ? static_cast<size_t>(rows * shape.row_stride()) : 0) {}

  bool in_place() const override { return true; }

  void Forward(const Batch& in, const Batch& out, const Pass& pass) override {
    tbb::parallel_for(int64_t{0}, out.rows, [&](int64_t row) {
      if (kind_ == GELU && pass.learning) Given(row) = Row(in, row);
      Apply(kind_, Row(out, row));
    });
  }

  void Backward(const Batch&, const Batch& out, const Batch& out_gradient, const Batch*) override {
    tbb::parallel_for(int64_t{0}, out.rows, [&](int64_t row) {
      ApplyDerivative(kind_, kind_ == GELU ? Given(row) : Row(out, row), Row(out_gradient, row));
    });
  }

 private:
  static Values Row(const Batch& batch, int64_t row) { return Values(batch.row(row), batch.shape.row_stride()); }
  Values Given(int64_t row) { return Values(given_.data() + row * input().row_stride(), input().row_stride()); }

  const Activation kind_;
  std::vector<float> given_;  // to GELU, while it learns
};

}  // namespace

std::unique_ptr<Layer> MakeActivation(const Shape& input, Activation kind, int64_t rows) {
  return std::make_unique<ActivationLayer>(input, kind, rows);
}

bool IsMonotone(Activation kind) { return kind != GELU; }

}  // namespace parzen
