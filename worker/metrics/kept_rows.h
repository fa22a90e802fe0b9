// Rows that people want to look at (KeepSpec). Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"
#include "worker/metrics/pictures.h"

namespace parzen {

// Places of at most `count` of so many things, evenly chosen, ascending.
std::vector<int64_t> EvenlyChosen(int64_t things, int64_t count);

// At most `count` rows whose class is not the one that was predicted, the surest first, and as many of the others,
// evenly chosen. `predictions`: probabilities, rows x classes. `pictures`: of the same rows, where they are images.
PredictedRows PickPredictedRows(const FeatureMatrix& predictions, const LabelledView& rows,
                                absl::Span<const std::string> class_names, const Pictures& pictures, int64_t count);

// How many rows each class has, and at most `count` of each class among `learned`, evenly chosen, where rows are images
// (`pictures`: of `learned`).
DatasetSheet MakeDatasetSheet(const LabelledView& learned, const LabelledView& measured,
                              absl::Span<const std::string> class_names, const Pictures& pictures, int64_t count);

}  // namespace parzen
