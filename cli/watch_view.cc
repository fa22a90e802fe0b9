#include "cli/watch_view.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/dot_plot.h"
#include "cli/sparkline.h"
#include "cli/study_rows.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/wanted_worker.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

using Lines = std::vector<std::string>;

// "0:12" since a time as TrialRecord has it; clocks of two machines may differ.
std::string TimeSince(const std::string& time, absl::Time now) {
  absl::Time start;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", time, &start, nullptr)) return "";
  return ClockText(std::max(0.0, absl::ToDoubleSeconds(now - start)));
}

std::string CurveLine(const StudyProgress& progress, size_t columns) {
  if (progress.improvement_size() == 0) return "";
  const std::string first = CellForPeople(progress.improvement(0).value());
  const std::string last = CellForPeople(progress.improvement(progress.improvement_size() - 1).value());
  const std::string what = absl::StrCat("  best value of ", CountOf(progress.study().complete(), "complete trial"));
  constexpr size_t kShortest = 8;
  constexpr size_t kLongest = 60;
  const size_t ends = first.size() + last.size() + 2;
  if (ends + kShortest > columns) return "";
  const bool says_what = ends + kShortest + what.size() <= columns;
  const size_t room = columns - ends - (says_what ? what.size() : 0);
  return absl::StrCat(first, " ", Sparkline(BestCurve(progress, std::min(room, kLongest)), kLongest), " ", last,
                      says_what ? what : "");
}

// The same with more room: the line of a report's history, each step where it was taken. What progress tells has the
// best values alone, by how many trials were complete.
Lines CurvePlot(const StudyProgress& progress, size_t columns) {
  constexpr size_t kMostColumns = 100, kRows = 6;
  DotSeries best{{}, /*is_line=*/true};
  const int64_t complete = progress.study().complete();
  if (progress.improvement_size() == 0 || progress.improvement(0).complete() >= complete) return {};
  for (const Improvement& step : progress.improvement()) {
    best.points.emplace_back(static_cast<double>(step.complete()), step.value());
  }
  best.points.emplace_back(static_cast<double>(complete), best.points.back().second);
  Lines lines = {absl::StrCat("best value of ", CountOf(complete, "complete trial"))};
  const std::string plot = DotPlot({best}, {std::min(columns, kMostColumns), kRows});
  for (const absl::string_view line : absl::StrSplit(plot, '\n', absl::SkipEmpty())) lines.emplace_back(line);
  return lines;
}

