#include "worker/models/svm/scaled_rows.h"

namespace parzen {
namespace {

// Loops of fixed length are made vectors of by the compiler.
constexpr int64_t kBlock = 16;

// Four rows at a time, so that a sum is fetched and stored once for them.
void AddFour(const ScaledRow* rows, int64_t first, int64_t last, double* __restrict sums) {
  const ScaledRow &row0 = rows[0], &row1 = rows[1], &row2 = rows[2], &row3 = rows[3];
  for (int64_t block = first; block < last; block += kBlock) {
    for (int64_t i = block; i < block + kBlock; ++i) {
      sums[i] = (((sums[i] + row0.by * row0.values[i]) + row1.by * row1.values[i]) + row2.by * row2.values[i]) +
                row3.by * row3.values[i];
    }
  }
}

}  // namespace

void AddRows(const std::vector<ScaledRow>& rows, int64_t first, int64_t last, double* sums) {
  size_t r = 0;
  for (; r + 4 <= rows.size(); r += 4) AddFour(&rows[r], first, last, sums);
  for (; r < rows.size(); ++r) {
    for (int64_t i = first; i < last; ++i) sums[i] += rows[r].by * rows[r].values[i];
  }
}

}  // namespace parzen
