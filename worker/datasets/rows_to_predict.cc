#include "worker/datasets/rows_to_predict.h"

#include <utility>

#include "base/status_macros.h"
#include "worker/datasets/csv_table.h"
#include "worker/datasets/idx.h"

namespace parzen {

absl::StatusOr<FeatureMatrix> ReadRowsToPredict(const std::string& path, const std::vector<Column>& columns) {
  if (columns.empty()) return ReadIdxImages(path);
  CsvLayout layout;
  layout.columns.emplace();
  for (const Column& column : columns) {
    layout.columns->push_back(column.name);
    layout.values.push_back(column.values);
  }
  layout.keep_missing = true;
  layout.keep_text = true;
  ASSIGN_OR_RETURN(CsvTable table, ReadCsvTable(path, layout));
  RETURN_IF_ERROR(SplitText(path, table));
  return std::move(table.features);
}

}  // namespace parzen
