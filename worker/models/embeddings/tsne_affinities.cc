#include "worker/models/embeddings/tsne_affinities.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/models/neighbors/neighbor_search.h"

namespace parzen {
namespace {

constexpr int64_t kMostNeighbors = int64_t{1} << 28;  // of all rows together, about 40 bytes each
constexpr double kTolerance = 1e-5;                   // of the logarithm of the perplexity
// From the smallest to the largest factor that floats' distances ask for, and as fine as it goes.
constexpr int kMostSteps = 400;
constexpr int64_t kRowsPerBlock = 256;

// Calls use(block, first, end) for blocks of rows, several at a time.
template <typename Use>
void ForEachBlock(int64_t rows, const Use& use) {
  tbb::parallel_for(int64_t{0}, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    use(block, block * kRowsPerBlock, std::min(rows, (block + 1) * kRowsPerBlock));
  });
}

// Which rows a row draws, and how probably: so many for each row.
struct Draws {
  int64_t length = 0;
  std::vector<int32_t> column;
  std::vector<float> probability;
};

// Probabilities that fall as exp(-factor * square), where bisection finds the factor that gives the perplexity. Squares
// are of distances, nearest first. Where many are equally near, the perplexity stays larger.
void DrawWithPerplexity(const Eigen::ArrayXd& squares, double perplexity, Eigen::ArrayXd& probabilities) {
  const double wanted = std::log(perplexity);
  const Eigen::ArrayXd beyond = squares - squares(0);
  double factor = 1, low = 0, high = std::numeric_limits<double>::infinity(), sum = 1;
  for (int step = 0; step < kMostSteps; ++step) {
    probabilities = (beyond * -factor).exp();
    sum = probabilities.sum();
    const double spread = factor * (probabilities * beyond).sum() / sum;
    const double entropy = std::log(sum) + spread;
    if (std::abs(entropy - wanted) <= kTolerance) break;
    if (entropy > wanted) {
      if (spread == 0) break;  // only equally near ones are left
      low = factor;
      factor = std::isinf(high) ? factor * 2 : (factor + high) / 2;
    } else {
      high = factor;
      factor = (factor + low) / 2;
    }
    if (factor == low || factor == high) break;
  }
  probabilities /= sum;
}

// The draws of one row, columns ascending. `rows` and `distances`: the nearest ones, one more than it draws, itself
// among them unless as many others are at the same place.
class RowDraw {
 public:
  void Find(int64_t row, const int32_t* rows, const double* distances, double perplexity, int64_t length,
            int32_t* columns, float* probabilities) {
    squares_.resize(length);
    order_.clear();
    for (int64_t n = 0; n <= length && static_cast<int64_t>(order_.size()) < length; ++n) {
      if (rows[n] == row) continue;
      squares_(static_cast<Eigen::Index>(order_.size())) = distances[n] * distances[n];
      order_.emplace_back(rows[n], static_cast<int32_t>(order_.size()));
    }
    DrawWithPerplexity(squares_, perplexity, probabilities_);
    std::sort(order_.begin(), order_.end());
    for (const auto& [column, place] : order_) {
      *columns++ = column;
      *probabilities++ = static_cast<float>(probabilities_(place));
    }
  }

 private:
  Eigen::ArrayXd squares_, probabilities_;
  std::vector<std::pair<int32_t, int32_t>> order_;  // column, and place by distance
};

absl::StatusOr<Draws> FindDraws(const FeatureRef& rows, double perplexity, int64_t length,
                                const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(const NeighborLists lists,
                   NeighborSearch(NearestNeighbors::EUCLIDEAN, rows).Find(rows, length + 1, stop));
  Draws draws;
  draws.length = length;
  draws.column.resize(static_cast<size_t>(rows.rows() * length));
  draws.probability.resize(draws.column.size());
  tbb::enumerable_thread_specific<RowDraw> finders;
  ForEachBlock(rows.rows(), [&](int64_t, int64_t first, int64_t end) {
    if (stop()) return;
    RowDraw& finder = finders.local();
    for (int64_t row = first; row < end; ++row) {
      finder.Find(row, lists.rows.data() + row * lists.length, lists.distances.data() + row * lists.length, perplexity,
                  length, draws.column.data() + row * length, draws.probability.data() + row * length);
    }
  });
  if (stop()) return absl::CancelledError("the search for affinities was asked to stop");
  return draws;
}

// Who draws each row, ascending, and how probably.
struct Drawn {
  std::vector<int64_t> begin;  // rows + 1
  std::vector<int32_t> by;
  std::vector<float> probability;
};

Drawn Transposed(const Draws& draws, int64_t rows) {
  Drawn drawn;
  drawn.begin.assign(static_cast<size_t>(rows) + 1, 0);
  for (const int32_t column : draws.column) ++drawn.begin[static_cast<size_t>(column) + 1];
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) drawn.begin[row + 1] += drawn.begin[row];
  drawn.by.resize(draws.column.size());
  drawn.probability.resize(draws.column.size());
  std::vector<int64_t> next(drawn.begin.begin(), drawn.begin.end() - 1);
  for (size_t at = 0; at < draws.column.size(); ++at) {
    const size_t to = static_cast<size_t>(next[static_cast<size_t>(draws.column[at])]++);
    drawn.by[to] = static_cast<int32_t>(static_cast<int64_t>(at) / draws.length);
    drawn.probability[to] = draws.probability[at];
  }
  return drawn;
}

