#include "cli/work_line.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/progress.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

constexpr absl::Duration kQuick = absl::Seconds(1);
constexpr absl::Duration kBetween = absl::Milliseconds(100);

}  // namespace

std::string WorkLineText(const std::string& what, double share, absl::Duration elapsed) {
  constexpr int kCells = 20;
  const double done = std::clamp(share, 0.0, 1.0);
  const int full = static_cast<int>(done * kCells);
  std::string text = absl::StrCat(what, "  [", std::string(full, '#'), std::string(kCells - full, '-'), "] ",
                                  static_cast<int>(done * 100), "%");
  if (done > 0) absl::StrAppend(&text, "  ETA ", ClockText(absl::ToDoubleSeconds(elapsed) * (1 - done) / done));
  return text;
}

WorkLine::WorkLine(FILE* stream, bool shows, std::string what, absl::Duration start)
    : stream_(stream), shows_(shows), what_(std::move(what)), start_(start), next_(start + kQuick) {}

WorkLine::~WorkLine() {
  if (!drawn_) return;
  std::fputs("\r\x1b[K", stream_);
  std::fflush(stream_);
}

void WorkLine::Show(double share, absl::Duration now) {
  if (!shows_ || now < next_) return;
  next_ = now + kBetween;
  drawn_ = true;
  const size_t columns = std::max<size_t>(TerminalColumns(fileno(stream_)), 2) - 1;  // no wrap at the edge
  std::fputs(absl::StrCat("\r\x1b[K", FitColumns(WorkLineText(what_, share, now - start_), columns)).c_str(), stream_);
  std::fflush(stream_);
}

}  // namespace parzen
