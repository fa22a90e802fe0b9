#include "cli/plot_files.h"

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/table.h"
#include "cli/whole_file.h"

namespace parzen {
namespace {

constexpr double kMostExact = 9007199254740992;  // 2^53: whole numbers up to there are what they are as doubles, too

bool IsWhole(const Cell& cell) {
  if (!cell.is_number_float()) return cell.is_number() || cell.is_null();
  const auto number = cell.get<double>();
  return std::abs(number) <= kMostExact && number == std::trunc(number);
}

// A column of whole numbers is written as that, "28", however it is kept; in another, fractions keep their ".0".
std::string CsvOf(const PlotTable& plotted) {
  std::vector<bool> whole(plotted.columns.size(), true);
  for (const std::vector<Cell>& row : plotted.rows) {
    for (size_t c = 0; c < whole.size(); ++c) whole[c] = whole[c] && IsWhole(row[c]);
  }
  Table table(plotted.columns);
  for (std::vector<Cell> row : plotted.rows) {
    for (size_t c = 0; c < whole.size(); ++c) {
      if (whole[c] && row[c].is_number_float()) row[c] = static_cast<int64_t>(row[c].get<double>());
    }
    table.AddRow(std::move(row));
  }
  return table.Render(Format::kCsv);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> WritePlotFiles(const std::string& folder, const StudySnapshot& snapshot,
                                                        std::vector<std::string>& notes) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make the folder ", folder, ": ", error.message()));
  std::vector<std::string> paths;
  for (const std::string& name : Registry<MakePlot>::Global().Names()) {
    const Plot plot = Registry<MakePlot>::Global().Find(name).value()(snapshot);
    for (const std::string& note : plot.notes) notes.push_back(absl::StrCat(name, ": ", note));
    for (const PlotTable& table : plot.tables) {
      if (table.rows.empty()) continue;
      const std::string file = plot.tables.size() == 1 ? name : absl::StrCat(name, ".", table.name);
      paths.push_back((std::filesystem::path(folder) / absl::StrCat(file, ".csv")).string());
      RETURN_IF_ERROR(WriteWholeFile(paths.back(), CsvOf(table)));
    }
  }
  return paths;
}

}  // namespace parzen
