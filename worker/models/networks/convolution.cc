// A convolution, followed by the largest of each pool x pool pixels. An image is one piece of work: what it becomes
// before the pool never leaves the cache. Windows are read where they lie in the image with zeros around it, so that
// nothing is copied for each of them ("implicit" matrix products: Chetlur et al., 2014).
//
// The gradient of the inputs is again a convolution, of the outputs' gradients spread out by the stride, with the
// kernel turned round. Gradients of the weights are sums over fixed parts of the batch, which are added up in order.
#include <algorithm>
#include <limits>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/networks/image_windows.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/panel_weights.h"

namespace parzen {
namespace {

// Each has gradients of the weights of its own.
constexpr int64_t kMostParts = 8;

// A kernel's rows, one contiguous run each, in an image without space between its pixels.
std::vector<RunGroup> KernelRuns(int64_t kernel, int64_t image_width, int64_t channels) {
  std::vector<Run> runs;
  for (int64_t i = 0; i < kernel; ++i) runs.push_back({i * image_width * channels, kernel * channels});
  return GroupRuns(runs);
}

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

class Convolution : public Layer {
 public:
  Convolution(const Shape& input, const ConvolutionOptions& options, int64_t rows)
      : Layer(input, PooledShape(input, options)),
        options_(options),
        convolved_(ConvolvedShape(input, options)),
        layout_(options.kernel * options.kernel * input.channels, options.channels, options.kernel * options.kernel),
        padded_{input.height + 2 * options.padding,
                input.width + 2 * options.padding,
                input.channels,
                options.padding,
                options.padding,
                1},
        lanes_(PaddedToPanels(options.channels)),
        groups_(KernelRuns(options.kernel, padded_.width, padded_.channels)),
        spread_{input.height + options.kernel - 1,    input.width + options.kernel - 1,     options.channels,
                options.kernel - 1 - options.padding, options.kernel - 1 - options.padding, options.stride},
        turned_groups_(KernelRuns(options.kernel, spread_.width, spread_.channels)),
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
    tbb::parallel_for(int64_t{0}, in.rows, [&](int64_t row) {
      Scratch& scratch = scratches_.local();
      const float* const image = Padded(in.row(row), scratch.padded);
      if (options_.pool == 1) return Convolve(image, out.row(row));
      scratch.convolved.resize(static_cast<size_t>(convolved_.row_stride()));
      Convolve(image, scratch.convolved.data());
      if (pass.learning) {
        FindLargest(scratch.convolved.data(), largest_.data() + row * output().row_stride(), scratch.most);
      }
      Pool(scratch.convolved.data(), out.row(row));
    });
  }

