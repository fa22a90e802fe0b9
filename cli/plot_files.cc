#include "cli/plot_files.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/table.h"
#include "cli/whole_file.h"

namespace parzen {
namespace {

std::string CsvOf(const PlotTable& plotted) {
  Table table(plotted.columns);
  for (const std::vector<Cell>& row : plotted.rows) table.AddRow(row);
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
