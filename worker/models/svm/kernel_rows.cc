#include "worker/models/svm/kernel_rows.h"

#include <algorithm>
#include <utility>

#include "tbb/parallel_for.h"
#include "tbb/task_arena.h"

namespace parzen {
namespace {

// Panels that one task multiplies: a few hundred thousand numbers that stay in the second-level cache.
constexpr int64_t kPanelsPerTask = 8;

int64_t Bytes(const KernelRow& row) { return row->size() * static_cast<int64_t>(sizeof(float)); }

}  // namespace

KernelRows::KernelRows(const FeatureRef& features, std::vector<std::vector<int64_t>> rows_of_class,
                       std::vector<float> centre, const Kernel& kernel, int64_t cache_bytes)
    : features_(features),
      rows_of_class_(std::move(rows_of_class)),
      centre_(std::move(centre)),
      kernel_(kernel),
      cache_bytes_(cache_bytes),
      panels_(rows_of_class_.size()),
      diagonals_(rows_of_class_.size()) {
  tbb::parallel_for(size_t{0}, panels_.size(), [&](size_t c) {
    panels_[c] = PackedRows(kPanelRows, features_, rows_of_class_[c], centre_);
    for (int64_t i = 0; i < panels_[c].rows(); ++i) diagonals_[c].push_back(kernel_.OfItself(panels_[c].norms()[i]));
  });
}

std::vector<KernelRow> KernelRows::Get(absl::Span<const RowOfClass> rows, int with) {
  std::vector<KernelRow> found(rows.size());
  std::vector<int64_t> missing;
  {
    absl::MutexLock lock(&mutex_);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto kept = kept_.find(Key(RowOf(rows[i]), with));
      if (kept == kept_.end()) {
        missing.push_back(RowOf(rows[i]));
        continue;
      }
      found[i] = kept->second.values;
      by_use_.splice(by_use_.end(), by_use_, kept->second.place);
    }
  }
  if (missing.empty()) return found;
  const std::vector<KernelRow> computed = Compute(missing, with);
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0, next = 0; i < rows.size(); ++i) {
    if (found[i] != nullptr) continue;
    found[i] = computed[next++];
    Keep({RowOf(rows[i]), with}, found[i]);
  }
  return found;
}

std::vector<KernelRow> KernelRows::Compute(absl::Span<const int64_t> rows, int with) const {
  const PackedRows strips(kStripRows, features_, rows, centre_);
  const PackedRows& panels = panels_[with];
  std::vector<std::shared_ptr<Eigen::ArrayXf>> values;
  for (size_t i = 0; i < rows.size(); ++i) values.push_back(std::make_shared<Eigen::ArrayXf>(panels.padded_rows()));
  const int64_t tasks = (panels.groups() + kPanelsPerTask - 1) / kPanelsPerTask;
  const auto compute = [&](int64_t task) {
    const int64_t first = task * kPanelsPerTask, last = std::min(first + kPanelsPerTask, panels.groups());
    std::vector<float*> out;
    for (const auto& row : values) out.push_back(row->data() + first * kPanelRows);
    MultiplyRows(strips, panels, first, last, out);
    for (size_t i = 0; i < out.size(); ++i) {
      kernel_.Apply(strips.norms()[i], panels.norms() + first * kPanelRows, (last - first) * kPanelRows, out[i]);
    }
  };
  // Isolated: a thread that waits here must not begin another pair of classes.
  tbb::this_task_arena::isolate([&] { tbb::parallel_for(int64_t{0}, tasks, compute); });
  return {values.begin(), values.end()};
}

void KernelRows::ForgetPair(int a, int b) {
  absl::MutexLock lock(&mutex_);
  for (const int64_t row : rows_of_class_[a]) Drop({row, b});
  for (const int64_t row : rows_of_class_[b]) Drop({row, a});
}

void KernelRows::Keep(const Key& key, const KernelRow& values) {
  const auto [kept, is_new] = kept_.try_emplace(key);
  if (!is_new) return;
  kept->second = {values, by_use_.insert(by_use_.end(), key)};
  kept_bytes_ += Bytes(values);
  while (kept_bytes_ > cache_bytes_) Drop(Key(by_use_.front()));
}

void KernelRows::Drop(const Key& key) {
  const auto kept = kept_.find(key);
  if (kept == kept_.end()) return;
  kept_bytes_ -= Bytes(kept->second.values);
  by_use_.erase(kept->second.place);
  kept_.erase(kept);
}

}  // namespace parzen
