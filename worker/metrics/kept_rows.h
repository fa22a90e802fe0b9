// Rows that people want to look at (KeepSpec). Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "proto/train.pb.h"
#include "worker/dataset.h"

namespace parzen {

// Places of at most `count` of so many things, evenly chosen, ascending.
std::vector<int64_t> EvenlyChosen(int64_t things, int64_t count);

// An image as one byte a pixel: `low` becomes 0 and `high` 255, and what lies beyond them the same.
std::string GreyImage(absl::Span<const float> pixels, float low, float high);

// At most `count` rows whose class is not the one that was predicted, the surest first, and as many of the others,
// evenly chosen. `predictions`: probabilities, rows x classes. Rows of height x width features get an image of theirs;
// 0 x 0: they are none.
PredictedRows PickPredictedRows(const FeatureMatrix& predictions, const LabelledView& rows,
                                absl::Span<const std::string> class_names, int64_t height, int64_t width,
                                int64_t count);

// How many rows each class has, and at most `count` of each class among `learned`, evenly chosen, where rows are images
// of height x width pixels (as above).
DatasetSheet MakeDatasetSheet(const LabelledView& learned, const LabelledView& measured,
                              absl::Span<const std::string> class_names, int64_t height, int64_t width, int64_t count);

}  // namespace parzen
