// A convolution, followed by the largest of each pool x pool pixels. A few images are one piece of work: what they
// become before the pool never leaves the cache. Gradients of the weights are sums over fixed parts of the batch, which
// are added up in order.
#include <algorithm>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/networks/convolution_method.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/max_pool.h"

namespace parzen {
namespace {

// Each has gradients of the weights of its own.
constexpr int64_t kMostParts = 8;

int64_t Convolved(int64_t size, const ConvolutionOptions& options) {
  return (size + 2 * options.padding - options.kernel) / options.stride + 1;
}

Shape ConvolvedShape(const Shape& input, const ConvolutionOptions& options) {
  return LayerShape(Convolved(input.height, options), Convolved(input.width, options), options.channels);
}

ConvolutionShape WithoutPool(const Shape& input, const ConvolutionOptions& options) {
  return {input, ConvolvedShape(input, options), options.kernel, options.stride, options.padding};
}

std::unique_ptr<ConvolutionMethod> FastestMethod(const ConvolutionShape& shape) {
  return WinogradIsFaster(shape) ? MakeWinogradConvolution(shape) : MakeWindowConvolution(shape);
}

class Convolution : public Layer {
 public:
  Convolution(const Shape& input, const ConvolutionOptions& options, int64_t rows)
      : Layer(input, MaxPool(ConvolvedShape(input, options), options.pool).output()),
        convolved_(ConvolvedShape(input, options)),
        pools_(options.pool > 1),
        pool_(convolved_, options.pool),
        layout_(WithoutPool(input, options).weights()),
        method_(FastestMethod(WithoutPool(input, options))),
        lanes_(PaddedToPanels(options.channels)),
        largest_(options.pool > 1 ? static_cast<size_t>(rows * output().row_stride()) : 0) {}

  int64_t weights() const override { return (layout_.inputs() + 1) * layout_.outputs(); }
  int64_t weight_numbers() const override { return layout_.numbers(); }
  void Bind(float* weights, float* gradients) override {
    weights_ = weights;
    gradients_ = gradients;
  }
  void ForEachWeight(const std::function<void(const Weight&)>& use) const override {
    layout_.ForEach(weights_, gradients_, use);
  }

  void Forward(const Batch& in, const Batch& out, const Pass& pass) override {
    method_->SetWeights(weights_);
    const int64_t images = method_->images(), groups = (in.rows + images - 1) / images;
    tbb::parallel_for(int64_t{0}, groups, [&](int64_t group) {
      const int64_t first = in.rows * group / groups, count = in.rows * (group + 1) / groups - first;
      if (!pools_) return method_->Convolve(in.row(first), count, out.row(first));
      std::vector<float>& convolved = scratches_.local();
      convolved.resize(static_cast<size_t>(images * convolved_.row_stride()));
      method_->Convolve(in.row(first), count, convolved.data());
      for (int64_t i = 0; i < count; ++i) {
        pool_.Pool(convolved.data() + i * convolved_.row_stride(), out.row(first + i),
                   pass.learning ? largest(first + i) : nullptr);
      }
    });
  }

  void Backward(const Batch& in, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    const int64_t parts = std::min(kMostParts, in.rows), images = method_->images();
    const int64_t sums = method_->sums(), numbers = sums + lanes_;
    sums_.resize(static_cast<size_t>(parts * numbers));
    if (in_gradient != nullptr) method_->SetTurnedWeights();
    tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
      float* const to = sums_.data() + part * numbers;
      std::fill(to, to + numbers, 0.F);
      const int64_t end = in.rows * (part + 1) / parts;
      for (int64_t row = in.rows * part / parts; row < end; row += images) {
        const int64_t count = std::min(images, end - row);
        const float* const gradient = Unpooled(out_gradient, row, count, scratches_.local());
        method_->AddGradients(in.row(row), gradient, count, to);
        AddBiasGradients(gradient, count, to + sums);
        if (in_gradient != nullptr) method_->SetInputGradients(gradient, count, in_gradient->row(row));
      }
    });
    constexpr int64_t kBlock = 4096;
    tbb::parallel_for(int64_t{0}, (numbers + kBlock - 1) / kBlock, [&](int64_t block) {
      const int64_t first = block * kBlock, end = std::min(first + kBlock, numbers);
      for (int64_t part = 1; part < parts; ++part) {
        const float* const from = sums_.data() + part * numbers;
        for (int64_t i = first; i < end; ++i) sums_[static_cast<size_t>(i)] += from[i];
      }
    });
    method_->SetGradients(sums_.data(), gradients_);
    std::copy_n(sums_.data() + sums, lanes_, layout_.biases(gradients_));
  }

 private:
  int32_t* largest(int64_t row) { return largest_.data() + row * output().row_stride(); }

  // Gradients of the outputs before the pool.
  const float* Unpooled(const Batch& out_gradient, int64_t first, int64_t count, std::vector<float>& unpooled) {
    if (!pools_) return out_gradient.row(first);
    unpooled.resize(static_cast<size_t>(method_->images() * convolved_.row_stride()));
    for (int64_t i = 0; i < count; ++i) {
      pool_.Unpool(out_gradient.row(first + i), largest(first + i), unpooled.data() + i * convolved_.row_stride());
    }
    return unpooled.data();
  }

  void AddBiasGradients(const float* gradient, int64_t count, float* biases) const {
    for (int64_t pixel = 0; pixel < count * convolved_.pixels(); ++pixel) {
      const float* const from = gradient + pixel * convolved_.pixel_stride;
      for (int64_t c = 0; c < lanes_; ++c) biases[c] += from[c];
    }
  }

  const Shape convolved_;  // before the pool
  const bool pools_;
  const MaxPool pool_;
  const PanelWeights layout_;
  const std::unique_ptr<ConvolutionMethod> method_;
  const int64_t lanes_;  // channels of a pixel that are worked on; pixels may lie further apart
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
  std::vector<int32_t> largest_;  // of each output, which place of its pool it comes from
  std::vector<float> sums_;       // of each part of a batch: the method's, then the biases' gradients
  tbb::enumerable_thread_specific<std::vector<float>>
      scratches_;  // outputs before the pool, or their gradients, of some images
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const Shape& input, const ConvolutionOptions& options, int64_t rows) {
  return std::make_unique<Convolution>(input, options, rows);
}

}  // namespace parzen