// How good it is: the lines between the counts and the tables, without those that a small screen has no room for.
Lines GoodnessLines(const StudyProgress& progress, const Lines& best, const Screen& screen) {
  const StudySummary& study = progress.study();
  Lines lines = best;
  if (study.direction_size() > 1) {
    lines.push_back(absl::StrCat("Pareto front: ", CountOf(progress.front(), "trial")));
  }
  constexpr size_t kRowsForAPlot = 36;
  Lines plot = screen.rows >= kRowsForAPlot ? CurvePlot(progress, screen.columns) : Lines();
  if (plot.empty()) plot = {CurveLine(progress, screen.columns)};
  for (std::string& line : plot) {
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

// A table of which at most `rows` lines fit, with a word on what is left out. Requires: rows >= 2.
Lines FittedTable(const Table& table, size_t rows) {
  Lines lines = absl::StrSplit(table.Render(Format::kTable), '\n', absl::SkipEmpty());
  if (lines.size() <= rows) return lines;
  const size_t left_out = lines.size() - rows + 1;
  lines.resize(rows - 1);
  lines.push_back(absl::StrCat("and ", left_out, " more"));
  return lines;
}

Table RunningTable(const StudyProgress& progress, absl::Time now) {
  Table table({"trial", "try", "worker", "running for", "step", "value"});
  for (const RunningTrial& trial : progress.running()) {
    const bool has_step = trial.has_last_step();
    table.AddRow({trial.number(), trial.has_attempt() ? Cell(trial.attempt()) : Cell(),
                  trial.worker().empty() ? Cell("another program") : Cell(trial.worker()),
                  TimeSince(trial.started(), now), has_step ? Cell(trial.last_step().step()) : Cell(),
                  has_step ? Cell(trial.last_step().value()) : Cell()});
  }
  return table;
}

Table WorkerTable(const StudyProgress& progress, absl::Time now) {
  Table table({"worker", "host", "busy", "since"});
  for (const WorkerRecord& worker : progress.worker()) {
    const bool gone = !worker.disconnected().empty();
    const std::string since = TimeSince(gone ? worker.disconnected() : worker.connected(), now);
    table.AddRow({worker.name(), worker.host(), absl::StrCat(worker.running(), "/", worker.slots()),
                  absl::StrCat(gone ? "gone " : "connected ", since)});
  }
  return table;
}

// A blank line, and a table below it where there is room for its header and a row.
void AppendTable(const Table& table, size_t rows, Lines& lines, std::vector<size_t>& headers) {
  if (table.rows() == 0 || rows < 3) return;
  lines.push_back("");
  headers.push_back(lines.size());
  for (std::string& line : FittedTable(table, rows - 1)) lines.push_back(std::move(line));
}

void AppendTables(const StudyProgress& progress, absl::Time now, size_t rows, Lines& lines,
                  std::vector<size_t>& headers) {
  if (rows <= lines.size()) return;
  const size_t room = rows - lines.size();
  const size_t running_rows = progress.running_size() == 0 ? 0 : static_cast<size_t>(progress.running_size()) + 2;
  const size_t worker_rows = progress.worker_size() == 0 ? 0 : static_cast<size_t>(progress.worker_size()) + 2;
  // Each gets what it needs where that fits; else workers a third, or what the trials leave.
  const size_t for_trials = running_rows + worker_rows <= room
                                ? running_rows
                                : std::min(running_rows, std::max(room - std::min(room, worker_rows), room - room / 3));
  AppendTable(RunningTable(progress, now), for_trials, lines, headers);
  AppendTable(WorkerTable(progress, now), room - std::min(room, for_trials), lines, headers);
}

}  // namespace

std::string DescribeEnd(const StudySummary& study) {
  const int64_t finished = FinishedTrials(study);
  if (EndedByItsSpace(study)) {
    return absl::StrCat("finished: ", finished, " of ", study.budget(), " trials, each point of the space was tried");
  }
  if (study.finished()) return absl::StrCat("finished: ", CountOf(finished, "trial"));
  if (!study.stopped()) return "";
  const std::string still = study.running() > 0 ? ", trials that run go on to their end" : "";
  return absl::StrCat("stopped", still, ": `parzen study resume ", Printable(study.name()), "` goes on");
}

std::string WantedWorker(const StudyProgress& progress) {
  if (progress.worker().empty()) return "";
  return Printable(DescribeWantedWorker(progress.study(), progress.worker()));
}

std::vector<double> BestCurve(const StudyProgress& progress, size_t columns) {
  const int64_t complete = progress.study().complete();
  const int64_t shown = std::min(complete, static_cast<int64_t>(columns));
  std::vector<double> curve;
  int next = 0;
  double best = std::numeric_limits<double>::quiet_NaN();
  for (int64_t i = 0; i < shown; ++i) {
    const int64_t trials = complete <= shown ? i + 1 : shown == 1 ? complete : 1 + i * (complete - 1) / (shown - 1);
    while (next < progress.improvement_size() && progress.improvement(next).complete() <= trials) {
      best = progress.improvement(next++).value();
    }
    curve.push_back(best);
  }
  return curve;
}

std::vector<std::string> WatchLines(const StudyProgress& progress, const Pace& pace, absl::Time now,
                                    const Screen& screen, bool coordinated) {
  const StudySummary& study = progress.study();
  Lines counts = ProgressLines(study, pace, screen.columns);  // counts, then the best trial where there is one
  const Lines best(counts.begin() + 1, counts.end());
  Lines lines = {absl::StrCat(Printable(study.name()), "  ", Printable(DescribeObjectives(study)))};
  std::vector<size_t> headers = {0};
  if (screen.rows < 2) {
    lines.clear();
    headers.clear();
  }
  lines.push_back(counts[0]);
  const std::string end = DescribeEnd(study);
  if (!end.empty()) lines.push_back(end);
  const std::string wanted = coordinated ? WantedWorker(progress) : "";
  if (!wanted.empty()) lines.push_back(wanted);
  for (std::string& line : GoodnessLines(progress, best, screen)) lines.push_back(std::move(line));
  if (lines.size() > screen.rows) lines.resize(screen.rows);
  AppendTables(progress, now, screen.rows, lines, headers);
  for (std::string& line : lines) line = FitColumns(line, screen.columns);
  for (const size_t header : headers) {
    if (screen.colour) lines[header] = absl::StrCat("\x1b[1m", lines[header], "\x1b[0m");
  }
  return lines;
}

}  // namespace parzen
