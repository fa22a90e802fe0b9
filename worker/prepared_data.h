// What a model learns from: the dataset split, transformed and, where a model wants it, binned. Made once for all
// trials that agree on (files, dataset, split, transforms), and shared.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "proto/train.pb.h"
#include "worker/binned_features.h"
#include "worker/dataset.h"

namespace parzen {

// Rows to learn from, with their bins made on first use. Threads: internally synchronised; immutable from outside.
class TrainingRows {
 public:
  TrainingRows(LabelledRows rows, int classes) : rows_(std::move(rows)), classes_(classes) {}

  const FeatureMatrix& features() const { return rows_.features; }
  const std::vector<int32_t>& labels() const { return rows_.labels; }
  const LabelledRows& labelled() const { return rows_; }
  int64_t rows() const { return rows_.rows(); }
  int classes() const { return classes_; }
  // Made by the first caller, on its task arena; the same whoever that is.
  const BinnedFeatures& binned() const;

 private:
  LabelledRows rows_;
  int classes_;
  mutable std::once_flag binned_once_;
  mutable std::unique_ptr<BinnedFeatures> binned_;
};

// Threads: immutable.
struct PreparedData {
  TrainingRows learn;    // the training rows; in a final training, training and validation rows together
  LabelledRows measure;  // the validation rows; in a final training, the test rows (may be empty)
  std::vector<std::string> class_names;
};

// Prepares data and keeps the last few results. Threads: internally synchronised; the first of several callers with the
// same wish works, the others wait for it.
class DataCache {
 public:
  // Keeps at most `capacity` prepared datasets; the least recently used goes first.
  explicit DataCache(size_t capacity = 4) : capacity_(capacity) {}

  // InvalidArgument or NotFound: the files are missing, damaged, or not the bytes whose SHA-256 the task names; the
  // transform does not fit the data. Errors are not kept.
  absl::StatusOr<std::shared_ptr<const PreparedData>> Get(const TrainTask& task);

 private:
  struct Entry;

  // Drops finished entries beyond the capacity; those still being prepared stay.
  void EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_;
  absl::Mutex mutex_;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
