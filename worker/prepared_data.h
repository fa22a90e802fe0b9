// What a model learns from: the dataset split, transformed and, where a model wants it, binned. Made once for all
// trials that agree on (files, dataset, split, transforms), and shared; where there is a cache on disk, by all
// processes of the machine, as memory that each of them maps.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "base/stop.h"
#include "proto/model.pb.h"
#include "proto/train.pb.h"
#include "worker/binned_features.h"
#include "worker/cache/disk_cache.h"
#include "worker/dataset.h"
#include "worker/kept_results.h"

namespace parzen {

// Rows to learn from, with their bins made on first use. Threads: internally synchronised; immutable from outside.
class TrainingRows {
 public:
  using MakeBins = std::function<std::shared_ptr<const BinnedFeatures>(const FeatureRef& features)>;

  // Rows of its own, or those that `storage` holds, whose bins are had from `make_bins`.
  TrainingRows(LabelledRows rows, int classes);
  TrainingRows(const LabelledView& rows, int classes, std::shared_ptr<const void> storage, MakeBins make_bins);

  const Eigen::Map<const FeatureMatrix>& features() const { return rows_.features; }
  absl::Span<const int32_t> labels() const { return rows_.labels; }
  absl::Span<const float> targets() const { return rows_.targets; }
  const LabelledView& labelled() const { return rows_; }
  int64_t rows() const { return rows_.rows(); }
  // 0: a regression.
  int classes() const { return classes_; }
  // Keeps the rows where they are; null: nothing has to.
  const std::shared_ptr<const void>& storage() const { return storage_; }
  // Made by the first caller, on its task arena; the same whoever that is.
  const BinnedFeatures& binned() const;

 private:
  TrainingRows(std::shared_ptr<const LabelledRows> rows, int classes);

  const std::shared_ptr<const void> storage_;  // of rows_
  const LabelledView rows_;
  const int classes_;
  const MakeBins make_bins_;
  mutable std::once_flag binned_once_;
  mutable std::shared_ptr<const BinnedFeatures> binned_;
};

// Threads: immutable. No class names: a regression.
struct PreparedData {
  TrainingRows learn;    // the training rows; in a final training, training and validation rows together
  LabelledView measure;  // the validation rows; in a final training, the test rows. May be empty: LearnsFromAllRows
  std::vector<std::string> class_names;
  PreparedNotes notes;                      // what a model needs to predict other rows
  std::shared_ptr<const KeptResults> kept;  // what models found out about these rows, for later trials
};

// Prepares data and keeps the last few results. Threads: internally synchronised; the first of several callers with the
// same wish works, the others wait for it.
class DataCache {
 public:
  // Keeps at most `capacity` prepared datasets open; the least recently used goes first. With `disk`, what is prepared
  // from files whose digests are known is kept there, too. Borrows it; it may be null.
  explicit DataCache(size_t capacity = 4, DiskCache* disk = nullptr) : capacity_(capacity), disk_(disk) {}

  // InvalidArgument or NotFound: the files are missing, damaged, or not the bytes whose SHA-256 the task names; the
  // transform does not fit the data. Cancelled: `stop` was requested while another process prepared it. Errors are not
  // kept.
  absl::StatusOr<std::shared_ptr<const PreparedData>> Get(const TrainTask& task, const Stop& stop = Stop());
  // The same rows before the task's transforms, as people look at them.
  absl::StatusOr<std::shared_ptr<const PreparedData>> GetUntransformed(const TrainTask& task,
                                                                       const Stop& stop = Stop());

 private:
  struct Entry;

  // Drops finished entries beyond the capacity; those still being prepared stay.
  void EvictOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t capacity_;
  DiskCache* const disk_;
  absl::Mutex mutex_;
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, std::shared_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