  void Backward(const Batch& in, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    const int64_t parts = std::min(kMostParts, in.rows), numbers = layout_.numbers();
    part_gradients_.resize(static_cast<size_t>(parts * numbers));
    if (in_gradient != nullptr) TurnWeights();
    tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
      float* const gradients = part_gradients_.data() + part * numbers;
      std::fill(gradients, gradients + numbers, 0.F);
      for (int64_t row = in.rows * part / parts; row < in.rows * (part + 1) / parts; ++row) {
        Scratch& scratch = scratches_.local();
        const float* const gradient = Unpooled(out_gradient.row(row), row, scratch);
        AddWeightGradients(Padded(in.row(row), scratch.padded), gradient, gradients);
        if (in_gradient != nullptr) SetInputGradients(gradient, in_gradient->row(row), scratch);
      }
    });
    constexpr int64_t kBlock = 4096;
    tbb::parallel_for(int64_t{0}, (numbers + kBlock - 1) / kBlock, [&](int64_t block) {
      const int64_t first = block * kBlock, end = std::min(first + kBlock, numbers);
      std::copy(part_gradients_.data() + first, part_gradients_.data() + end, gradients_ + first);
      for (int64_t part = 1; part < parts; ++part) {
        const float* const from = part_gradients_.data() + part * numbers;
        for (int64_t i = first; i < end; ++i) gradients_[i] += from[i];
      }
    });
  }

 private:
  struct Scratch {
    std::vector<float> padded;     // the input image with zeros around it
    std::vector<float> convolved;  // outputs before the pool, or their gradients
    std::vector<float> spread;     // the same with zeros around and between them
    std::vector<float> most;       // the largest of a pool so far
  };

  // The image as kernels read it; where it lies, when nothing has to be put around it.
  const float* Padded(const float* image, std::vector<float>& padded) const {
    if (options_.padding == 0 && input().pixel_stride == input().channels) return image;
    Spread(image, input(), padded_, padded);
    return padded.data();
  }

  void Convolve(const float* image, float* out) const {
    const int64_t step = options_.stride * padded_.channels;
    const RowGrid grid{convolved_.height, convolved_.width, step * padded_.width, step};
    for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
      MultiplyRows(image, grid, groups_, layout_.panel(weights_, panel), layout_.width(panel),
                   layout_.biases(weights_) + panel * kPanelWidth, out + panel * kPanelWidth, convolved_.pixel_stride);
    }
  }

  // Calls use(pooled pixel, first pixel of its pool).
  template <typename Use>
  void ForEachPooled(const Use& use) const {
    for (int64_t y = 0; y < output().height; ++y) {
      for (int64_t x = 0; x < output().width; ++x) {
        use(y * output().width + x, y * options_.pool * convolved_.width + x * options_.pool);
      }
    }
  }
  // Numbers from the first pixel of a pool to another.
  int64_t Place(int64_t place) const {
    return (place / options_.pool * convolved_.width + place % options_.pool) * convolved_.pixel_stride;
  }

  void Pool(const float* convolved, float* out) const {
    ForEachPooled([&](int64_t pooled, int64_t corner) {
      const float* const from = convolved + corner * convolved_.pixel_stride;
      float* const to = out + pooled * output().pixel_stride;
      std::copy_n(from, lanes_, to);
      for (int64_t place = 1; place < options_.pool * options_.pool; ++place) {
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
      for (int32_t place = 1; place < options_.pool * options_.pool; ++place) {
        const float* const other = from + Place(place);
        for (int64_t c = 0; c < lanes_; ++c) which[c] = other[c] > most[c] ? place : which[c];
        for (int64_t c = 0; c < lanes_; ++c) most[c] = other[c] > most[c] ? other[c] : most[c];
      }
    });
  }

  // Gradients of the outputs before the pool.
  const float* Unpooled(const float* out_gradient, int64_t row, Scratch& scratch) const {
    if (options_.pool == 1) return out_gradient;
    scratch.convolved.assign(static_cast<size_t>(convolved_.row_stride()), 0);
    const int32_t* const largest = largest_.data() + row * output().row_stride();
    ForEachPooled([&](int64_t pooled, int64_t corner) {
      const float* const from = out_gradient + pooled * output().pixel_stride;
      const int32_t* const which = largest + pooled * output().pixel_stride;
      for (int32_t place = 0; place < options_.pool * options_.pool; ++place) {
        float* const to = scratch.convolved.data() + corner * convolved_.pixel_stride + Place(place);
        for (int64_t c = 0; c < lanes_; ++c) to[c] = which[c] == place ? from[c] : 0;
      }
    });
    return scratch.convolved.data();
  }

  void AddWeightGradients(const float* image, const float* gradient, float* gradients) const {
    const int64_t step = options_.stride * padded_.channels, run = options_.kernel * padded_.channels;
    const GridSteps steps{convolved_.height,
                          convolved_.width,
                          step * padded_.width,
                          step,
                          convolved_.width * convolved_.pixel_stride,
                          convolved_.pixel_stride};
    for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
      const int64_t width = layout_.width(panel);
      float* const to = layout_.panel(gradients, panel);
      for (int64_t kernel_row = 0; kernel_row < options_.kernel; ++kernel_row) {
        for (int64_t i = 0; i < run; i += kPanelRows) {
          AddOuterProducts(image + kernel_row * padded_.width * padded_.channels + i, std::min(kPanelRows, run - i),
                           gradient + panel * kPanelWidth, width, steps, to + (kernel_row * run + i) * width);
        }
      }
    }
    float* const biases = layout_.biases(gradients);
    for (int64_t pixel = 0; pixel < convolved_.pixels(); ++pixel) {
      const float* const from = gradient + pixel * convolved_.pixel_stride;
      for (int64_t c = 0; c < lanes_; ++c) biases[c] += from[c];
    }
  }

  // Panels of input channels: (kernel places from the last to the first, outputs) x channels.
  void TurnWeights() {
    const int64_t places = options_.kernel * options_.kernel, channels = input().channels, outputs = layout_.outputs();
    turned_.resize(static_cast<size_t>(PanelCount(channels) * kPanelWidth * places * outputs));
    tbb::parallel_for(int64_t{0}, PanelCount(channels), [&](int64_t panel) {
      const int64_t width = WidthOfPanel(panel, channels);
      float* to = turned_.data() + panel * kPanelWidth * places * outputs;
      for (int64_t place = places - 1; place >= 0; --place) {
        for (int64_t output = 0; output < outputs; ++output, to += width) {
          for (int64_t lane = 0; lane < width; ++lane) {
            const int64_t channel = panel * kPanelWidth + lane;
            to[lane] = channel < channels ? layout_.at(weights_, place * channels + channel, output) : 0;
          }
        }
      }
    });
  }

  void SetInputGradients(const float* gradient, float* in_gradient, Scratch& scratch) const {
    static constexpr float kZeros[kPanelWidth] = {};
    Spread(gradient, convolved_, spread_, scratch.spread);
    const RowGrid grid{input().height, input().width, spread_.width * spread_.channels, spread_.channels};
    for (int64_t panel = 0; panel < PanelCount(input().channels); ++panel) {
      MultiplyRows(scratch.spread.data(), grid, turned_groups_,
                   turned_.data() + panel * kPanelWidth * options_.kernel * options_.kernel * layout_.outputs(),
                   WidthOfPanel(panel, input().channels), kZeros, in_gradient + panel * kPanelWidth,
                   input().pixel_stride);
    }
  }

  const ConvolutionOptions options_;
  const Shape convolved_;  // before the pool
  const PanelWeights layout_;
  const SpreadImage padded_;
  const int64_t lanes_;  // channels of a pixel that are worked on; pixels may lie further apart
  const std::vector<RunGroup> groups_;
  const SpreadImage spread_;
  const std::vector<RunGroup> turned_groups_;
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
  std::vector<int32_t> largest_;  // of each output, which place of its pool it comes from
  std::vector<float> turned_;
  std::vector<float> part_gradients_;
  tbb::enumerable_thread_specific<Scratch> scratches_;
};

}  // namespace

std::unique_ptr<Layer> MakeConvolution(const Shape& input, const ConvolutionOptions& options, int64_t rows) {
  return std::make_unique<Convolution>(input, options, rows);
}

}  // namespace parzen