// Calls use(column, both probabilities' sum) for all that `row` draws or is drawn by, ascending.
template <typename Use>
void ForEachOfEither(const Draws& draws, const Drawn& drawn, int64_t row, const Use& use) {
  size_t a = static_cast<size_t>(row * draws.length), b = static_cast<size_t>(drawn.begin[static_cast<size_t>(row)]);
  const size_t a_end = a + static_cast<size_t>(draws.length);
  const size_t b_end = static_cast<size_t>(drawn.begin[static_cast<size_t>(row) + 1]);
  while (a < a_end || b < b_end) {
    const bool from_a = b == b_end || (a < a_end && draws.column[a] <= drawn.by[b]);
    const bool from_b = a == a_end || (b < b_end && drawn.by[b] <= draws.column[a]);
    const int32_t column = from_a ? draws.column[a] : drawn.by[b];
    use(column, (from_a ? static_cast<double>(draws.probability[a]) : 0) +
                    (from_b ? static_cast<double>(drawn.probability[b]) : 0));
    a += from_a;
    b += from_b;
  }
}

Affinities Joint(const Draws& draws, const Drawn& drawn, int64_t rows) {
  Affinities joint;
  joint.begin.assign(static_cast<size_t>(rows) + 1, 0);
  ForEachBlock(rows, [&](int64_t, int64_t first, int64_t end) {
    for (int64_t row = first; row < end; ++row) {
      int64_t& entries = joint.begin[static_cast<size_t>(row) + 1];
      ForEachOfEither(draws, drawn, row, [&](int32_t, double) { ++entries; });
      entries = (entries + Affinities::kMultiple - 1) / Affinities::kMultiple * Affinities::kMultiple;
    }
  });
  for (size_t row = 0; row < static_cast<size_t>(rows); ++row) joint.begin[row + 1] += joint.begin[row];
  joint.column.resize(static_cast<size_t>(joint.begin.back()));
  joint.value.assign(joint.column.size(), 0);
  std::vector<std::pair<double, double>> sums(static_cast<size_t>((rows + kRowsPerBlock - 1) / kRowsPerBlock));
  ForEachBlock(rows, [&](int64_t block, int64_t first, int64_t end) {
    auto& [sum, entropy] = sums[static_cast<size_t>(block)];
    for (int64_t row = first; row < end; ++row) {
      size_t at = static_cast<size_t>(joint.begin[static_cast<size_t>(row)]);
      ForEachOfEither(draws, drawn, row, [&](int32_t column, double both) {
        const float value = static_cast<float>(both / (2 * static_cast<double>(rows)));
        joint.column[at] = column;
        joint.value[at++] = value;
        sum += static_cast<double>(value);
        if (value > 0) entropy += static_cast<double>(value) * std::log(static_cast<double>(value));
      });
      const size_t row_end = static_cast<size_t>(joint.begin[static_cast<size_t>(row) + 1]);
      std::fill(joint.column.begin() + static_cast<int64_t>(at), joint.column.begin() + static_cast<int64_t>(row_end),
                static_cast<int32_t>(row));
    }
  });
  for (const auto& [sum, entropy] : sums) {
    joint.sum += sum;
    joint.entropy += entropy;
  }
  return joint;
}

}  // namespace

absl::StatusOr<Affinities> FindAffinities(const FeatureRef& rows, double perplexity,
                                          const std::function<bool()>& stop) {
  const int64_t count = rows.rows();
  if (!(perplexity < static_cast<double>(count))) {
    return absl::InvalidArgumentError(absl::StrCat("tsne.perplexity: ", perplexity, " is too large for ", count,
                                                   " rows: it has to be less than their number, and a third of that, ",
                                                   count / 3, ", is the most that is sensible"));
  }
  const int64_t length = std::min(count - 1, static_cast<int64_t>(3 * perplexity + 1));
  if (length > kMostNeighbors / count || count > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(absl::StrCat("tsne.perplexity: ", perplexity, " asks for ", length,
                                                   " neighbours of each of ", count, " rows, and there is room for ",
                                                   kMostNeighbors, " of all; lower it, or take fewer rows"));
  }
  ASSIGN_OR_RETURN(const Draws draws, FindDraws(rows, perplexity, length, stop));
  return Joint(draws, Transposed(draws, count), count);
}

}  // namespace parzen
