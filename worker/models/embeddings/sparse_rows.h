// A square matrix of which most numbers are 0, by rows: graphs of neighbours and what is made of them. Pure functions;
// those that sum do so in a fixed order, the same for any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

namespace parzen {

struct SparseRows {
  std::vector<size_t> begins = {0};  // where each row begins among the numbers, and where the last one ends
  std::vector<int32_t> columns;      // ascending within a row
  std::vector<double> values;

  int64_t rows() const { return static_cast<int64_t>(begins.size()) - 1; }
};

SparseRows Transposed(const SparseRows& matrix);

// Rows that can be reached from each other over numbers that are there, in either direction, are one group.
int64_t CountGroups(const SparseRows& matrix);

// matrix' * matrix, all of it. Cancelled: `stop` (any thread asks it) said so. ResourceExhausted: more numbers than a
// few gigabytes hold. Uses TBB.
absl::StatusOr<SparseRows> SquareOf(const SparseRows& matrix, const std::function<bool()>& stop);

}  // namespace parzen
