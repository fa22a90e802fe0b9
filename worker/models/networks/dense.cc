// A fully connected layer. Work is cut into panels of outputs and blocks of rows: no sum is made of parts.
#include <algorithm>
#include <vector>

#include "tbb/parallel_for.h"
#include "worker/models/networks/layers.h"
#include "worker/models/networks/panel_weights.h"

namespace parzen {
namespace {

// Of a task: rows of inputs that fit into the second-level cache, and inputs whose gradients do.
constexpr int64_t kRowsPerTask = 48;
constexpr int64_t kInputsPerTask = 192;

constexpr int64_t Blocks(int64_t count, int64_t size) { return (count + size - 1) / size; }

std::vector<Run> RunsOf(const Shape& shape) {
  if (shape.pixel_stride == shape.channels) return {{0, shape.values()}};
  std::vector<Run> runs;
  for (int64_t pixel = 0; pixel < shape.pixels(); ++pixel) {
    runs.push_back({pixel * shape.pixel_stride, shape.channels});
  }
  return runs;
}

class Dense : public Layer {
 public:
  Dense(const Shape& input, int64_t units)
      : Layer(input, LayerShape(1, 1, units)),
        layout_(input.values(), units, 1),
        runs_(RunsOf(input)),
        groups_(GroupRuns(runs_)),
        input_panels_(PanelCount(input.channels)),
        output_run_(GroupRuns({Run{0, units}})) {}

  int64_t weights() const override { return (layout_.inputs() + 1) * layout_.outputs(); }
  int64_t weight_numbers() const override { return layout_.numbers(); }
  void Bind(float* weights, float* gradients) override {
    weights_ = weights;
    gradients_ = gradients;
  }
  void ForEachWeight(const std::function<void(const Weight&)>& use) const override {
    layout_.ForEach(weights_, gradients_, use);
  }

  void Forward(const Batch& in, const Batch& out, const Pass&) override {
    const int64_t blocks = Blocks(in.rows, kRowsPerTask);
    tbb::parallel_for(int64_t{0}, layout_.panels() * blocks, [&](int64_t task) {
      const int64_t panel = task / blocks, first = task % blocks * kRowsPerTask, lane = panel * kPanelWidth;
      const RowGrid grid{std::min(kRowsPerTask, in.rows - first), 1, in.shape.row_stride(), 0};
      MultiplyRows(in.row(first), grid, groups_, layout_.panel(weights_, panel), layout_.width(panel),
                   layout_.biases(weights_) + lane, out.row(first) + lane, out.shape.row_stride());
    });
  }

  void Backward(const Batch& in, const Batch&, const Batch& out_gradient, const Batch* in_gradient) override {
    SetWeightGradients(in, out_gradient);
    if (in_gradient == nullptr) return;
    TransposeWeights();
    SetInputGradients(out_gradient, *in_gradient);
  }

 private:
  void SetWeightGradients(const Batch& in, const Batch& out_gradient) {
    const int64_t blocks = Blocks(layout_.inputs(), kInputsPerTask);
    tbb::parallel_for(int64_t{0}, layout_.panels() * blocks, [&](int64_t task) {
      const int64_t panel = task / blocks, width = layout_.width(panel), first = task % blocks * kInputsPerTask;
      const int64_t end = std::min(first + kInputsPerTask, layout_.inputs());
      const float* const right = out_gradient.values + panel * kPanelWidth;
      const GridSteps steps{1, in.rows, 0, in.shape.row_stride(), 0, out_gradient.shape.row_stride()};
      float* const gradients = layout_.panel(gradients_, panel);
      std::fill(gradients + first * width, gradients + end * width, 0.F);
      for (int64_t input = first; input < end;) {
        const int64_t pixel = runs_.size() == 1 ? 0 : input / input_channels(),
                      behind = input - pixel * input_channels();
        const int64_t count = std::min({kPanelRows, end - input, runs_[pixel].length - behind});
        AddOuterProducts(in.values + runs_[pixel].offset + behind, count, right, width, steps,
                         gradients + input * width);
        input += count;
      }
      if (first == 0) SetBiasGradients(out_gradient, panel * kPanelWidth, width);
    });
  }
  int64_t input_channels() const { return input().channels; }

  void SetBiasGradients(const Batch& out_gradient, int64_t lane, int64_t width) {
    float* const biases = layout_.biases(gradients_) + lane;
    std::fill(biases, biases + width, 0.F);
    for (int64_t row = 0; row < out_gradient.rows; ++row) {
      const float* const gradient = out_gradient.row(row) + lane;
      for (int64_t i = 0; i < width; ++i) biases[i] += gradient[i];
    }
  }

  // The weights as panels of a pixel's channels: outputs x channels, for each pixel.
  void TransposeWeights() {
    const int64_t outputs = layout_.outputs();
    transposed_.resize(static_cast<size_t>(input().pixels() * input_panels_ * kPanelWidth * outputs));
    tbb::parallel_for(int64_t{0}, input().pixels() * input_panels_, [&](int64_t task) {
      const int64_t pixel = task / input_panels_, lane = task % input_panels_ * kPanelWidth;
      const int64_t width = WidthOfPanel(task % input_panels_, input().channels);
      const int64_t count = std::min(kPanelWidth, input().channels - lane);
      float* const to = transposed_.data() + task * kPanelWidth * outputs;
      for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
        const int64_t from_width = layout_.width(panel),
                      from_count = std::min(from_width, outputs - panel * kPanelWidth);
        const float* const from = layout_.panel(weights_, panel) + (pixel * input().channels + lane) * from_width;
        for (int64_t o = 0; o < from_count; ++o) {
          float* const row = to + (panel * kPanelWidth + o) * width;
          for (int64_t i = 0; i < count; ++i) row[i] = from[i * from_width + o];
          for (int64_t i = count; i < width; ++i) row[i] = 0;
        }
      }
    });
  }

  void SetInputGradients(const Batch& out_gradient, const Batch& in_gradient) {
    static constexpr float kZeros[kPanelWidth] = {};
    const int64_t blocks = Blocks(out_gradient.rows, kRowsPerTask), panels = input().pixels() * input_panels_;
    tbb::parallel_for(int64_t{0}, panels * blocks, [&](int64_t task) {
      const int64_t panel = task / blocks, first = task % blocks * kRowsPerTask;
      const int64_t pixel = panel / input_panels_, lane = panel % input_panels_ * kPanelWidth;
      const RowGrid grid{std::min(kRowsPerTask, out_gradient.rows - first), 1, out_gradient.shape.row_stride(), 0};
      MultiplyRows(
          out_gradient.row(first), grid, output_run_, transposed_.data() + panel * kPanelWidth * layout_.outputs(),
          WidthOfPanel(panel % input_panels_, input().channels), kZeros,
          in_gradient.row(first) + pixel * in_gradient.shape.pixel_stride + lane, in_gradient.shape.row_stride());
    });
  }

  const PanelWeights layout_;
  const std::vector<Run> runs_;  // of the inputs: one, or one for each pixel
  const std::vector<RunGroup> groups_;
  const int64_t input_panels_;  // of each pixel
  const std::vector<RunGroup> output_run_;
  float* weights_ = nullptr;
  float* gradients_ = nullptr;
  std::vector<float> transposed_;
};

}  // namespace

std::unique_ptr<Layer> MakeDense(const Shape& input, int64_t units) { return std::make_unique<Dense>(input, units); }

}  // namespace parzen
