#include "worker/models/neighbors/neighbor_lists.h"

#include <algorithm>

namespace parzen {
namespace {

enum ListSection { kLength, kRows, kDistances };
constexpr size_t kListSections = 3;

}  // namespace

absl::Status GiveLists(const NeighborListsView& lists, const SectionSink& sink) {
  Bytes sections[kListSections];
  sections[kLength] = BytesOf(absl::MakeConstSpan(&lists.length, 1));
  sections[kRows] = BytesOf(lists.rows);
  sections[kDistances] = BytesOf(lists.distances);
  return sink(sections);
}

absl::StatusOr<NeighborListsView> OpenLists(const SectionFile& file, int64_t rows, int64_t train_rows) {
  const absl::Status not_such = absl::DataLossError("neighbours in the cache are not what their name says");
  if (file.size() != kListSections || file.array<int64_t>(kLength).size() != 1) return not_such;
  const NeighborListsView lists{file.array<int64_t>(kLength)[0], file.array<int32_t>(kRows),
                                file.array<double>(kDistances)};
  const bool fits = lists.length > 0 && lists.length <= train_rows &&
                    static_cast<int64_t>(lists.rows.size()) == rows * lists.length &&
                    lists.rows.size() == lists.distances.size();
  const auto no_row = [train_rows](int32_t row) { return row < 0 || row >= train_rows; };
  if (!fits || std::any_of(lists.rows.begin(), lists.rows.end(), no_row)) return not_such;
  return lists;
}

}  // namespace parzen
