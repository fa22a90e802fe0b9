// What the plots of a report show, as tables of numbers: each plot is a pure function of a study at one moment, and one
// file here that registers itself. Nothing here draws.
//
// Contract, held by tests/conformance for every registered plot:
// - It answers for every study: where there is nothing to see, its tables have no rows and the note says why.
// - Numbers are finite; a cell without a number that is, is null. Rows have a cell for each column.
// - A table has at most kMostPlotRows rows, whatever the study: of more trials than that allows some are chosen,
// evenly,
//   the best among them, and the note says how many.
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

// A study at one moment. Borrows.
struct StudySnapshot {
  const StudySummary& study;
  absl::Span<const TrialRecord> trials;  // by number, with TrialRecord.distribution
};

struct PlotTable {
  std::string name;  // "points"
  std::vector<std::string> columns;
  std::vector<std::vector<nlohmann::ordered_json>> rows;
};

struct Plot {
  std::vector<PlotTable> tables;
  std::string note;  // for people: what is not shown, and why; often empty
};

using MakePlot = std::function<Plot(const StudySnapshot& snapshot)>;
// A registered plot: its heading, and how it is made.
struct PlotKind {
  std::string title;
  MakePlot make;
};

// A number, or null where it is not finite.
nlohmann::ordered_json CellOf(double number);

template <typename T>
nlohmann::ordered_json OrNull(const std::optional<T>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

// COMPLETE with a finite value of every objective, in their order: what most plots are of.
std::vector<const TrialRecord*> ValuedTrials(const StudySnapshot& snapshot);

// Names of the parameters that any of the trials has, in the order in which they appear.
std::vector<std::string> ParameterNames(absl::Span<const TrialRecord* const> trials);
// The parameter's value in the trial as users see it; null where it does not have it.
nlohmann::ordered_json ParameterCell(const TrialRecord& trial, absl::string_view name);

// At most `most` of those trials, evenly chosen, the first, the last and those that are best of an objective among
// them; says in `note` when some are left out.
std::vector<const TrialRecord*> ChooseTrials(const StudySnapshot& snapshot, std::vector<const TrialRecord*> trials,
                                             size_t most, std::string& note);

}  // namespace parzen
