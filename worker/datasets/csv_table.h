// A CSV file with a header as numbers and labels: the layer between csv_scanner.h and the csv dataset format.
//
// Memory: at most twice the file's bytes, whatever the header says; of text columns that are split, kMaxSplitBytes.
// Threads: pure function of the file. InvalidArgument starts with path:line and names the column; every cell but the
// label must be a finite number, unless the layout says otherwise.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// Most bytes that a table with text takes once the text is split.
inline constexpr int64_t kMaxSplitBytes = int64_t{2} << 30;

// A label as it is written, without blanks around it, and the line it is first seen on.
struct CsvLabel {
  std::string text;
  int64_t line;
};

// How a table is read.
struct CsvLayout {
  // The column to predict; none: `columns` are all that is read of the file, and what else it has is ignored.
  std::optional<std::string> label;
  bool numeric = false;       // it holds numbers, which become targets, instead of labels
  bool keep_missing = false;  // an empty feature, NA or nan is a NaN, and no error
  bool keep_text = false;     // a feature column with text is read as its values' numbers, and is no error
  // The feature columns that a file must have, in any order; the table has them in this order.
  std::optional<std::vector<std::string>> columns;
  // With keep_text, for each of `columns` its values, in the order of their numbers; none: it holds numbers.
  std::vector<std::vector<std::string>> values;
};

struct CsvTable {
  std::vector<std::string> columns;    // the feature columns, in the order of `features`
  FeatureMatrix features;              // never empty; of text the number of its value, NaN for one that is not known
  std::vector<int32_t> labels;         // rows; indexes into label_values; with targets 0
  std::vector<CsvLabel> label_values;  // distinct, in order of first appearance
  std::vector<float> targets;          // rows, when the layout says so
  // For each feature column the values of its text, sorted; none: it holds numbers.
  std::vector<std::vector<std::string>> values;
};

// Requires: a label or columns.
absl::StatusOr<CsvTable> ReadCsvTable(const std::string& path, const CsvLayout& layout);

// Each column of text becomes a column of 0 and 1 for each of its values, named "column=value". InvalidArgument, with
// the file's path: that would be more than kMaxFeatures, or than kMaxSplitBytes in all rows.
absl::Status SplitText(const std::string& path, CsvTable& table);

}  // namespace parzen
