// Points and lines over two axes as braille characters, two dots wide and four high. Pure functions; threads: any.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace parzen {

// Points in the order of x, finite.
struct DotSeries {
  std::vector<std::pair<double, double>> points;
  bool is_line = false;     // joined: keeps its value until the next point, as the best so far does
  std::string colour = "";  // a terminal's, "\x1b[36m"; empty: none
};

struct DotPlotSize {
  size_t columns = 80;  // of a line, the labels of the axis included
  size_t rows = 10;
};

// One line a row of characters, the largest and the smallest y beside the first and the last, and the ends of x below.
// A series covers those before it. Empty without points.
//
//   0.973 ⠀⠀⠀⣀⡠⠤⠒⠒⠒⠒⠉
//         ⠀⡠⠊
//   0.81  ⠁
//         0        39
std::string DotPlot(const std::vector<DotSeries>& series, const DotPlotSize& size);

}  // namespace parzen
