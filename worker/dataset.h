// Data as a worker holds it: rows of features with class labels, and a dataset's training and test parts.
// Threads: immutable once built, shared by all slots of the process.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"

namespace parzen {

// rows x features.
using FeatureMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
// Features as functions take them: a whole matrix, some of its rows, or a file's bytes; copies none of them. Rows may
// lie outerStride() numbers apart.
using FeatureRef = Eigen::Ref<const FeatureMatrix>;

// Rows with what there is to predict of them: a class (classification), or a number (regression).
struct LabelledRows {
  FeatureMatrix features;       // rows x features
  std::vector<int32_t> labels;  // rows; each in [0, classes). In a regression all 0
  std::vector<float> targets;   // in a regression: rows, each finite; else empty

  int64_t rows() const { return features.rows(); }
};

// Drops all rows but these, in place: a second copy of the training rows would be the largest thing in memory.
// Requires: `rows` ascends.
void KeepRows(LabelledRows& all, const std::vector<int64_t>& rows);

// The same, somewhere else. Borrows.
struct LabelledView {
  Eigen::Map<const FeatureMatrix> features;
  absl::Span<const int32_t> labels;
  absl::Span<const float> targets;

  LabelledView(const float* values, int64_t columns, absl::Span<const int32_t> all_labels,
               absl::Span<const float> all_targets)
      : features(values, static_cast<Eigen::Index>(all_labels.size()), columns),
        labels(all_labels),
        targets(all_targets) {}
  explicit LabelledView(const LabelledRows& rows)
      : LabelledView(rows.features.data(), rows.features.cols(), rows.labels, rows.targets) {}

  int64_t rows() const { return features.rows(); }
};

// A column of a table. Of text its values: each is a feature of 0 and 1.
struct Column {
  std::string name;
  std::vector<std::string> values;
};

// Everything a format reads.
struct Dataset {
  LabelledRows train;                    // never empty
  LabelledRows test;                     // empty when the spec names none; the same number of features otherwise
  std::vector<std::string> class_names;  // one a class, in label order; none in a regression
  std::vector<Column> columns;           // of a table, in the order of its features
  // Shape of one row as an image, for reports; 0 x 0 when rows are not images.
  int image_height = 0;
  int image_width = 0;

  int classes() const { return static_cast<int>(class_names.size()); }
};

}  // namespace parzen
