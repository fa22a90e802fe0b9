// What a dataset's spec asks of its rows, whatever the format: only some classes, fewer rows, sums of two.
//
// Threads: pure function.
#pragma once

#include "absl/status/status.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// InvalidArgument: no rows could have this shape.
absl::Status CheckShape(const DatasetSpec& spec);

// In this order: keep_class, sum_of_two, first_rows, fraction. InvalidArgument names the field and what would be right:
// a class that there is not, no rows left, classes that are not whole numbers. Requires: CheckShape is OK.
absl::Status ShapeDataset(const DatasetSpec& spec, Dataset& dataset);

}  // namespace parzen
