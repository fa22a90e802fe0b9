// What the plots of a report show, as tables of numbers: each plot is a pure function of a study at one moment, and one
// file here that registers itself. Nothing here draws.
//
// Contract, held by tests/conformance for every registered plot:
// - It answers for every study: where there is nothing to see, its tables have no rows and a note says why.
// - Numbers are finite; a cell without a number that is, is null. Rows have a cell for each column, whose names differ.
// - A table has at most kMostPlotRows rows, whatever the study. Of more trials than that allows some are chosen evenly,
//   the best among them, and a note says how many.
// - The same study gives the same tables, whoever asks. Threads: any.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/registry.h"
#include "nlohmann/json.hpp"
#include "proto/study.pb.h"
#include "studies/reports/history.h"

namespace parzen {

inline constexpr size_t kMostPlotRows = 20000;

// Something that is kept with a trial beside its metrics (coordinator/metric_artifacts.h has the names). Anyone may
// have written it: what is not as it should be is left out.
struct TrialArtifact {
  int64_t number = 0;
  std::string name;
  std::string bytes;
};

// A study at one moment. Borrows.
struct StudySnapshot {
  const StudySummary& study;
  absl::Span<const TrialRecord> trials;            // by number, with distributions and steps
  absl::Span<const TrialArtifact> artifacts = {};  // of some trials, the one looked at first first

  int objectives() const { return study.direction_size(); }
  // Lower is better.
  double Cost(const TrialRecord& trial, int objective) const {
    return study.direction(objective) == MAXIMIZE ? -trial.value(objective) : trial.value(objective);
  }
};

using PlotCell = nlohmann::ordered_json;

struct PlotTable {
  std::string name;  // "points"
  std::vector<std::string> columns;
  std::vector<std::vector<PlotCell>> rows;

  // The name, with as many "_" behind it as make it another than those there are.
  void AddColumn(std::string column);
};

struct Plot {
  std::vector<PlotTable> tables;
  std::vector<std::string> notes;  // for people: what is not shown, and why
};

using MakePlot = std::function<Plot(const StudySnapshot& snapshot)>;

// A number, or null where it is not finite.
PlotCell CellOf(double number);
PlotCell CellOf(const std::optional<double>& number);

using Trials = std::vector<const TrialRecord*>;

// "26,260", as the page writes counts.
std::string Grouped(size_t count);

// COMPLETE with a finite value of every objective, in their order: what most plots are of.
Trials ValuedTrials(const StudySnapshot& snapshot);
// The same as an answer to "why is there nothing?".
inline constexpr char kNoValues[] = "no trial is complete with finite values";

// Of a plot of so many trials, where others have ended, too: "7 of 20 trials: those that are complete with a value".
// `whose`, where it is not "", is told first.
void NoteWhatCounts(const StudySnapshot& snapshot, size_t counted, std::vector<std::string>& notes,
                    absl::string_view whose = "");

// Of those trials, the feasible ones that no other feasible one beats in everything, in their order.
Trials ParetoFront(const StudySnapshot& snapshot, const Trials& valued);

// Names of the parameters that any of the trials has, in the order in which they appear.
std::vector<std::string> ParameterNames(const Trials& trials);
// The parameter's value in the trial as users see it; nullopt where it does not have it.
std::optional<PlotCell> ParameterOf(const TrialRecord& trial, absl::string_view name);

// At most `most` of the trials in their order: those of `first`, as far as there is room, then others, evenly chosen.
// Notes when some are left out. Requires: `first` are among `trials`, in their order.
Trials ChooseTrials(const Trials& trials, const Trials& first, size_t most, std::vector<std::string>& notes);
// With the best complete trial of each objective first.
Trials ChooseTrials(const StudySnapshot& snapshot, const Trials& trials, size_t most, std::vector<std::string>& notes);

}  // namespace parzen
