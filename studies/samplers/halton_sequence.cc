#include "studies/samplers/halton_sequence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace parzen {
namespace {

uint32_t NextPrime(uint32_t after) {
  for (uint32_t candidate = after + 1;; ++candidate) {
    bool is_prime = true;
    for (uint32_t factor = 2; is_prime && factor * factor <= candidate; ++factor) is_prime = candidate % factor != 0;
    if (is_prime) return candidate;
  }
}

}  // namespace

HaltonSequence::HaltonSequence(size_t dimensions) : dimensions_(dimensions) {
  uint32_t prime = 1;
  for (Dimension& dimension : dimensions_) {
    prime = dimension.base = NextPrime(prime);
    for (uint64_t rest = uint64_t{1} << 32; rest > 0; rest /= dimension.base) ++dimension.digits;
  }
}

HaltonSequence::HaltonSequence(size_t dimensions, const RandomStream& scrambling) : HaltonSequence(dimensions) {
  for (size_t d = 0; d < dimensions; ++d) {
    Dimension& dimension = dimensions_[d];
    RandomStream random = scrambling.Fork(d);
    std::vector<uint16_t> permutation(dimension.base);
    for (int position = 0; position < dimension.digits; ++position) {
      std::iota(permutation.begin(), permutation.end(), 0);
      random.Shuffle(permutation);
      dimension.permutations.insert(dimension.permutations.end(), permutation.begin(), permutation.end());
    }
    dimension.beyond = random.Uniform() * std::pow(dimension.base, -dimension.digits);
  }
}

double HaltonSequence::At(uint64_t number, size_t dimension) const {
  const auto& [base, digits, permutations, beyond] = dimensions_[dimension];
  const double share = 1.0 / base;
  double weight = 1;
  double coordinate = beyond;
  for (int position = 0; position < digits; ++position) {
    const uint64_t digit = number % base;
    number /= base;
    weight *= share;
    coordinate += weight * (permutations.empty() ? digit : permutations[position * base + digit]);
  }
  return std::min(coordinate, std::nextafter(1.0, 0));  // the sum may round up
}

}  // namespace parzen
