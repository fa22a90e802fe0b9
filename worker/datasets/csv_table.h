// A CSV file with a header as numbers and labels: the layer between csv_scanner.h and the csv dataset format.
//
// Memory: at most twice the file's bytes, whatever the header says. Threads: pure function of the file.
// InvalidArgument starts with path:line and names the column; every cell but the label must be a finite number.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "worker/dataset.h"

namespace parzen {

// Most classes a label column may have; a column with more holds no classes but numbers or names.
inline constexpr size_t kMaxCsvClasses = 1000;

// A label as it is written, without blanks around it, and the line it is first seen on.
struct CsvLabel {
  std::string text;
  int64_t line;
};

struct CsvTable {
  std::vector<std::string> columns;    // the feature columns, in the order of `features`
  FeatureMatrix features;              // never empty
  std::vector<int32_t> labels;         // rows; indexes into label_values
  std::vector<CsvLabel> label_values;  // distinct, in order of first appearance
};

// With `columns`, the file must have just these feature columns, in any order, and the table has them in this order.
absl::StatusOr<CsvTable> ReadCsvTable(const std::string& path, absl::string_view label_column,
                                      const std::vector<std::string>* columns = nullptr);

}  // namespace parzen
