#include "cli/dot_plot.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parzen {
namespace {

constexpr size_t kDotsWide = 2;
constexpr size_t kDotsHigh = 4;
constexpr size_t kFewestColumns = 8;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Cover(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // The dot, of so many, that a value lies on; the middle one when all are equal.
  size_t Dot(double value, size_t dots) const {
    // Ends may be too far apart for a difference, or too near for half of one.
    const double width = high / 2 - low / 2;
    if (!(width > 0)) return dots / 2;
    const double share = (value / 2 - low / 2) / width;
    return static_cast<size_t>(std::llround(share * static_cast<double>(dots - 1)));
  }
};

// Characters of braille: the dots that are set of each, and whose they are.
class Canvas {
 public:
  Canvas(size_t columns, size_t rows) : columns_(columns), dots_(columns * rows), owner_(columns * rows) {}

  // From the left and from the top.
  void Set(size_t x, size_t y, size_t owner) {
    // Unicode numbers the six upper dots by columns, and the two lowest after them.
    constexpr unsigned kBits[kDotsHigh][kDotsWide] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    const size_t at = y / kDotsHigh * columns_ + x / kDotsWide;
    dots_[at] |= kBits[y % kDotsHigh][x % kDotsWide];
    owner_[at] = owner;
  }

  std::string Row(size_t row, const std::vector<DotSeries>& series) const {
    size_t end = columns_;
    while (end > 0 && dots_[row * columns_ + end - 1] == 0) --end;
    std::string text, colour;
    for (size_t column = 0; column < end; ++column) {
      const size_t at = row * columns_ + column;
      const std::string& wanted = dots_[at] == 0 ? colour : series[owner_[at]].colour;
      if (wanted != colour) absl::StrAppend(&text, wanted.empty() ? "\x1b[0m" : wanted);
      colour = wanted;
      if (dots_[at] == 0) {
        text += ' ';
      } else {
        // U+2800 and the dots, as UTF-8.
        text += {'\xe2', static_cast<char>(0xa0 | dots_[at] >> 6), static_cast<char>(0x80 | (dots_[at] & 0x3f))};
      }
    }
    return colour.empty() ? text : absl::StrCat(text, "\x1b[0m");
  }

 private:
  const size_t columns_;
  std::vector<unsigned> dots_;
  std::vector<size_t> owner_;
};

// Four digits of a fraction, all of a whole number that is not too long.
std::string Label(double number) {
  const bool is_whole = std::abs(number) < 1e9 && number == std::trunc(number);
  return is_whole ? absl::StrFormat("%.0f", number) : absl::StrFormat("%.4g", number);
}

}  // namespace

std::string DotPlot(const std::vector<DotSeries>& series, const DotPlotSize& size) {
  Range x, y;
  for (const DotSeries& one : series) {
    for (const auto& [at_x, at_y] : one.points) {
      x.Cover(at_x);
      y.Cover(at_y);
    }
  }
  if (!(x.low <= x.high) || size.rows == 0) return "";
  const std::string top = Label(y.high), bottom = Label(y.low);
  const size_t margin = std::max(top.size(), bottom.size()) + 1;
  const size_t columns = std::max(size.columns > margin ? size.columns - margin : 0, kFewestColumns);
  const size_t wide = columns * kDotsWide, high = size.rows * kDotsHigh;

  Canvas canvas(columns, size.rows);
  for (size_t i = 0; i < series.size(); ++i) {
    std::optional<std::pair<size_t, size_t>> last;
    const auto to = [&](size_t dot_x, size_t dot_y) {
      if (series[i].is_line && last.has_value()) {
        for (size_t step = last->first; step < dot_x; ++step) canvas.Set(step, last->second, i);
        for (size_t step = std::min(last->second, dot_y); step <= std::max(last->second, dot_y); ++step) {
          canvas.Set(dot_x, step, i);
        }
      }
      canvas.Set(dot_x, dot_y, i);
      last = {dot_x, dot_y};
    };
    for (const auto& [at_x, at_y] : series[i].points) to(x.Dot(at_x, wide), high - 1 - y.Dot(at_y, high));
    // A line goes on to the right.
    if (series[i].is_line && last.has_value()) to(wide - 1, last->second);
  }

  std::string text;
  for (size_t row = 0; row < size.rows; ++row) {
    const std::string label = row == 0 ? top : row + 1 == size.rows ? bottom : "";
    std::string line = absl::StrCat(label, std::string(margin - label.size(), ' '), canvas.Row(row, series));
    while (!line.empty() && line.back() == ' ') line.pop_back();
    absl::StrAppend(&text, line, "\n");
  }
  const std::string left = Label(x.low), right = Label(x.high);
  const size_t gap = columns > left.size() + right.size() ? columns - left.size() - right.size() : 1;
  absl::StrAppend(&text, std::string(margin, ' '), left);
  if (x.low < x.high) absl::StrAppend(&text, std::string(gap, ' '), right);
  return absl::StrCat(text, "\n");
}

}  // namespace parzen
