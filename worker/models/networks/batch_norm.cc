// Batch normalisation. Sums run over fixed parts of the rows, in 64-bit floats, and are added up in order.
#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"

namespace parzen {
namespace {

using Channels = Eigen::Array<float, 1, Eigen::Dynamic>;
using ChannelSums = Eigen::Array<double, 1, Eigen::Dynamic>;

constexpr double kEpsilon = 1e-5;
constexpr float kMomentum = 0.1F;
constexpr int64_t kParts = 8;

class BatchNorm : public Layer {
 public:
  BatchNorm(const Shape& shape, int64_t rows)
      : Layer(shape, shape),
        channels_(shape.channels),
        normal_(static_cast<size_t>(rows * shape.row_stride())),
        running_(static_cast<size_t>(2 * channels_), 0.F) {
    std::fill(running_.begin() + channels_, running_.end(), 1.F);
  }

  bool in_place() const override { return true; }

  int64_t weights() const override { return 2 * channels_; }
  int64_t weight_numbers() const override { return 2 * channels_; }
  void Bind(float* weights, float* gradients) override {
    weights_ = weights;
    gradients_ = gradients;
  }
  void ForEachWeight(const std::function<void(const Weight&)>& use) const override {
    for (int64_t c = 0; c < channels_; ++c) use({weights_ + c, gradients_ + c, false, 0, 0});
    for (int64_t c = channels_; c < 2 * channels_; ++c) use({weights_ + c, gradients_ + c, true, 0, 0});
  }
  absl::Span<float> memory() override { return absl::MakeSpan(running_); }

  void Forward(const Batch&, const Batch& out, const Pass& pass) override {
    Channels mean = Running(0), variance = Running(channels_);
    if (pass.learning) {
      const double count = static_cast<double>(out.rows * out.shape.pixels());
      const ChannelSums means = Sum(out, [&](const Pixel& x, ChannelSums& sums) { sums += x.cast<double>(); }) / count;
      const ChannelSums variances =
          Sum(out, [&](const Pixel& x, ChannelSums& sums) { sums += (x.cast<double>() - means).square(); }) / count;
      mean = means.cast<float>();
      variance = variances.cast<float>();
      Remember(mean, variance, count);
    }
    inverse_ = ((variance.cast<double>() + kEpsilon).sqrt().inverse()).cast<float>();
    ForEachRow(out, [&](int64_t row, int64_t pixel) {
      Pixel x = PixelOf(out, row, pixel);
      x = (x - mean) * inverse_;
      if (pass.learning) Normal(out, row, pixel) = x;
      x = x * Scales() + Shifts();
    });
  }

  // With x the normalised values and g the gradient: scale / deviation * (g - mean(g) - x * mean(g x)).
  void Backward(const Batch&, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    const ChannelSums shift = SumOfGradients(out_gradient, false), scale = SumOfGradients(out_gradient, true);
    Map(gradients_, channels_) = scale.cast<float>();
    Map(gradients_ + channels_, channels_) = shift.cast<float>();
    if (in_gradient == nullptr) return;
    const double count = static_cast<double>(out_gradient.rows * out_gradient.shape.pixels());
    const Channels mean = (shift / count).cast<float>(), along = (scale / count).cast<float>();
    const Channels factor = Scales() * inverse_;
    ForEachRow(out_gradient, [&](int64_t row, int64_t pixel) {
      Pixel gradient = PixelOf(out_gradient, row, pixel);
      gradient = factor * (gradient - mean - Normal(out_gradient, row, pixel) * along);
    });
  }

 private:
  using Pixel = Eigen::Map<Channels>;

  static Pixel Map(float* values, int64_t count) { return Pixel(values, count); }
  Pixel Scales() const { return Map(weights_, channels_); }
  Pixel Shifts() const { return Map(weights_ + channels_, channels_); }
  Pixel Running(int64_t first) { return Map(running_.data() + first, channels_); }
  Pixel PixelOf(const Batch& batch, int64_t row, int64_t pixel) const {
    return Map(batch.row(row) + pixel * batch.shape.pixel_stride, channels_);
  }
  Pixel Normal(const Batch& batch, int64_t row, int64_t pixel) {
    return Map(normal_.data() + row * batch.shape.row_stride() + pixel * batch.shape.pixel_stride, channels_);
  }

  // One value a channel has no variance to remember.
  void Remember(const Channels& mean, const Channels& variance, double count) {
    if (count < 2) return;
    const float unbiased = static_cast<float>(count / (count - 1));
    Running(0) += kMomentum * (mean - Running(0));
    Running(channels_) += kMomentum * (variance * unbiased - Running(channels_));
  }

  template <typename Use>
  void ForEachRow(const Batch& batch, const Use& use) const {
    tbb::parallel_for(int64_t{0}, batch.rows, [&](int64_t row) {
      for (int64_t pixel = 0; pixel < batch.shape.pixels(); ++pixel) use(row, pixel);
    });
  }

  // Calls add(row, pixel, sums) for all of them.
  template <typename AddPixel>
  ChannelSums SumPixels(const Batch& batch, const AddPixel& add) const {
    const int64_t parts = std::min(kParts, batch.rows);
    std::array<ChannelSums, kParts> sums;
    tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
      ChannelSums sum = ChannelSums::Zero(channels_);
      for (int64_t row = batch.rows * part / parts; row < batch.rows * (part + 1) / parts; ++row) {
        for (int64_t pixel = 0; pixel < batch.shape.pixels(); ++pixel) add(row, pixel, sum);
      }
      sums[static_cast<size_t>(part)] = sum;
    });
    for (int64_t part = 1; part < parts; ++part) sums[0] += sums[static_cast<size_t>(part)];
    return sums[0];
  }
  template <typename AddValues>
  ChannelSums Sum(const Batch& batch, const AddValues& add) const {
    return SumPixels(batch,
                     [&](int64_t row, int64_t pixel, ChannelSums& sums) { add(PixelOf(batch, row, pixel), sums); });
  }
  ChannelSums SumOfGradients(const Batch& gradient, bool times_normal) {
    return SumPixels(gradient, [&](int64_t row, int64_t pixel, ChannelSums& sums) {
      const Pixel values = PixelOf(gradient, row, pixel);
      times_normal ? sums += values.cast<double>() * Normal(gradient, row, pixel).cast<double>()
                   : sums += values.cast<double>();
    });
  }

  const int64_t channels_;
  float* weights_ = nullptr;  // scales, then shifts
  float* gradients_ = nullptr;
  Channels inverse_;            // 1 / deviation of the last pass
  std::vector<float> normal_;   // the batch's values, normalised
  std::vector<float> running_;  // means, then variances
};

}  // namespace

std::unique_ptr<Layer> MakeBatchNorm(const Shape& input, int64_t rows) {
  return std::make_unique<BatchNorm>(input, rows);
}

}  // namespace parzen
