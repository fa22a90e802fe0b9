// A convolution, followed by the largest of each pool x pool pixels. A few images are one piece of work: what they become
// before the pool never leaves the cache. Gradients of the weights are sums over fixed parts of the batch, which are
// added up in order.
#include <algorithm>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/networks/convolution_method.h"
#include "worker/models/networks/layers.h"

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

Shape PooledShape(const Shape& input, const ConvolutionOptions& options) {
  const Shape convolved = ConvolvedShape(input, options);
  return LayerShape(convolved.height / options.pool, convolved.width / options.pool, options.channels);
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
      : Layer(input, PooledShape(input, options)),
        pool_(options.pool),
        convolved_(ConvolvedShape(input, options)),
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
    const int64_t images = method_->images();
    tbb::parallel_for(int64_t{0}, (in.rows + images - 1) / images, [&](int64_t group) {
      const int64_t first = group * images, count = std::min(images, in.rows - first);
      if (pool_ == 1) return method_->Convolve(in.row(first), count, out.row(first));
      Scratch& scratch = scratches_.local();
      scratch.convolved.resize(static_cast<size_t>(images * convolved_.row_stride()));
      method_->Convolve(in.row(first), count, scratch.convolved.data());
      for (int64_t i = 0; i < count; ++i) {
        const float* const convolved = scratch.convolved.data() + i * convolved_.row_stride();
        if (pass.learning) FindLargest(convolved, largest(first + i), scratch.most);
        Pool(convolved, out.row(first + i));
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
        const float* const gradient = Unpooled(out_gradient, row, count, scratches_.local().convolved);
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
  struct Scratch {
    std::vector<float> convolved;  // outputs before the pool, or their gradients, of some images
    std::vector<float> most;       // the largest of a pool so far
  };

  int32_t* largest(int64_t row) { return largest_.data() + row * output().row_stride(); }

  // Calls use(pooled pixel, first pixel of its pool).
  template <typename Use>
  void ForEachPooled(const Use& use) const {
    for (int64_t y = 0; y < output().height; ++y) {
      for (int64_t x = 0; x < output().width; ++x) {
        use(y * output().width + x, y * pool_ * convolved_.width + x * pool_);
      }
    }
  }
  // Numbers from the first pixel of a pool to another.
  int64_t Place(int64_t place) const {
    return (place / pool_ * convolved_.width + place % pool_) * convolved_.pixel_stride;
  }

  void Pool(const float* convolved, float* out) const {
    ForEachPooled([&](int64_t pooled, int64_t corner) {
      const float* const from = convolved + corner * convolved_.pixel_stride;
      float* const to = out + pooled * output().pixel_stride;
      std::copy_n(from, lanes_, to);
      for (int64_t place = 1; place < pool_ * pool_; ++place) {
        const float* const other = from + Place(place);
        for (int64_t c = 0; c < lanes_; ++c) to[c] = other[c] > to[c] ? other[c] : to[c];
      }
    });
  }

  // The first of equals counts.
  void FindLargest(const float* convolved, int32_t* largest, std::vector<float>& most) const {
    most.resize(static_cast<size_t>(lanes_));
    ForEachPooled([&](int64_t pooled, int64_t corner) {
      const float* const from = convolved + corner * convolved_.pixel_stride;
      int32_t* const which = largest + pooled * output().pixel_stride;
      std::copy_n(from, lanes_, most.data());
      std::fill_n(which, lanes_, 0);
      for (int32_t place = 1; place < pool_ * pool_; ++place) {
        const float* const other = from + Place(place);
        for (int64_t c = 0; c < lanes_; ++c) which[c] = other[c] > most[c] ? place : which[c];
        for (int64_t c = 0; c < lanes_; ++c) most[c] = other[c] > most[c] ? other[c] : most[c];
      }
    });
  }

  // Gradients of the outputs before the pool.
  const float* Unpooled(const Batch& out_gradient, int64_t first, int64_t count, std::vector<float>& unpooled) {
    if (pool_ == 1) return out_gradient.row(first);
    unpooled.assign(static_cast<size_t>(method_->images() * convolved_.row_stride()), 0);
    for (int64_t i = 0; i < count; ++i) {
      float* const image = unpooled.data() + i * convolved_.row_stride();
      ForEachPooled([&](int64_t pooled, int64_t corner) {
        const float* const from = out_gradient.row(first + i) + pooled * output().pixel_stride;
        const int32_t* const which = largest(first + i) + pooled * output().pixel_stride;
        for (int32_t place = 0; place < pool_ * pool_; ++place) {
          float* const to = image + corner * convolved_.pixel_stride + Place(place);
          for (int64_t c = 0; c < lanes_; ++c) to[c] = which[c] == place ? from[c] : 0;
        }
      });
    }
    return unpooled.data();
  }

  void AddBiasGradients(const float* gradient, int64_t count, float* biases) const {
    for (int64_t pixel = 0; pixel < count * convolved_.pixels(); ++pixel) {
      const float* const from = gradient + pixel * convolved_.pixel_stride;
      for (int64_t c = 0; c < lanes_; ++c) biases[c] += from[c];
    }
  }

  const int64_t pool_;
  const Shape convolved_;  // before the pool
  const PanelWeights layout_;
  const std::unique_ptr<ConvolutionMethod> method_;
  const int64_t lanes_;  // channels of a pixel that are worked on; pixels may lie further apart
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
  std::vector<int32_t> largest_;  // of each output, which place of its pool it comes from
  std::vector<float> sums_;       // of each part of a batch: the method's, then the biases' gradients
  tbb::enumerable_thread_specific<Scratch> scratches_;
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const Shape& input, const ConvolutionOptions& options, int64_t rows) {
  return std::make_unique<Convolution>(input, options, rows);
}

}  // namespace parzen
