#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"
#include "studies/reports/history.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

std::string Bar(double share) {
  constexpr int kCells = 20;
  const int full = std::clamp(static_cast<int>(share * kCells), 0, kCells);
  return absl::StrCat("[", std::string(full, '#'), std::string(kCells - full, '-'), "] ");
}

// "12/30  running 2  failed 0".
std::string DescribeCounts(const StudySummary& study) {
  const std::string total = study.budget() > 0 ? absl::StrCat("/", study.budget()) : " trials";
  const std::string pruned = study.pruned() > 0 ? absl::StrCat("  pruned ", study.pruned()) : "";
  return absl::StrCat(FinishedTrials(study), total, "  running ", study.running(), pruned, "  failed ", study.failed());
}

// "  1.2 s/trial  ETA 0:23", as far as it is known.
std::string DescribePace(const StudySummary& study, const Pace& pace) {
  const std::optional<double> seconds = pace.SecondsPerTrial();
  if (!seconds) return "";
  const int64_t left = study.budget() - FinishedTrials(study);
  const std::string eta = left > 0 ? absl::StrCat("  ETA ", ClockText(*seconds * static_cast<double>(left))) : "";
  return absl::StrCat("  ", DurationText(*seconds), "/trial", eta);
}

// "best 0.9512 (trial 7)". Requires: has_best().
std::string DescribeBestValue(const StudySummary& study) {
  return absl::StrCat("best ", CellForPeople(BestValue(study)), " (trial ", study.best().number(), ")");
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

std::string DurationText(double seconds) {
  constexpr double kLongInSeconds = 99.5;
  return seconds < kLongInSeconds ? absl::StrFormat("%.2g s", seconds) : ClockText(seconds);
}

std::vector<std::string> ProgressLines(const StudySummary& study, const Pace& pace, size_t columns) {
  const double share = static_cast<double>(FinishedTrials(study)) / static_cast<double>(study.budget());
  const std::string bar = study.budget() > 0 ? Bar(share) : "";
  std::vector<std::string> lines = {absl::StrCat(DescribeCounts(study), DescribePace(study, pace))};
  if (bar.size() + lines[0].size() <= columns) lines[0] = bar + lines[0];
  if (study.has_best()) lines.push_back(absl::StrCat(DescribeBestValue(study), ": ", DescribeParameters(study.best())));
  return lines;
}

std::string ProgressSummary(const StudySummary& study, const Pace& pace) {
  const std::string best = study.has_best() ? absl::StrCat("  ", DescribeBestValue(study)) : "";
  return absl::StrCat(DescribeCounts(study), best, DescribePace(study, pace));
}

std::string TrialLine(const StudySummary& study, const TrialRecord& trial, int64_t finished) {
  const std::string total = study.budget() > 0 ? absl::StrCat("/", study.budget()) : "";
  std::string line = absl::StrCat(finished, total, "  trial ", trial.number(), " ", TrialStateName(trial.state()));
  for (const double value : trial.value()) absl::StrAppend(&line, " ", CellForPeople(value));
  if (const std::optional<double> seconds = TrialSeconds(trial)) absl::StrAppend(&line, "  ", DurationText(*seconds));
  if (study.has_best() && study.best().number() == trial.number()) line += "  best so far";
  if (trial.state() == FAIL && trial.attempt_size() > 0) {
    absl::StrAppend(&line, "  ", Printable(trial.attempt(trial.attempt_size() - 1).reason()));
  }
  return line;
}

ProgressView::ProgressView(StudySource& source, FILE* stream)
    : source_(source), stream_(stream), terminal_(IsTerminal(fileno(stream))) {}

absl::StatusOr<StudySummary> ProgressView::Show(const std::string& name, absl::Duration now) {
  ASSIGN_OR_RETURN(StudySummary study, GetStudy(source_, name));
  pace_.Observe(FinishedTrials(study), now);
  if (terminal_) {
    Redraw(study);
  } else if (FinishedTrials(study) != told_) {
    RETURN_IF_ERROR(PrintNews(study));
  }
  return study;
}

void ProgressView::Redraw(const StudySummary& study) {
  const size_t columns = std::max<size_t>(TerminalColumns(fileno(stream_)), 2) - 1;  // no wrap at the edge
  const std::vector<std::string> lines = ProgressLines(study, pace_, columns);
  std::string out = lines_drawn_ > 0 ? absl::StrFormat("\x1b[%dA", lines_drawn_) : "";
  for (const std::string& line : lines) absl::StrAppend(&out, "\r\x1b[K", FitColumns(line, columns), "\n");
  lines_drawn_ = std::max(lines_drawn_, lines.size());
  std::fputs(out.c_str(), stream_);
  std::fflush(stream_);
}

absl::Status ProgressView::PrintNews(const StudySummary& study) {
  std::vector<TrialRecord> news;
  ListTrialsRequest request;
  request.set_study(study.name());
  request.set_from_number(first_untold_);
  while (true) {
    ASSIGN_OR_RETURN(const ListTrialsResponse page, source_.ListTrials(request));
    for (const TrialRecord& trial : page.trial()) {
      if (IsFinal(trial.state()) && told_ahead_.insert(trial.number()).second) news.push_back(trial);
    }
    if (!page.more() || page.trial_size() == 0) break;
    request.set_from_number(page.trial(page.trial_size() - 1).number() + 1);
  }
  while (told_ahead_.erase(first_untold_) > 0) ++first_untold_;

  constexpr size_t kMost = 20;
  const bool each = told_ && news.size() <= kMost;  // what was there before the first look is not news
  const int64_t told = told_.value_or(0);
  for (size_t i = 0; each && i < news.size(); ++i) {
    std::fprintf(stream_, "%s\n", TrialLine(study, news[i], told + static_cast<int64_t>(i) + 1).c_str());
  }
  if (!each || study.finished()) std::fprintf(stream_, "%s\n", ProgressSummary(study, pace_).c_str());
  std::fflush(stream_);
  told_ = told + static_cast<int64_t>(news.size());
  return absl::OkStatus();
}

}  // namespace parzen
