#include "studies/samplers/sobol_sequence.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace parzen {
namespace {

constexpr int kBits = SobolSequence::kBits;
using Columns = std::array<uint64_t, kBits>;

// A polynomial over GF(2); bit i is the coefficient of x^i.
using Polynomial = uint32_t;

// a b modulo p. Requires: a and b have a smaller degree than p.
Polynomial Product(Polynomial a, Polynomial b, Polynomial p) {
  const Polynomial top = std::bit_floor(p);
  Polynomial product = 0;
  for (; b != 0; b >>= 1) {
    if (b & 1) product ^= a;
    a <<= 1;
    if (a & top) a ^= p;
  }
  return product;
}

// x^exponent modulo p. Requires: p has degree 2 or more.
Polynomial PowerOfX(uint32_t exponent, Polynomial p) {
  Polynomial power = 1;
  for (Polynomial square = 2; exponent != 0; exponent >>= 1, square = Product(square, square, p)) {
    if (exponent & 1) power = Product(power, square, p);
  }
  return power;
}

// Whether x generates all 2^degree - 1 nonzero residues modulo p.
bool IsPrimitive(Polynomial p) {
  const int degree = std::bit_width(p) - 1;
  if (degree == 1) return p == 3;
  const uint32_t order = (uint32_t{1} << degree) - 1;
  if (PowerOfX(order, p) != 1) return false;
  uint32_t rest = order;
  for (uint32_t factor = 3; rest > 1; factor += 2) {
    if (factor * factor > rest) factor = rest;
    if (rest % factor != 0) continue;
    while (rest % factor == 0) rest /= factor;
    if (PowerOfX(order / factor, p) == 1) return false;
  }
  return true;
}

Polynomial NextPrimitive(Polynomial p) {
  do p += 2;  // one with x as a factor is not
  while (!IsPrimitive(p));
  return p;
}

// Direction numbers as binary fractions: the first ones drawn, the others from the polynomial's recurrence (Bratley and
// Fox, 1988, equation 2).
Columns DrawColumns(Polynomial polynomial, RandomStream& random) {
  const int degree = std::bit_width(polynomial) - 1;
  Columns columns;
  for (int b = 0; b < kBits; ++b) {
    if (b < degree) {
      columns[b] = (2 * random.Below(uint64_t{1} << b) + 1) << (kBits - 1 - b);  // odd
      continue;
    }
    columns[b] = columns[b - degree] ^ (columns[b - degree] >> degree);
    for (int i = 1; i < degree; ++i) {
      if ((polynomial >> (degree - i)) & 1) columns[b] ^= columns[b - i];
    }
  }
  return columns;
}

// Row i of the generator matrix: which of the first `size` bits of a number the coordinate's digit i adds up.
template <int size>
std::array<uint32_t, size> Rows(const Columns& columns) {
  std::array<uint32_t, size> rows = {};
  for (int i = 0; i < size; ++i) {
    for (int b = 0; b < size; ++b) rows[i] |= static_cast<uint32_t>((columns[b] >> (kBits - 1 - i)) & 1) << b;
  }
  return rows;
}

// The quality parameter t of the first 2^size points in two dimensions: every interval of area 2^(t - size) whose sides
// are powers of two holds exactly 2^t of them (Niederreiter, 1992, chapter 4).
template <int size>
int QualityOfPair(const std::array<uint32_t, size>& first, const std::array<uint32_t, size>& second) {
  std::array<uint32_t, size> basis = {};  // by leading bit
  const auto add = [](uint32_t row, std::array<uint32_t, size>& rows) {
    while (row != 0) {
      uint32_t& same = rows[std::bit_width(row) - 1];
      if (same == 0) {
        same = row;
        return true;
      }
      row ^= same;
    }
    return false;
  };
  int independent = size;
  for (int taken = 0; taken < size; ++taken) {
    std::array<uint32_t, size> both = basis;
    int more = 0;
    while (taken + more < size && add(second[more], both)) ++more;
    independent = std::min(independent, taken + more);
    add(first[taken], basis);
  }
  return size - independent;
}

// What the first 64 and 1,024 points of a dimension are made with.
struct Beginning {
  explicit Beginning(const Columns& columns) : few(Rows<6>(columns)), many(Rows<10>(columns)) {}
  std::array<uint32_t, 6> few;
  std::array<uint32_t, 10> many;
};

// How badly a dimension goes with the last ones before it; not counted on from `limit`.
int64_t Penalty(const Beginning& dimension, const std::vector<Beginning>& earlier, int64_t limit) {
  constexpr size_t kLookBack = 16;
  int64_t penalty = 0;
  for (size_t i = earlier.size() - std::min(earlier.size(), kLookBack); i < earlier.size() && penalty < limit; ++i) {
    penalty += int64_t{1} << (2 * QualityOfPair<6>(earlier[i].few, dimension.few));
    penalty += int64_t{1} << (2 * QualityOfPair<10>(earlier[i].many, dimension.many));
  }
  return penalty;
}

std::vector<Columns> MakeColumns(size_t dimensions) {
  constexpr int kTries = 8;
  std::vector<Columns> all;
  std::vector<Beginning> beginnings;
  Polynomial polynomial = 1;
  for (size_t d = 0; d < dimensions; ++d) {
    if (d == 0) {  // the van der Corput sequence
      Columns& columns = all.emplace_back();
      for (int b = 0; b < kBits; ++b) columns[b] = uint64_t{1} << (kBits - 1 - b);
      beginnings.emplace_back(columns);
      continue;
    }
    polynomial = NextPrimitive(polynomial);
    RandomStream random(0, static_cast<int64_t>(d), "sampler/sobol/directions");  // the same for every study
    Columns best;
    int64_t least = std::numeric_limits<int64_t>::max();
    for (int i = 0; i < kTries; ++i) {
      const Columns columns = DrawColumns(polynomial, random);
      const int64_t penalty = Penalty(Beginning(columns), beginnings, least);
      if (penalty >= least) continue;
      least = penalty;
      best = columns;
    }
    beginnings.emplace_back(best);
    all.push_back(best);
  }
  return all;
}

// Multiplies digits by a random lower triangular matrix with ones on its diagonal.
void Scramble(Columns& columns, RandomStream& random) {
  Columns scrambled = {};
  for (int i = 0; i < kBits; ++i) {
    const uint64_t digit = uint64_t{1} << (kBits - 1 - i);
    const uint64_t before = ((uint64_t{1} << kBits) - 1) & ~(2 * digit - 1);  // the digits of more weight
    const uint64_t row = digit | (random() & before);
    for (int b = 0; b < kBits; ++b) {
      if (std::popcount(columns[b] & row) % 2 == 1) scrambled[b] |= digit;
    }
  }
  columns = scrambled;
}

}  // namespace

SobolSequence::SobolSequence(size_t dimensions) : columns_(MakeColumns(dimensions)), shifts_(dimensions, 0) {}

SobolSequence::SobolSequence(size_t dimensions, const RandomStream& scrambling) : SobolSequence(dimensions) {
  for (size_t d = 0; d < dimensions; ++d) {
    RandomStream random = scrambling.Fork(d);
    Scramble(columns_[d], random);
    shifts_[d] = random() >> (64 - kBits);
  }
}

double SobolSequence::At(uint64_t number, size_t dimension) const {
  uint64_t digits = shifts_[dimension];
  for (; number != 0; number &= number - 1) digits ^= columns_[dimension][std::countr_zero(number)];
  return static_cast<double>(digits) / static_cast<double>(uint64_t{1} << kBits);
}

}  // namespace parzen
