// How well a forest does on its training rows, each predicted by the trees that did not see it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "worker/models/trees/code_table.h"
#include "worker/models/trees/grown_tree.h"
#include "worker/prepared_data.h"

namespace parzen {

// Memory: a bit for each row and tree. Threads: SetBag of different trees may run at once.
class OutOfBag {
 public:
  OutOfBag(int64_t rows, int trees) : words_((rows + 63) / 64), in_bag_(trees, std::vector<uint64_t>(words_, 0)) {}

  // Tree `i` is grown on these rows.
  void SetBag(int i, absl::Span<const Sample> samples);

  // The share of rows whose most probable class is theirs (the first of equals), or in a regression R2 (0 when all
  // targets are the same). Rows that every tree saw are left out; nullopt when those are all. Uses TBB over rows.
  std::optional<double> Measure(absl::Span<const GrownTree> trees, const TrainingRows& rows) const;

 private:
  size_t words_;
  std::vector<std::vector<uint64_t>> in_bag_;  // of each tree, bit r: it saw row r
};

}  // namespace parzen
