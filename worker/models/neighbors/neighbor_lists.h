// For each of some rows, the training rows nearest to it: nearest first, of equally near ones the smaller number.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/prepared_store.h"

namespace parzen {

// Lists somewhere else. Borrows. As many rows as distances, both rows asked about x length.
struct NeighborListsView {
  int64_t length = 0;
  absl::Span<const int32_t> rows;
  absl::Span<const double> distances;
};

struct NeighborLists {
  int64_t length = 0;
  std::vector<int32_t> rows;
  std::vector<double> distances;

  NeighborListsView view() const { return {length, rows, distances}; }
};

// Lists as the sections of a file, and back. DataLoss: these are not lists of `rows` rows, among `train_rows`.
absl::Status GiveLists(const NeighborListsView& lists, const SectionSink& sink);
absl::StatusOr<NeighborListsView> OpenLists(const SectionFile& file, int64_t rows, int64_t train_rows);

}  // namespace parzen
