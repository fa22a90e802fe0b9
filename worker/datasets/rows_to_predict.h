// Rows of the kind that a model learned from, without what is to be predicted.
//
// Threads: pure function of the file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// Of a table (CSV, plain or gzip) these columns, in any order, and whatever else the file has ignored; missing values
// are NaN. Without columns the file holds images (IDX, plain or gzip). InvalidArgument names the place in the file and
// what would be right.
absl::StatusOr<FeatureMatrix> ReadRowsToPredict(const std::string& path, const std::vector<Column>& columns);

}  // namespace parzen
