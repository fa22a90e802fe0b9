// Winograd's minimal filtering F(2x2, 3x3). A tile of 2 x 2 outputs depends on 4 x 4 inputs d and on a kernel g of 3 x
// 3:
//
//   outputs = A' [(G g G') * (B' d B)] A        (*: number by number; ': transposed; the matrices below)
//
// The transformed tiles of some images are 16 planes of tiles x channels, the transformed kernels 16 matrices of inputs
// x outputs: 16 products of matrices. Gradients are those of this formula: of the weights G' [(A dy A') * (B' d B)] G,
// summed over tiles between the brackets, and of the inputs the same convolution of dy with the kernel turned round.
//
// Transformed numbers are sums of up to 16: errors are a few times those of a plain sum.
#include <immintrin.h>

#include <algorithm>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/networks/convolution_method.h"
#include "worker/models/networks/image_windows.h"

namespace parzen {
namespace {

constexpr int64_t kKernel = 3;
constexpr int64_t kTile = 2;                      // outputs, in each direction
constexpr int64_t kWindow = kTile + kKernel - 1;  // inputs
constexpr int64_t kPlanes = kWindow * kWindow;
// So many tiles are enough for the kernels of matrix products to run at full speed.
constexpr int64_t kTilesAtOnce = 48;
// With fewer channels transforms cost more than they save.
constexpr int64_t kFewChannels = 16;
// Products of the plain sum for each of ours, at least: tiles may lie mostly outside of a small image.
constexpr double kSaved = 1.4;

using Packet = __m256;  // of channels
constexpr int64_t kPacket = 8;

Packet Load(const float* from) { return _mm256_loadu_ps(from); }
void Store(float* to, Packet packet) { _mm256_storeu_ps(to, packet); }

// The four transforms of a vector. Each is used on the columns, then on the rows.
// B': of inputs.
void TransformInputs(const Packet (&in)[4], Packet (&out)[4]) {
  out[0] = in[0] - in[2];
  out[1] = in[1] + in[2];
  out[2] = in[2] - in[1];
  out[3] = in[1] - in[3];
}
// A': to outputs.
void TransformProducts(const Packet (&in)[4], Packet (&out)[2]) {
  out[0] = in[0] + in[1] + in[2];
  out[1] = in[1] - in[2] - in[3];
}
// A: of gradients of outputs.
void TransformGradients(const Packet (&in)[2], Packet (&out)[4]) {
  out[0] = in[0];
  out[1] = in[0] + in[1];
  out[2] = in[0] - in[1];
  out[3] = -in[1];
}
// G: of weights.
void TransformWeights(const Packet (&in)[3], Packet (&out)[4]) {
  const Packet half = _mm256_set1_ps(0.5F), outer = in[0] + in[2];
  out[0] = in[0];
  out[1] = half * (outer + in[1]);
  out[2] = half * (outer - in[1]);
  out[3] = in[2];
}
// G': to gradients of weights.
void TransformSums(const Packet (&in)[4], Packet (&out)[3]) {
  const Packet half = _mm256_set1_ps(0.5F), sum = in[1] + in[2], difference = in[1] - in[2];
  out[0] = in[0] + half * sum;
  out[1] = half * difference;
  out[2] = half * sum + in[3];
}

// out = T in T', for the T of a transform of kIn numbers to kOut. `load(i, j)` gives in, `store(i, j, packet)` takes
// out.
template <int kIn, int kOut, void (*kTransform)(const Packet (&)[kIn], Packet (&)[kOut]), typename Load, typename Store>
void TransformSquare(const Load& load, const Store& store) {
  Packet columns[kIn][kOut];
#pragma GCC unroll 4
  for (int j = 0; j < kIn; ++j) {
    Packet column[kIn];
#pragma GCC unroll 4
    for (int i = 0; i < kIn; ++i) column[i] = load(i, j);
    kTransform(column, columns[j]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < kOut; ++i) {
    Packet row[kIn], out[kOut];
#pragma GCC unroll 4
    for (int j = 0; j < kIn; ++j) row[j] = columns[j][i];
    kTransform(row, out);
#pragma GCC unroll 4
    for (int j = 0; j < kOut; ++j) store(i, j, out[j]);
  }
}

// Sixteen matrices of rows x lanes.
struct Planes {
  // Planes a power of two apart would share a few sets of the cache.
  static constexpr int64_t kGap = 16;

  void Resize(int64_t rows, int64_t lanes) {
    distance = rows * lanes + kGap;
    numbers.resize(std::max(numbers.size(), static_cast<size_t>(kPlanes * distance)));
  }
  float* plane(int64_t i) { return numbers.data() + i * distance; }

  Floats numbers;
  int64_t distance = 0;
};

// Images of a shape, cut into tiles of 2 x 2. What lies outside of the image is 0, and is dropped.
struct Tiles {
  explicit Tiles(const Shape& shape)
      : shape(shape), rows((shape.height + kTile - 1) / kTile), columns((shape.width + kTile - 1) / kTile) {}

  int64_t count() const { return rows * columns; }
  int64_t lanes() const { return PaddedToPanels(shape.channels); }

  // Calls use(tile, pixels), with the places of the tile's four pixels in an image, -1 outside.
  template <typename Use>
  void ForEach(const Use& use) const {
    for (int64_t row = 0; row < rows; ++row) {
      for (int64_t column = 0; column < columns; ++column) {
        int64_t pixels[kTile][kTile];
        for (int64_t i = 0; i < kTile; ++i) {
          for (int64_t j = 0; j < kTile; ++j) {
            const int64_t y = row * kTile + i, x = column * kTile + j;
            pixels[i][j] = y < shape.height && x < shape.width ? (y * shape.width + x) * shape.pixel_stride : -1;
          }
        }
        use(row * columns + column, pixels);
      }
    }
  }

  Shape shape;
  int64_t rows, columns;
};

struct Scratch {
  std::vector<float> padded;  // an image with zeros around it
  Planes windows;             // transformed inputs, tiles x channels
  Planes tiles;               // products, or transformed gradients of outputs, tiles x channels
};

// A convolution by kernels that have been transformed, with `padding` zeros above and to the left of images, and as
// many below and to the right as the outputs take; negative: so many of their pixels are left out.
class TransformedConvolution {
 public:
  TransformedConvolution(const Shape& in, const Shape& out, int64_t padding)
      : in_(in),
        tiles_(out),
        in_lanes_(PaddedToPanels(in.channels)),
        padded_{
            tiles_.rows * kTile + kKernel - 1, tiles_.columns * kTile + kKernel - 1, in_lanes_, padding, padding, 1},
        runs_(GroupRuns({Run{0, in.channels}})) {}

  const Tiles& tiles() const { return tiles_; }
  int64_t in_lanes() const { return in_lanes_; }
  // Numbers of one of the sixteen matrices.
  int64_t matrix() const { return in_.channels * tiles_.lanes(); }

  // Kernels laid out as PanelWeights, without biases.
  void SetWeights(const float* weights) {
    transformed_.resize(static_cast<size_t>(kPlanes * matrix()));
    tbb::parallel_for(int64_t{0}, PanelCount(tiles_.shape.channels), [&](int64_t panel) {
      const int64_t numbers = in_.channels * WidthOfPanel(panel, tiles_.shape.channels);
      const float* const from = weights + panel * kPanelWidth * in_.channels * kKernel * kKernel;
      float* const to = transformed_.data() + panel * kPanelWidth * in_.channels;
      for (int64_t n = 0; n < numbers; n += kPacket) {
        TransformSquare<3, 4, TransformWeights>(
            [&](int i, int j) { return Load(from + (i * kKernel + j) * numbers + n); },
            [&](int i, int j, Packet packet) { Store(to + (i * kWindow + j) * matrix() + n, packet); });
      }
    });
  }

  // Transformed windows of all tiles of the images.
  void SetWindows(const float* in, int64_t images, Scratch& scratch) const {
    const int64_t row = padded_.width * in_lanes_;
    scratch.windows.Resize(images * tiles_.count(), in_lanes_);
    float* to = scratch.windows.plane(0);
    const int64_t distance = scratch.windows.distance;
    for (int64_t image = 0; image < images; ++image) {
      Spread(in + image * in_.row_stride(), in_, padded_, scratch.padded);
      for (int64_t tile = 0; tile < tiles_.count(); ++tile, to += in_lanes_) {
        const float* const corner =
            scratch.padded.data() + tile / tiles_.columns * kTile * row + tile % tiles_.columns * kTile * in_lanes_;
        for (int64_t c = 0; c < in_lanes_; c += kPacket) {
          TransformSquare<4, 4, TransformInputs>(
              [&](int i, int j) { return Load(corner + i * row + j * in_lanes_ + c); },
              [&](int i, int j, Packet packet) { Store(to + (i * kWindow + j) * distance + c, packet); });
        }
      }
    }
  }

  // `biases`: as many as there are lanes.
  void Convolve(const float* in, int64_t images, const float* biases, float* out, Scratch& scratch) const {
    SetWindows(in, images, scratch);
    scratch.tiles.Resize(images * tiles_.count(), tiles_.lanes());
    static constexpr float kZeros[kPanelWidth] = {};
    const RowGrid rows{1, images * tiles_.count(), 0, in_lanes_};
    for (int64_t plane = 0; plane < kPlanes; ++plane) {
      for (int64_t panel = 0; panel < PanelCount(tiles_.shape.channels); ++panel) {
        MultiplyRows(scratch.windows.plane(plane), rows, runs_,
                     transformed_.data() + plane * matrix() + panel * kPanelWidth * in_.channels,
                     WidthOfPanel(panel, tiles_.shape.channels), kZeros,
                     scratch.tiles.plane(plane) + panel * kPanelWidth, tiles_.lanes());
      }
    }
    const int64_t distance = scratch.tiles.distance;
    for (int64_t image = 0; image < images; ++image, out += tiles_.shape.row_stride()) {
      tiles_.ForEach([&](int64_t tile, const int64_t(&pixels)[kTile][kTile]) {
        const float* const from = scratch.tiles.plane(0) + (image * tiles_.count() + tile) * tiles_.lanes();
        for (int64_t c = 0; c < tiles_.lanes(); c += kPacket) {
          const Packet bias = Load(biases + c);
          TransformSquare<4, 2, TransformProducts>(
              [&](int i, int j) { return Load(from + (i * kWindow + j) * distance + c); },
              [&](int i, int j, Packet packet) {
                if (pixels[i][j] >= 0) Store(out + pixels[i][j] + c, packet + bias);
              });
        }
      });
    }
  }

 private:
  const Shape in_;
  const Tiles tiles_;
  const int64_t in_lanes_;
  const SpreadImage padded_;
  const std::vector<RunGroup> runs_;
  Floats transformed_;
};

class WinogradConvolution : public ConvolutionMethod {
 public:
  explicit WinogradConvolution(const ConvolutionShape& shape)
      : shape_(shape),
        layout_(shape.weights()),
        forward_(shape.input, shape.output, shape.padding),
        backward_(shape.output, shape.input, kKernel - 1 - shape.padding),
        zeros_(static_cast<size_t>(forward_.in_lanes())) {}

  int64_t images() const override { return (kTilesAtOnce + forward_.tiles().count() - 1) / forward_.tiles().count(); }

  void SetWeights(float* weights) override {
    weights_ = weights;
    forward_.SetWeights(weights);
  }
  void SetTurnedWeights() override {
    TurnWeights(shape_, weights_, turned_);
    backward_.SetWeights(turned_.data());
  }

  void Convolve(const float* in, int64_t images, float* out) override {
    forward_.Convolve(in, images, layout_.biases(weights_), out, scratches_.local());
  }
  void SetInputGradients(const float* out_gradient, int64_t images, float* in_gradient) override {
    backward_.Convolve(out_gradient, images, zeros_.data(), in_gradient, scratches_.local());
  }

  int64_t sums() const override { return kPlanes * forward_.matrix(); }

  void AddGradients(const float* in, const float* out_gradient, int64_t images, float* sums) override {
    Scratch& scratch = scratches_.local();
    forward_.SetWindows(in, images, scratch);
    SetTransformedGradients(out_gradient, images, scratch.tiles);
    const int64_t in_lanes = forward_.in_lanes(), out_lanes = forward_.tiles().lanes();
    const GridSteps steps{1, images * forward_.tiles().count(), 0, in_lanes, 0, out_lanes};
    for (int64_t plane = 0; plane < kPlanes; ++plane) {
      for (int64_t panel = 0; panel < layout_.panels(); ++panel) {
        const int64_t width = layout_.width(panel);
        float* const to = sums + plane * forward_.matrix() + panel * kPanelWidth * shape_.input.channels;
        for (int64_t input = 0; input < shape_.input.channels; input += kPanelRows) {
          AddOuterProducts(scratch.windows.plane(plane) + input, std::min(kPanelRows, shape_.input.channels - input),
                           scratch.tiles.plane(plane) + panel * kPanelWidth, width, steps, to + input * width);
        }
      }
    }
  }

  void SetGradients(const float* sums, float* gradients) const override {
    tbb::parallel_for(int64_t{0}, layout_.panels(), [&](int64_t panel) {
      const int64_t numbers = shape_.input.channels * layout_.width(panel);
      const float* const from = sums + panel * kPanelWidth * shape_.input.channels;
      float* const to = layout_.panel(gradients, panel);
      for (int64_t n = 0; n < numbers; n += kPacket) {
        TransformSquare<4, 3, TransformSums>(
            [&](int i, int j) { return Load(from + (i * kWindow + j) * forward_.matrix() + n); },
            [&](int i, int j, Packet packet) { Store(to + (i * kKernel + j) * numbers + n, packet); });
      }
    });
  }

 private:
  void SetTransformedGradients(const float* out_gradient, int64_t images, Planes& to) const {
    const Tiles& tiles = forward_.tiles();
    to.Resize(images * tiles.count(), tiles.lanes());
    for (int64_t image = 0; image < images; ++image, out_gradient += shape_.output.row_stride()) {
      tiles.ForEach([&](int64_t tile, const int64_t(&pixels)[kTile][kTile]) {
        float* const first = to.plane(0) + (image * tiles.count() + tile) * tiles.lanes();
        for (int64_t c = 0; c < tiles.lanes(); c += kPacket) {
          TransformSquare<2, 4, TransformGradients>(
              [&](int i, int j) {
                return pixels[i][j] < 0 ? _mm256_setzero_ps() : Load(out_gradient + pixels[i][j] + c);
              },
              [&](int i, int j, Packet packet) { Store(first + (i * kWindow + j) * to.distance + c, packet); });
        }
      });
    }
  }

  const ConvolutionShape shape_;
  const PanelWeights layout_;
  TransformedConvolution forward_, backward_;
  const Floats zeros_;
  float* weights_ = nullptr;
  Floats turned_;
  tbb::enumerable_thread_specific<Scratch> scratches_;
};

}  // namespace

bool WinogradCan(const ConvolutionShape& shape) {
  return shape.kernel == kKernel && shape.stride == 1 &&
         shape.input.pixel_stride >= PaddedToPanels(shape.input.channels) &&
         shape.output.pixel_stride >= PaddedToPanels(shape.output.channels);
}

bool WinogradIsFaster(const ConvolutionShape& shape) {
  const Tiles tiles(shape.output);
  const double products_without = static_cast<double>(shape.output.pixels() * kKernel * kKernel);
  const double products = static_cast<double>(tiles.count() * kPlanes);
  return WinogradCan(shape) && std::min(shape.input.channels, shape.output.channels) >= kFewChannels &&
         products_without / products >= kSaved;
}

std::unique_ptr<ConvolutionMethod> MakeWinogradConvolution(const ConvolutionShape& shape) {
  return std::make_unique<WinogradConvolution>(shape);
}

}  // namespace parzen
