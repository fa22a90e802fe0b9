#include "cli/importance_bars.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

constexpr size_t kPercentColumns = 7;  // "100.0 %"
constexpr size_t kGaps = 6;            // two columns before, between and behind
constexpr size_t kShortestBar = 8;
constexpr size_t kLongestBar = 60;

// Eighths of a column, so that bars differ where shares do.
std::string BlockBar(double share, size_t columns) {
  constexpr const char* kEighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const size_t eighths = static_cast<size_t>(std::llround(share * 8 * static_cast<double>(columns)));
  std::string bar;
  for (size_t i = 0; i < eighths / 8; ++i) absl::StrAppend(&bar, "█");
  absl::StrAppend(&bar, kEighths[eighths % 8]);
  return absl::StrCat(bar, std::string(columns - DisplayWidth(bar), ' '));
}

std::string Padded(const std::string& text, size_t columns) {
  return absl::StrCat(text, std::string(columns - std::min(columns, DisplayWidth(text)), ' '));
}

}  // namespace

std::string ImportanceBars(const ObjectiveImportance& importance, size_t columns, bool colour) {
  size_t longest = 1;
  double largest = 0;
  for (const auto& [name, share] : importance.shares) {
    longest = std::max(longest, DisplayWidth(Printable(name)));
    largest = std::max(largest, share);
  }
  const size_t taken = kPercentColumns + kGaps;
  const size_t room = columns > taken + kShortestBar + 1 ? columns - taken - kShortestBar : 1;
  const size_t name_columns = std::min(longest, room);
  const size_t left = columns > taken + name_columns ? columns - taken - name_columns : kShortestBar;
  const size_t bar_columns = std::clamp(left, kShortestBar, kLongestBar);
  std::string text = absl::StrCat("what makes ", Printable(importance.objective), " good (", importance.trials,
                                  importance.trials == 1 ? " trial, " : " trials, ", importance.evaluator, ")\n");
  if (colour) text = absl::StrCat("\x1b[1m", text.substr(0, text.size() - 1), "\x1b[0m\n");
  for (const auto& [name, share] : importance.shares) {
    const std::string bar = BlockBar(largest > 0 ? share / largest : 0, bar_columns);
    absl::StrAppend(&text, "  ", Padded(FitColumns(Printable(name), name_columns), name_columns), "  ",
                    colour ? "\x1b[36m" : "", bar, colour ? "\x1b[0m" : "",
                    absl::StrFormat("  %5.1f %%\n", 100 * share));
  }
  return text;
}

Table ImportanceTable(const std::vector<ObjectiveImportance>& importances, bool names_objective) {
  std::vector<std::string> columns = {"parameter", "importance"};
  if (names_objective) columns.insert(columns.begin(), "objective");
  Table table(columns);
  for (const ObjectiveImportance& importance : importances) {
    for (const auto& [name, share] : importance.shares) {
      std::vector<Cell> row = {name, share};
      if (names_objective) row.insert(row.begin(), importance.objective);
      table.AddRow(std::move(row));
    }
  }
  return table;
}

}  // namespace parzen
