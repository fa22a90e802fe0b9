#include "worker/datasets/digit_painter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "worker/datasets/digit_glyphs.h"

namespace parzen {
namespace {

// How much writers differ. Chosen so that a default random forest gets about .936 of 2,000 test images right after
// 10,000 training images, a forest of depth 6 about .85 and a single tree about .75: there is room for hyperparameters
// to matter.
constexpr double kKnotJitter = .035;  // standard deviation, in glyph boxes
constexpr double kRotation = .12;     // standard deviation, in radians
constexpr double kSlant = .17;        // standard deviation of the shear
constexpr double kHeightMin = 16.5;   // pixels
constexpr double kHeightMax = 20.5;
constexpr double kAspectMin = .62;  // width of the glyph's box in heights
constexpr double kAspectMax = 1.02;
constexpr double kShift = 1.05;        // standard deviation of the centre, in pixels
constexpr double kElasticity = .9;     // standard deviation of the distortion's control points, in pixels
constexpr double kPenRadiusMin = .75;  // pixels
constexpr double kPenRadiusMax = 1.75;
constexpr double kPressure = .18;  // how far the radius swings along a stroke, as a share of it
constexpr double kInkMin = 170;    // grey levels
constexpr double kInkMax = 255;
constexpr double kNoise = 16;  // grey levels, standard deviation

constexpr int kSamplesPerSpan = 6;

struct Dot {
  Point at;
  float radius;
};

// A smooth random displacement of the image plane: a uniform cubic B-spline over a coarse grid of random vectors.
class ElasticField {
 public:
  explicit ElasticField(RandomStream& stream) {
    for (Point& control : controls_) {
      control.x = static_cast<float>(kElasticity * stream.Normal());
      control.y = static_cast<float>(kElasticity * stream.Normal());
    }
  }

  Point Displaced(Point p) const {
    const Basis across(p.x), down(p.y);
    Point moved = p;
    for (int i = 0; i < 4; ++i) {
      for (int j = 0; j < 4; ++j) {
        const auto control = static_cast<size_t>((down.first + i) * kControls + across.first + j);
        moved = moved + down.weight[i] * across.weight[j] * controls_[control];
      }
    }
    return moved;
  }

 private:
  static constexpr int kControls = 7;                                     // along each axis
  static constexpr float kSpacing = float{kDigitSide} / (kControls - 3);  // pixels between them

  // The four control points around a coordinate, and their weights.
  struct Basis {
    explicit Basis(float coordinate) {
      const float u = std::clamp(coordinate / kSpacing, 0.f, kControls - 3 - 1e-3f);
      first = static_cast<int>(u);
      const float t = u - static_cast<float>(first), s = 1 - t;
      weight = {s * s * s / 6, (3 * t * t * t - 6 * t * t + 4) / 6, (3 * s * s * s - 6 * s * s + 4) / 6, t * t * t / 6};
    }
    int first;
    std::array<float, 4> weight;
  };

  std::array<Point, kControls * kControls> controls_;
};

// Maps a glyph's unit box into the image: aspect, slant, rotation, size, place.
class Placement {
 public:
  explicit Placement(RandomStream& stream) {
    const double height = stream.Uniform(kHeightMin, kHeightMax);
    const double width = height * stream.Uniform(kAspectMin, kAspectMax);
    const double slant = kSlant * stream.Normal();
    const double angle = kRotation * stream.Normal();
    const double cosine = std::cos(angle), sine = std::sin(angle);
    xx_ = static_cast<float>(cosine * width);
    xy_ = static_cast<float>((-cosine * slant - sine) * height);
    yx_ = static_cast<float>(sine * width);
    yy_ = static_cast<float>((-sine * slant + cosine) * height);
    centre_.x = static_cast<float>(kDigitSide / 2. + kShift * stream.Normal());
    centre_.y = static_cast<float>(kDigitSide / 2. + kShift * stream.Normal());
  }

  Point operator()(Point p) const {
    const Point from_middle = p - Point{.5f, .5f};
    return centre_ + Point{xx_ * from_middle.x + xy_ * from_middle.y, yx_ * from_middle.x + yy_ * from_middle.y};
  }

