// Windows are read where they lie in the image with zeros around it, so that nothing is copied for each of them
// ("implicit" matrix products: Chetlur et al., 2014).
//
// The gradient of the inputs is again a convolution, of the outputs' gradients spread out by the stride, with the
// kernel turned round.
#include <algorithm>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/networks/convolution_method.h"
#include "worker/models/networks/image_windows.h"

namespace parzen {
namespace {

// A kernel's rows, one contiguous run each, in an image without space between its pixels.
std::vector<RunGroup> KernelRuns(int64_t kernel, int64_t image_width, int64_t channels) {
  std::vector<Run> runs;
  for (int64_t i = 0; i < kernel; ++i) runs.push_back({i * image_width * channels, kernel * channels});
  return GroupRuns(runs);
}

class WindowConvolution : public ConvolutionMethod {
 public:
  explicit WindowConvolution(const ConvolutionShape& shape)
      : shape_(shape),
        layout_(shape.weights()),
        padded_{shape.input.height + 2 * shape.padding,
                shape.input.width + 2 * shape.padding,
                shape.input.channels,
                shape.padding,
                shape.padding,
                1},
        groups_(KernelRuns(shape.kernel, padded_.width, padded_.channels)),
        spread_{shape.input.height + shape.kernel - 1, shape.input.width + shape.kernel - 1, shape.output.channels,
                shape.kernel - 1 - shape.padding,      shape.kernel - 1 - shape.padding,     shape.stride},
        turned_groups_(KernelRuns(shape.kernel, spread_.width, spread_.channels)) {}

  void SetWeights(float* weights) override { weights_ = weights; }
  void SetTurnedWeights() override { TurnWeights(shape_, weights_, turned_); }
  int64_t sums() const override { return layout_.inputs() * PaddedToPanels(layout_.outputs()); }
  void SetGradients(const float* sums, float* gradients) const override { std::copy_n(sums, this->sums(), gradients); }

  void Convolve(const float* in, int64_t images, float* out) override {
    const int64_t step = shape_.stride * padded_.channels;
    const RowGrid grid{shape_.output.height, shape_.output.width, step * padded_.width, step};
    for (int64_t i = 0; i < images; ++i, in += shape_.input.row_stride(), out += shape_.output.row_stride()) {
      const float* const image = Padded(in);
      for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
        MultiplyRows(image, grid, groups_, layout_.panel(weights_, panel), layout_.width(panel),
                     layout_.biases(weights_) + panel * kPanelWidth, out + panel * kPanelWidth,
                     shape_.output.pixel_stride);
      }
    }
  }

  void AddGradients(const float* in, const float* out_gradient, int64_t images, float* sums) override {
    const int64_t step = shape_.stride * padded_.channels, run = shape_.kernel * padded_.channels;
    const GridSteps steps{shape_.output.height,
                          shape_.output.width,
                          step * padded_.width,
                          step,
                          shape_.output.width * shape_.output.pixel_stride,
                          shape_.output.pixel_stride};
    for (int64_t i = 0; i < images; ++i, in += shape_.input.row_stride(), out_gradient += shape_.output.row_stride()) {
      const float* const image = Padded(in);
      for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
        const int64_t width = layout_.width(panel);
        float* const to = layout_.panel(sums, panel);
        for (int64_t kernel_row = 0; kernel_row < shape_.kernel; ++kernel_row) {
          for (int64_t input = 0; input < run; input += kPanelRows) {
            AddOuterProducts(image + kernel_row * padded_.width * padded_.channels + input,
                             std::min(kPanelRows, run - input), out_gradient + panel * kPanelWidth, width, steps,
                             to + (kernel_row * run + input) * width);
          }
        }
      }
    }
  }

  void SetInputGradients(const float* out_gradient, int64_t images, float* in_gradient) override {
    static constexpr float kZeros[kPanelWidth] = {};
    const Shape &input = shape_.input, &output = shape_.output;
    const RowGrid grid{input.height, input.width, spread_.width * spread_.channels, spread_.channels};
    const int64_t inputs = shape_.kernel * shape_.kernel * output.channels;
    std::vector<float>& spread = scratches_.local().spread;
    for (int64_t i = 0; i < images; ++i, out_gradient += output.row_stride(), in_gradient += input.row_stride()) {
      Spread(out_gradient, output, spread_, spread);
      for (int64_t panel = 0; panel < PanelCount(input.channels); ++panel) {
        MultiplyRows(spread.data(), grid, turned_groups_, turned_.data() + panel * kPanelWidth * inputs,
                     WidthOfPanel(panel, input.channels), kZeros, in_gradient + panel * kPanelWidth,
                     input.pixel_stride);
      }
    }
  }

 private:
  struct Scratch {
    std::vector<float> padded;  // the input image with zeros around it
    std::vector<float> spread;  // gradients of outputs with zeros around and between them
  };

  // The image as kernels read it; where it lies, when nothing has to be put around it.
  const float* Padded(const float* image) {
    if (shape_.padding == 0 && shape_.input.pixel_stride == shape_.input.channels) return image;
    std::vector<float>& padded = scratches_.local().padded;
    Spread(image, shape_.input, padded_, padded);
    return padded.data();
  }

  const ConvolutionShape shape_;
  const PanelWeights layout_;
  const SpreadImage padded_;
  const std::vector<RunGroup> groups_;
  const SpreadImage spread_;
  const std::vector<RunGroup> turned_groups_;
  float* weights_ = nullptr;
  Floats turned_;
  tbb::enumerable_thread_specific<Scratch> scratches_;
};

}  // namespace

std::unique_ptr<ConvolutionMethod> MakeWindowConvolution(const ConvolutionShape& shape) {
  return std::make_unique<WindowConvolution>(shape);
}

void TurnWeights(const ConvolutionShape& shape, float* weights, Floats& turned) {
  const PanelWeights layout = shape.weights();
  const int64_t places = shape.kernel * shape.kernel, channels = shape.input.channels, outputs = shape.output.channels;
  turned.resize(static_cast<size_t>(PaddedToPanels(channels) * places * outputs));
  tbb::parallel_for(int64_t{0}, PanelCount(channels), [&](int64_t panel) {
    const int64_t width = WidthOfPanel(panel, channels);
    float* to = turned.data() + panel * kPanelWidth * places * outputs;
    for (int64_t place = places - 1; place >= 0; --place) {
      for (int64_t output = 0; output < outputs; ++output, to += width) {
        for (int64_t lane = 0; lane < width; ++lane) {
          const int64_t channel = panel * kPanelWidth + lane;
          to[lane] = channel < channels ? layout.at(weights, place * channels + channel, output) : 0;
        }
      }
    }
  });
}

}  // namespace parzen
