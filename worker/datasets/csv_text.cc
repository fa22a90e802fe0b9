#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "worker/datasets/csv_table.h"
#include "worker/datasets/data_file.h"

namespace parzen {

absl::Status SplitText(const std::string& path, CsvTable& table) {
  size_t wide = 0;
  bool has_text = false;
  for (const std::vector<std::string>& values : table.values) {
    has_text |= !values.empty();
    wide += std::max<size_t>(values.size(), 1);
  }
  if (!has_text) return absl::OkStatus();
  const int64_t bytes = table.features.rows() * static_cast<int64_t>(wide * sizeof(float));
  if (static_cast<int64_t>(wide) > kMaxFeatures || bytes > kMaxSplitBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": its texts would make ", wide, " features, and ",
                                                   bytes >> 20, " MiB of its ", table.features.rows(),
                                                   " rows; at most ", kMaxFeatures, " and ", kMaxSplitBytes >> 20,
                                                   " are made: remove columns, or group their texts"));
  }
  FeatureMatrix features = FeatureMatrix::Zero(table.features.rows(), static_cast<Eigen::Index>(wide));
  std::vector<std::string> columns;
  for (size_t c = 0; c < table.columns.size(); ++c) {
    const auto first = static_cast<Eigen::Index>(columns.size());
    const auto column = table.features.col(static_cast<Eigen::Index>(c));
    if (table.values[c].empty()) {
      features.col(first) = column;
      columns.push_back(table.columns[c]);
      continue;
    }
    for (Eigen::Index row = 0; row < features.rows(); ++row) {
      if (!std::isnan(column(row))) features(row, first + static_cast<Eigen::Index>(column(row))) = 1;
    }
    for (const std::string& value : table.values[c]) columns.push_back(absl::StrCat(table.columns[c], "=", value));
  }
  table.features = std::move(features);
  table.columns = std::move(columns);
  return absl::OkStatus();
}

}  // namespace parzen
