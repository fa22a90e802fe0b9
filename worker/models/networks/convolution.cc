// A convolution, followed by the largest of each pool x pool pixels. An image is one piece of work: what it becomes
// before the pool never leaves the cache. Windows are read where they lie in the image with zeros around it, so that
// nothing is copied for each of them ("implicit" matrix products: Chetlur et al., 2014), unless they are so small that
// to find their rows would take as long as to multiply them.
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
// Gradients of the weights are fetched and stored once for so many images, which all fit into the second-level cache.
constexpr int64_t kImagesTogether = 2;
// Smaller windows are copied one after another.
constexpr int64_t kSmallWindow = 32;

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
        windows_(WindowsOf()),
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
      const float* const windows = Windows(in, row, 1, scratch);
      if (options_.pool == 1) return Convolve(windows, out.row(row));
      scratch.convolved.resize(static_cast<size_t>(convolved_.row_stride()));
      Convolve(windows, scratch.convolved.data());
      Pool(scratch.convolved.data(), out.row(row),
           pass.learning ? largest_.data() + row * output().row_stride() : nullptr);
    });
  }

  void Backward(const Batch& in, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    const int64_t parts = std::min(kMostParts, in.rows), numbers = layout_.numbers();
    part_gradients_.resize(static_cast<size_t>(parts * numbers));
    if (in_gradient != nullptr) TurnWeights();
    tbb::parallel_for(int64_t{0}, parts, [&](int64_t part) {
      float* const gradients = part_gradients_.data() + part * numbers;
      std::fill(gradients, gradients + numbers, 0.F);
      const int64_t end = in.rows * (part + 1) / parts;
      for (int64_t row = in.rows * part / parts; row < end; row += kImagesTogether) {
        const int64_t images = std::min(kImagesTogether, end - row);
        Scratch& scratch = scratches_.local();
        const float* const gradient = Unpooled(out_gradient, row, images, scratch);
        AddWeightGradients(Windows(in, row, images, scratch), gradient, images, gradients);
        for (int64_t i = 0; in_gradient != nullptr && i < images; ++i) {
          SetInputGradients(gradient + i * convolved_.row_stride(), in_gradient->row(row + i), scratch);
        }
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
    std::vector<float> padded;     // an input image with zeros around it
    std::vector<float> images;     // several of these, or their windows
    std::vector<float> convolved;  // outputs before the pool, or gradients of several images' outputs
    std::vector<float> spread;     // those of one with zeros around and between them
  };

  // Where the inputs of an output pixel are.
  struct WindowLayout {
    bool are_copied;                // one behind the other, instead of overlapping in the padded image
    bool are_in_place;              // the images are as kernels read them already
    int64_t row_step, column_step;  // from one window to the next
    int64_t rows, row_length;       // of a window: each contiguous ...
    int64_t row_distance;           // ... and so far apart
    int64_t numbers;                // of an image
    std::vector<RunGroup> groups;
  };
  WindowLayout WindowsOf() const {
    const int64_t kernel = options_.kernel, step = options_.stride * padded_.channels;
    const int64_t window = kernel * kernel * padded_.channels;
    if (kernel > 1 && window <= kSmallWindow) {
      return {true,
              false,
              convolved_.width * window,
              window,
              1,
              window,
              window,
              convolved_.pixels() * window,
              GroupRuns({{0, window}})};
    }
    const bool in_place = options_.padding == 0 && input().pixel_stride == input().channels;
    return {false,
            in_place,
            step * padded_.width,
            step,
            kernel,
            kernel * padded_.channels,
            padded_.width * padded_.channels,
            in_place ? input().row_stride() : padded_.numbers(),
            KernelRuns(kernel, padded_.width, padded_.channels)};
  }

  // Those of some images, `numbers` of each.
  const float* Windows(const Batch& in, int64_t row, int64_t images, Scratch& scratch) const {
    if (windows_.are_in_place) return in.row(row);
    scratch.images.resize(static_cast<size_t>(kImagesTogether * windows_.numbers));
    for (int64_t i = 0; i < images; ++i) {
      float* const to = scratch.images.data() + i * windows_.numbers;
      if (!windows_.are_copied) {
        Spread(in.row(row + i), input(), padded_, to);
        continue;
      }
      scratch.padded.resize(static_cast<size_t>(padded_.numbers()));
      Spread(in.row(row + i), input(), padded_, scratch.padded.data());
      CopyWindows(scratch.padded.data(), to);
    }
    return scratch.images.data();
  }

  void CopyWindows(const float* padded, float* to) const {
    const int64_t step = options_.stride * padded_.channels, length = options_.kernel * padded_.channels;
    for (int64_t y = 0; y < convolved_.height; ++y) {
      for (int64_t x = 0; x < convolved_.width; ++x) {
        const float* from = padded + y * step * padded_.width + x * step;
        for (int64_t i = 0; i < options_.kernel; ++i, from += padded_.width * padded_.channels, to += length) {
          for (int64_t n = 0; n < length; ++n) to[n] = from[n];
        }
      }
    }
  }

  void Convolve(const float* windows, float* out) const {
    const RowGrid grid{convolved_.height, convolved_.width, windows_.row_step, windows_.column_step};
    for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
      MultiplyRows(windows, grid, windows_.groups, layout_.panel(weights_, panel), layout_.width(panel),
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

  // `largest`: where to keep which place of its pool each comes from, the first of equals; null: nowhere.
  void Pool(const float* convolved, float* out, int32_t* largest) const {
    ForEachPooled([&](int64_t pooled, int64_t corner) {
      const float* const from = convolved + corner * convolved_.pixel_stride;
      float* const to = out + pooled * output().pixel_stride;
      std::copy_n(from, lanes_, to);
      if (largest == nullptr) {
        for (int64_t place = 1; place < options_.pool * options_.pool; ++place) {
          const float* const other = from + Place(place);
          for (int64_t c = 0; c < lanes_; ++c) to[c] = other[c] > to[c] ? other[c] : to[c];
        }
        return;
      }
      int32_t* const which = largest + pooled * output().pixel_stride;
      std::fill_n(which, lanes_, 0);
      for (int32_t place = 1; place < options_.pool * options_.pool; ++place) {
        const float* const other = from + Place(place);
        for (int64_t c = 0; c < lanes_; ++c) {
          const bool larger = other[c] > to[c];
          which[c] = larger ? place : which[c];
          to[c] = larger ? other[c] : to[c];
        }
      }
    });
  }

  // Gradients of some images' outputs before the pool.
  const float* Unpooled(const Batch& out_gradient, int64_t row, int64_t images, Scratch& scratch) const {
    if (options_.pool == 1) return out_gradient.row(row);
    const int64_t numbers = convolved_.row_stride();
    scratch.convolved.resize(static_cast<size_t>(kImagesTogether * numbers));
    const bool covered = convolved_.height % options_.pool == 0 && convolved_.width % options_.pool == 0;
    for (int64_t i = 0; i < images; ++i) {
      float* const unpooled = scratch.convolved.data() + i * numbers;
      if (!covered) std::fill_n(unpooled, numbers, 0.F);
      const float* const gradient = out_gradient.row(row + i);
      const int32_t* const largest = largest_.data() + (row + i) * output().row_stride();
      ForEachPooled([&](int64_t pooled, int64_t corner) {
        const float* const from = gradient + pooled * output().pixel_stride;
        const int32_t* const which = largest + pooled * output().pixel_stride;
        for (int32_t place = 0; place < options_.pool * options_.pool; ++place) {
          float* const to = unpooled + corner * convolved_.pixel_stride + Place(place);
          for (int64_t c = 0; c < lanes_; ++c) to[c] = which[c] == place ? from[c] : 0;
        }
      });
    }
    return scratch.convolved.data();
  }

  // `images` of them, one behind the other: their windows, and the gradients of their outputs.
  void AddWeightGradients(const float* windows, const float* gradient, int64_t images, float* gradients) const {
    const GridSteps steps{convolved_.height,
                          convolved_.width,
                          windows_.row_step,
                          windows_.column_step,
                          convolved_.width * convolved_.pixel_stride,
                          convolved_.pixel_stride,
                          images,
                          windows_.numbers,
                          convolved_.row_stride()};
    for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
      const int64_t width = layout_.width(panel);
      float* const to = layout_.panel(gradients, panel);
      for (int64_t window_row = 0; window_row < windows_.rows; ++window_row) {
        for (int64_t i = 0; i < windows_.row_length; i += kPanelRows) {
          AddOuterProducts(windows + window_row * windows_.row_distance + i,
                           std::min(kPanelRows, windows_.row_length - i), gradient + panel * kPanelWidth, width, steps,
                           to + (window_row * windows_.row_length + i) * width);
        }
      }
    }
    float* const biases = layout_.biases(gradients);
    for (int64_t pixel = 0; pixel < images * convolved_.pixels(); ++pixel) {
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
    scratch.spread.resize(static_cast<size_t>(spread_.numbers()));
    Spread(gradient, convolved_, spread_, scratch.spread.data());
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
  const WindowLayout windows_;
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