 private:
  float xx_, xy_, yx_, yy_;
  Point centre_;
};

Stroke Jittered(Stroke stroke, RandomStream& stream) {
  for (Knot& knot : stroke) {
    knot.at.x += static_cast<float>(kKnotJitter * stream.Normal());
    knot.at.y += static_cast<float>(kKnotJitter * stream.Normal());
  }
  return stroke;
}

// The Catmull-Rom spline from b to c, where a and d are the neighbours.
Point Spline(Point a, Point b, Point c, Point d, float t) {
  const Point linear = c - a;
  const Point quadratic = 2 * a - 5 * b + 4 * c - d;
  const Point cubic = 3 * b - a - 3 * c + d;
  return .5f * (2 * b + t * (linear + t * (quadratic + t * cubic)));
}

// Points along the stroke. At corners and ends the curve has no neighbour beyond, so the knot stands for it.
std::vector<Point> Sampled(const Stroke& stroke) {
  std::vector<Point> points = {stroke[0].at};
  for (size_t k = 0; k + 1 < stroke.size(); ++k) {
    const Knot& from = stroke[k];
    const Knot& to = stroke[k + 1];
    const Point before = k == 0 || from.corner ? from.at : stroke[k - 1].at;
    const Point after = k + 2 == stroke.size() || to.corner ? to.at : stroke[k + 2].at;
    for (int sample = 1; sample <= kSamplesPerSpan; ++sample) {
      const float t = static_cast<float>(sample) / kSamplesPerSpan;
      points.push_back(Spline(before, from.at, to.at, after, t));
    }
  }
  return points;
}

// The canvas holds ink from 0 to 1 while strokes are drawn; a pixel's ink is that of the nearest stroke.
class Canvas {
 public:
  // A segment whose pen radius goes from from.radius to to.radius, its edge softened over one pixel.
  void DrawSegment(const Dot& from, const Dot& to) {
    const float reach = std::max(from.radius, to.radius) + 1;
    const auto [left, right] = PixelRange(std::min(from.at.x, to.at.x) - reach, std::max(from.at.x, to.at.x) + reach);
    const auto [top, bottom] = PixelRange(std::min(from.at.y, to.at.y) - reach, std::max(from.at.y, to.at.y) + reach);
    const Point along = to.at - from.at;
    const float length2 = std::max(along.x * along.x + along.y * along.y, 1e-12f);
    for (int y = top; y < bottom; ++y) {
      for (int x = left; x < right; ++x) {
        const Point offset = Point{static_cast<float>(x) + .5f, static_cast<float>(y) + .5f} - from.at;
        const float t = std::clamp((offset.x * along.x + offset.y * along.y) / length2, 0.f, 1.f);
        const Point gap = offset - t * along;
        const float radius = from.radius + t * (to.radius - from.radius);
        const float ink = std::clamp(radius + .5f - std::sqrt(gap.x * gap.x + gap.y * gap.y), 0.f, 1.f);
        float& pixel = ink_[static_cast<size_t>(y * kDigitSide + x)];
        pixel = std::max(pixel, ink);
      }
    }
  }

  const std::array<float, kDigitPixels>& ink() const { return ink_; }

 private:
  struct Range {
    int begin, end;
  };
  static Range PixelRange(float low, float high) {
    return {static_cast<int>(std::clamp(std::floor(low), 0.f, float{kDigitSide})),
            static_cast<int>(std::clamp(std::ceil(high), 0.f, float{kDigitSide}))};
  }

  std::array<float, kDigitPixels> ink_ = {};
};

// Two draws from a bell-shaped distribution of standard deviation 1: sums of four bytes.
std::array<double, 2> NoisePair(RandomStream& stream) {
  constexpr double kMean = 4 * 127.5;
  const double deviation = std::sqrt(4 * (256. * 256 - 1) / 12);
  const uint64_t bytes = stream();
  std::array<int, 2> sum = {};
  for (int b = 0; b < 8; ++b) sum[static_cast<size_t>(b / 4)] += static_cast<int>(bytes >> (8 * b) & 0xff);
  return {(sum[0] - kMean) / deviation, (sum[1] - kMean) / deviation};
}

void Develop(const Canvas& canvas, RandomStream& stream, absl::Span<float> pixels) {
  const double darkness = stream.Uniform(kInkMin, kInkMax);
  for (size_t p = 0; p < pixels.size(); p += 2) {
    const std::array<double, 2> noise = NoisePair(stream);
    for (size_t i = 0; i < 2; ++i) {
      const double grey = darkness * static_cast<double>(canvas.ink()[p + i]) + kNoise * noise[i];
      pixels[p + i] = static_cast<float>(std::clamp(std::floor(grey + .5), 0., 255.));
    }
  }
}

}  // namespace

void PaintDigit(int digit, RandomStream& stream, absl::Span<float> pixels) {
  const absl::Span<const Glyph> glyphs = GlyphsOf(digit);
  const Glyph& glyph = glyphs[stream.Below(glyphs.size())];
  const Placement place(stream);
  const ElasticField elastic(stream);
  const double pen = stream.Uniform(kPenRadiusMin, kPenRadiusMax);
  Canvas canvas;
  for (const Stroke& stroke : glyph) {
    const std::vector<Point> path = Sampled(Jittered(stroke, stream));
    const double start_pressure = kPressure * stream.Normal(), end_pressure = kPressure * stream.Normal();
    std::vector<Dot> dots;
    for (size_t i = 0; i < path.size(); ++i) {
      const double t = static_cast<double>(i) / static_cast<double>(path.size() - 1);
      const double radius = pen * (1 + start_pressure + t * (end_pressure - start_pressure));
      dots.push_back({elastic.Displaced(place(path[i])), static_cast<float>(std::max(radius, .4))});
    }
    for (size_t i = 0; i + 1 < dots.size(); ++i) canvas.DrawSegment(dots[i], dots[i + 1]);
  }
  Develop(canvas, stream, pixels);
}

}  // namespace parzen
