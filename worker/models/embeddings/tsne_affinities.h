// How near rows are to each other, as t-SNE sees it: for each pair the probability of being drawn as neighbours.
//
// Row i draws row j with a probability that falls as exp(-d^2 / 2 s^2), where s is such that the draw has the wanted
// perplexity; the joint probability is the mean of both ways, divided by the rows (van der Maaten and Hinton, 2008,
// section 3.1). Of each row only the nearest 3 * perplexity + 1 are seen (van der Maaten, 2014, section 4.1).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/dataset.h"

namespace parzen {

// A sparse symmetric matrix. Threads: immutable.
struct Affinities {
  // Entries of row i lie in [begin[i], begin[i + 1]), columns ascending; so many that it is a multiple of this, the
  // last ones with column i and value 0.
  static constexpr int64_t kMultiple = 8;

  std::vector<int64_t> begin;  // rows + 1
  std::vector<int32_t> column;
  std::vector<float> value;
  double sum = 0;      // of the values: 1, to rounding
  double entropy = 0;  // the sum of value * log(value)

  int64_t rows() const { return static_cast<int64_t>(begin.size()) - 1; }
};

// InvalidArgument: the perplexity is not below the number of rows, or there would be too many neighbours for memory.
// Cancelled: `stop` (any thread asks it) said so. The same bits for any number of threads; uses the task arena it is
// called in. Requires: finite numbers, a perplexity of at least 1.
absl::StatusOr<Affinities> FindAffinities(const FeatureRef& rows, double perplexity, const std::function<bool()>& stop);

}  // namespace parzen
