#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"

namespace parzen {
namespace {

std::string Bar(double share) {
  constexpr int kCells = 20;
  const int full = std::clamp(static_cast<int>(share * kCells), 0, kCells);
  return absl::StrCat("[", std::string(full, '#'), std::string(kCells - full, '-'), "] ");
}

}  // namespace

void Pace::Observe(int64_t finished, absl::Duration now) {
  if (!first_finished_) {
    first_finished_ = finished;
    first_time_ = now;
  }
  if (finished != finished_) last_time_ = now;
  finished_ = finished;
}

std::optional<double> Pace::SecondsPerTrial() const {
  if (!first_finished_ || finished_ <= *first_finished_) return std::nullopt;
  return absl::ToDoubleSeconds(last_time_ - first_time_) / static_cast<double>(finished_ - *first_finished_);
}

std::string ClockText(double seconds) {
  constexpr double kLongest = 359999;  // 99:59:59
  const int64_t whole = std::llround(std::clamp(seconds, 0.0, kLongest));
  const int64_t hours = whole / 3600;
  if (hours > 0) return absl::StrFormat("%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
  return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
}

std::string ProgressLine(const StudySummary& study, const Pace& pace, bool bar) {
  const int64_t finished = FinishedTrials(study);
  std::string line;
  if (study.budget() > 0) {
    if (bar) line += Bar(static_cast<double>(finished) / static_cast<double>(study.budget()));
    absl::StrAppend(&line, finished, "/", study.budget());
  } else {
    absl::StrAppend(&line, finished, " trials");
  }
  absl::StrAppend(&line, "  running ", study.running());
  if (study.pruned() > 0) absl::StrAppend(&line, "  pruned ", study.pruned());
  absl::StrAppend(&line, "  failed ", study.failed());
  if (study.has_best()) {
    absl::StrAppend(&line, "  best ", CellForPeople(BestValue(study)), " (trial ", study.best().number(), ")");
  }
  if (const std::optional<double> seconds = pace.SecondsPerTrial()) {
    absl::StrAppendFormat(&line, "  %.2g s/trial", *seconds);
    const int64_t left = study.budget() - finished;
    if (left > 0) absl::StrAppend(&line, "  ETA ", ClockText(*seconds * static_cast<double>(left)));
  }
  return line;
}

ProgressView::ProgressView(FILE* stream) : stream_(stream), terminal_(IsTerminal(fileno(stream))) {}

void ProgressView::Show(const StudySummary& study, absl::Duration now) {
  pace_.Observe(FinishedTrials(study), now);
  if (terminal_) return Redraw(study);
  const bool news = FinishedTrials(study) != last_printed_;
  if (news && now - last_print_time_ >= absl::Seconds(1)) Print(study, now);
}

void ProgressView::End(const StudySummary& study, absl::Duration now) {
  pace_.Observe(FinishedTrials(study), now);
  if (terminal_) {
    Redraw(study);
  } else if (FinishedTrials(study) != last_printed_) {
    Print(study, now);
  }
  lines_drawn_ = 0;
}

void ProgressView::Redraw(const StudySummary& study) {
  const size_t columns = std::max<size_t>(TerminalColumns(fileno(stream_)), 2) - 1;  // no wrap at the edge
  std::vector<std::string> lines = {ProgressLine(study, pace_, /*bar=*/true)};
  if (study.has_best()) lines.push_back(absl::StrCat("best: ", DescribeParameters(study.best())));
  std::string out = lines_drawn_ > 0 ? absl::StrFormat("\x1b[%dA", lines_drawn_) : "";
  for (const std::string& line : lines) absl::StrAppend(&out, "\r\x1b[K", FitColumns(line, columns), "\n");
  lines_drawn_ = std::max(lines_drawn_, lines.size());
  std::fputs(out.c_str(), stream_);
  std::fflush(stream_);
}

void ProgressView::Print(const StudySummary& study, absl::Duration now) {
  std::fprintf(stream_, "%s\n", ProgressLine(study, pace_, /*bar=*/false).c_str());
  std::fflush(stream_);
  last_printed_ = FinishedTrials(study);
  last_print_time_ = now;
}

}  // namespace parzen
