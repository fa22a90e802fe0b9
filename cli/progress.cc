#include "cli/progress.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "cli/study_rows.h"
#include "cli/terminal.h"
#include "cli/trial_rows.h"
#include "cli/watch_view.h"
#include "nlohmann/json.hpp"
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
  const std::string paused = study.paused() > 0 ? absl::StrCat("  paused ", study.paused()) : "";
  return absl::StrCat(FinishedTrials(study), total, "  running ", study.running(), paused, pruned, "  failed ",
                      study.failed());
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

ProgressView::ProgressView(StudySource& source, FILE* stream, bool coordinated)
    : source_(source), stream_(stream), terminal_(IsTerminal(fileno(stream))), coordinated_(coordinated) {}

absl::StatusOr<StudySummary> ProgressView::Show(const std::string& name, Now now) {
  GetProgressRequest request;
  request.set_study(name);
  ASSIGN_OR_RETURN(StudyProgress progress, source_.GetProgress(request));
  const int64_t finished = FinishedTrials(progress.study());
  pace_.Observe(finished, now.steady);
  if (terminal_) {
    Redraw(progress, now.wall);
  } else if (!told_) {
    RETURN_IF_ERROR(BeginTelling(progress));
  } else if (finished != *told_) {
    RETURN_IF_ERROR(TellNews(progress));
  }
  if (!terminal_ && coordinated_) TellWantedWorker(progress);
  return std::move(*progress.mutable_study());
}

void ProgressView::Redraw(const StudyProgress& progress, absl::Time now) {
  const int descriptor = fileno(stream_);
  Screen screen;
  screen.columns = std::max<size_t>(TerminalColumns(descriptor), 2) - 1;  // no wrap at the edge
  screen.rows = std::max<size_t>(TerminalRows(descriptor), 2) - 1;        // the cursor stands below the last line
  screen.colour = UseColour(descriptor);
  const std::vector<std::string> lines = WatchLines(progress, pace_, now, screen, coordinated_);
  // On a terminal that has become smaller the lines of before are no longer where they were drawn.
  const bool smaller = screen.columns < columns_drawn_ || screen.rows < lines_drawn_;
  std::string out = smaller ? "\x1b[2J\x1b[H" : lines_drawn_ > 0 ? absl::StrFormat("\x1b[%dA", lines_drawn_) : "";
  for (const std::string& line : lines) absl::StrAppend(&out, "\r", line, "\x1b[K\n");
  absl::StrAppend(&out, "\x1b[J");
  lines_drawn_ = lines.size();
  columns_drawn_ = screen.columns;
  std::fputs(out.c_str(), stream_);
  std::fflush(stream_);
}

// What was there before the first look is not news. Trials that run then are known by their numbers; only those that
// wait have to be looked for.
absl::Status ProgressView::BeginTelling(const StudyProgress& progress) {
  const StudySummary& study = progress.study();
  told_ = FinishedTrials(study);
  if (study.waiting() == 0 && progress.running_size() == study.running()) {
    for (const RunningTrial& trial : progress.running()) untold_.insert(trial.number());
    first_unseen_ = *told_ + study.running();
  } else {
    RETURN_IF_ERROR(ReadNews(study.name(), 0).status());
  }
  std::fprintf(stream_, "%s\n", ProgressSummary(study, pace_).c_str());
  std::fflush(stream_);
  return absl::OkStatus();
}

void ProgressView::TellWantedWorker(const StudyProgress& progress) {
  const std::string wanted = WantedWorker(progress);
  if (wanted == told_wanted_) return;
  told_wanted_ = wanted;
  if (!wanted.empty()) std::fprintf(stream_, "%s\n", wanted.c_str());
  std::fflush(stream_);
}

absl::StatusOr<std::vector<TrialRecord>> ProgressView::ReadNews(const std::string& study, int64_t from) {
  std::vector<TrialRecord> news;
  ListTrialsRequest request;
  request.set_study(study);
  for (bool more = true; more;) {
    request.set_from_number(from);
    ASSIGN_OR_RETURN(const ListTrialsResponse page, source_.ListTrials(request));
    more = page.more() && page.trial_size() > 0;
    for (const TrialRecord& trial : page.trial()) {
      from = trial.number() + 1;
      const bool untold = trial.number() >= first_unseen_ || untold_.count(trial.number()) > 0;
      if (!untold) continue;
      if (IsFinal(trial.state())) {
        untold_.erase(trial.number());
        news.push_back(trial);
      } else {
        untold_.insert(trial.number());
      }
    }
    first_unseen_ = std::max(first_unseen_, from);
  }
  return news;
}

absl::Status ProgressView::TellNews(const StudyProgress& progress) {
  const StudySummary& study = progress.study();
  std::set<int64_t> ended = untold_;
  for (const RunningTrial& trial : progress.running()) ended.erase(trial.number());
  std::vector<TrialRecord> news;
  constexpr size_t kFew = 20;
  if (ended.size() <= kFew) {
    for (const int64_t number : ended) {
      ASSIGN_OR_RETURN(TrialRecord trial, GetTrial(source_, study.name(), number));
      if (!IsFinal(trial.state())) continue;
      untold_.erase(number);
      news.push_back(std::move(trial));
    }
  }
  const int64_t from = ended.size() <= kFew ? first_unseen_ : std::min(first_unseen_, *ended.begin());
  ASSIGN_OR_RETURN(const std::vector<TrialRecord> newer, ReadNews(study.name(), from));
  news.insert(news.end(), newer.begin(), newer.end());

  constexpr size_t kMost = 20;
  const bool each = news.size() <= kMost;
  for (size_t i = 0; each && i < news.size(); ++i) {
    std::fprintf(stream_, "%s\n", TrialLine(study, news[i], *told_ + static_cast<int64_t>(i) + 1).c_str());
  }
  if (!each || study.finished()) std::fprintf(stream_, "%s\n", ProgressSummary(study, pace_).c_str());
  std::fflush(stream_);
  *told_ += static_cast<int64_t>(news.size());
  return absl::OkStatus();
}

}  // namespace parzen
