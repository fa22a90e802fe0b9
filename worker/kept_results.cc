#include "worker/kept_results.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/task_arena.h"

namespace parzen {

absl::StatusOr<SectionFile> KeptResults::GetOrMake(const std::string& name, const SectionMaker& make,
                                                   const Stop& stop) const {
  {
    absl::MutexLock lock(&mutex_);
    if (const auto found = results_.find(name); found != results_.end()) return found->second;
  }
  // While the maker waits for TBB, this thread must take no other task of its arena: that might wait for this result.
  absl::StatusOr<SectionFile> made = tbb::this_task_arena::isolate(
      [&] { return GetOrMakeSections(disk_, absl::StrCat(key_, "/", name), make, stop); });
  RETURN_IF_ERROR(made.status());
  absl::MutexLock lock(&mutex_);
  return results_.try_emplace(name, *std::move(made)).first->second;
}

}  // namespace parzen
