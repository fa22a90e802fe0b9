#include "studies/pruners/signed_rank.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

namespace parzen {
namespace {

constexpr size_t kMostExact = 50;

// Twice the rank of each difference by its size, from 1: whole numbers, since equals share a mean of whole numbers.
std::vector<int64_t> DoubledRanks(absl::Span<const double> differences) {
  std::vector<size_t> order(differences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return std::abs(differences[a]) < std::abs(differences[b]); });
  std::vector<int64_t> ranks(differences.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && std::abs(differences[order[end]]) == std::abs(differences[order[begin]])) ++end;
    for (size_t i = begin; i < end; ++i) ranks[order[i]] = static_cast<int64_t>(begin + 1 + end);
  }
  return ranks;
}

// The chance that fair signs of these ranks give a sum of positive ones of at least `seen`; everything doubled.
double ExactPValue(const std::vector<int64_t>& ranks, int64_t seen) {
  const int64_t most = std::accumulate(ranks.begin(), ranks.end(), int64_t{0});
  std::vector<double> chance(static_cast<size_t>(most) + 1);  // by sum
  chance[0] = 1;
  int64_t reached = 0;
  for (const int64_t rank : ranks) {
    reached += rank;
    for (int64_t sum = reached; sum >= 0; --sum) {
      const double with = sum >= rank ? chance[static_cast<size_t>(sum - rank)] : 0;
      chance[static_cast<size_t>(sum)] = (chance[static_cast<size_t>(sum)] + with) / 2;
    }
  }
  double p = 0;
  for (int64_t sum = most; sum >= std::max<int64_t>(seen, 0); --sum) p += chance[static_cast<size_t>(sum)];
  return std::min(p, 1.0);
}

}  // namespace

double SignedRankPValue(absl::Span<const double> differences) {
  const std::vector<int64_t> ranks = DoubledRanks(differences);
  std::vector<int64_t> signed_ranks;  // of differences that have a sign
  int64_t positive = 0;
  double doubled_zeros = 0, sum = 0, squares = 0;
  for (size_t i = 0; i < ranks.size(); ++i) {
    const auto rank = static_cast<double>(ranks[i]);
    sum += rank;
    squares += rank * rank;
    if (differences[i] == 0) {
      doubled_zeros += rank;
      continue;
    }
    signed_ranks.push_back(ranks[i]);
    if (differences[i] > 0) positive += ranks[i];
  }
  if (signed_ranks.size() <= kMostExact) return ExactPValue(signed_ranks, positive);
  // Half of every rank is expected to be positive, with a variance of a quarter of its square.
  const double z = (static_cast<double>(positive) + doubled_zeros / 2 - sum / 2) / std::sqrt(squares / 4);
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

}  // namespace parzen
