// Kernel values of training rows with all rows of a class, made many rows at a time and kept for others who need them:
// the pairs of one class share its rows' values with the class itself.
//
// Memory: the features once more, and at most `cache_bytes` of kernel values besides those that callers hold. What is
// kept never changes a value, only whether it is computed again. Threads: internally synchronised.
#pragma once

#include <Eigen/Core>
#include <list>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "worker/dataset.h"
#include "worker/models/svm/kernel.h"
#include "worker/models/svm/packed_rows.h"

namespace parzen {

// One row with every row of a class: padded_rows(class) values, those of the padding without meaning.
using KernelRow = std::shared_ptr<const Eigen::ArrayXf>;

// A row by its number within its class.
struct RowOfClass {
  int of_class;
  int32_t number;
};

class KernelRows {
 public:
  // Rows of `features` by class, less `centre`. Borrows `features`.
  KernelRows(const FeatureRef& features, std::vector<std::vector<int64_t>> rows_of_class, std::vector<float> centre,
             const Kernel& kernel, int64_t cache_bytes);

  int classes() const { return static_cast<int>(panels_.size()); }
  int64_t rows(int of_class) const { return panels_[of_class].rows(); }
  int64_t padded_rows(int of_class) const { return panels_[of_class].padded_rows(); }
  const Kernel& kernel() const { return kernel_; }
  const std::vector<float>& centre() const { return centre_; }
  int64_t cache_bytes() const { return cache_bytes_; }
  // Kernel values of each row with itself.
  const std::vector<float>& diagonal(int of_class) const { return diagonals_[of_class]; }
  const std::vector<int64_t>& rows_of_class(int of_class) const { return rows_of_class_[of_class]; }

  // The kernel rows of `rows` with all rows of the class `with`; the more at a time, the faster. Uses TBB.
  std::vector<KernelRow> Get(absl::Span<const RowOfClass> rows, int with);

  // Gives up the values of rows of one class with those of the other, which no other pair of classes uses.
  void ForgetPair(int a, int b);

 private:
  using Key = std::pair<int64_t, int>;  // row of `features`, class it is compared with
  struct Kept {
    KernelRow values;
    std::list<Key>::iterator place;
  };

  int64_t RowOf(const RowOfClass& row) const { return rows_of_class_[row.of_class][static_cast<size_t>(row.number)]; }
  // `rows` of the features.
  std::vector<KernelRow> Compute(absl::Span<const int64_t> rows, int with) const;
  void Keep(const Key& key, const KernelRow& values) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(const Key& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FeatureRef features_;
  const std::vector<std::vector<int64_t>> rows_of_class_;
  const std::vector<float> centre_;
  const Kernel kernel_;
  const int64_t cache_bytes_;
  std::vector<PackedRows> panels_;             // by class
  std::vector<std::vector<float>> diagonals_;  // by class

  absl::Mutex mutex_;
  int64_t kept_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::list<Key> by_use_ ABSL_GUARDED_BY(mutex_);  // the least recently used first
  absl::flat_hash_map<Key, Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
