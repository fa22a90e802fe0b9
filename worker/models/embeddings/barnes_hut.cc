#include "worker/models/embeddings/barnes_hut.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int kLanes = 8;
// Registers of points that walk together: enough to keep the core busy while a cell's number is on its way.
constexpr int kPackets = 2;
constexpr int64_t kGroup = kLanes * kPackets;
constexpr int64_t kPointsPerBlock = 16 * kGroup;
// A cell of so few points is not divided.
constexpr int32_t kLeafPoints = 8;

// Bits of a place on the curve for each dimension.
template <int kDimensions>
constexpr int kBits = kDimensions == 1   ? 24
                      : kDimensions == 2 ? 16
                                         : 10;

// Bit i of a number becomes bit 2 i, or 3 i.
template <int kDimensions>
uint32_t SpreadBits(uint32_t bits) {
  if (kDimensions == 2) {
    bits = (bits | bits << 8) & 0x00ff00ff;
    bits = (bits | bits << 4) & 0x0f0f0f0f;
    bits = (bits | bits << 2) & 0x33333333;
    bits = (bits | bits << 1) & 0x55555555;
  } else if (kDimensions == 3) {
    bits = (bits | bits << 16) & 0x030000ff;
    bits = (bits | bits << 8) & 0x0300f00f;
    bits = (bits | bits << 4) & 0x030c30c3;
    bits = (bits | bits << 2) & 0x09249249;
  }
  return bits;
}

// Sorts by the upper 32 bits; equal ones stay in order.
void SortByUpperBits(std::vector<uint64_t>& keys, std::vector<uint64_t>& spare) {
  spare.resize(keys.size());
  for (int shift = 32; shift < 64; shift += 8) {
    std::array<uint32_t, 257> begin = {};
    for (const uint64_t key : keys) ++begin[(key >> shift & 0xff) + 1];
    for (size_t digit = 0; digit < 256; ++digit) begin[digit + 1] += begin[digit];
    for (const uint64_t key : keys) spare[begin[key >> shift & 0xff]++] = key;
    keys.swap(spare);
  }
}

// Adds what points at `difference` (of them, squared) push, so many of them.
template <int kDimensions>
inline void AddPush(const __m256* difference, __m256 square, __m256 points, __m256* push, __m256& weights) {
  const __m256 one = _mm256_set1_ps(1);
  __m256 falls, weight;
  if (DegreesOfFreedom(kDimensions) == 1) {
    falls = _mm256_div_ps(one, _mm256_add_ps(one, square));
    weight = _mm256_mul_ps(points, falls);
  } else {
    falls = _mm256_div_ps(one, _mm256_fmadd_ps(square, _mm256_set1_ps(.5F), one));
    weight = _mm256_mul_ps(points, _mm256_mul_ps(falls, _mm256_sqrt_ps(falls)));
  }
  weights = _mm256_add_ps(weights, weight);
  const __m256 strength = _mm256_mul_ps(weight, falls);
  for (int d = 0; d < kDimensions; ++d) push[d] = _mm256_fmadd_ps(strength, difference[d], push[d]);
}

template <int kDimensions>
inline __m256 SquareOf(const __m256* difference) {
  __m256 square = _mm256_mul_ps(difference[0], difference[0]);
  for (int d = 1; d < kDimensions; ++d) square = _mm256_fmadd_ps(difference[d], difference[d], square);
  return square;
}

}  // namespace

// Points on their way through the tree.
template <int kDimensions>
struct BarnesHut<kDimensions>::Walk {
  struct Packet {
    __m256 place[kDimensions];
    __m256 push[kDimensions];
    __m256 weights;
    __m256i number;   // of the sorted points
    __m256i goes_on;  // at that cell: it took one whole that holds those before
    __m256 looks;     // into the cell where the walk is
  };
  Packet packets[kPackets];
};

template <int kDimensions>
BarnesHut<kDimensions>::BarnesHut(int64_t points, double angle) : points_(points), angle_(angle) {
  const int64_t padded = (points + kGroup - 1) / kGroup * kGroup;
  for (std::vector<float>& coordinate : coordinates_) coordinate.resize(static_cast<size_t>(padded));
  sorted_.resize(static_cast<size_t>(points));
  sums_.resize(static_cast<size_t>((points + kPointsPerBlock - 1) / kPointsPerBlock));
}

template <int kDimensions>
void BarnesHut<kDimensions>::SortPoints(const float* places) {
  std::array<float, kDimensions> low, high;
  for (int d = 0; d < kDimensions; ++d) low[d] = high[d] = places[d];
  for (int64_t i = 1; i < points_; ++i) {
    for (int d = 0; d < kDimensions; ++d) {
      low[d] = std::min(low[d], places[i * kDimensions + d]);
      high[d] = std::max(high[d], places[i * kDimensions + d]);
    }
  }
  float side = 0;
  for (int d = 0; d < kDimensions; ++d) side = std::max(side, high[d] - low[d]);
  side_ = static_cast<double>(side);
  // Every pair by itself: all in one cell, in the order in which they came.
  constexpr float kLast = static_cast<float>((1u << kBits<kDimensions>)-1);
  const float scale = side > 0 && angle_ > 0 ? kLast / side : 0;
  for (int64_t i = 0; i < points_; ++i) {
    uint32_t key = 0;
    for (int d = 0; d < kDimensions; ++d) {
      const float step = (places[i * kDimensions + d] - low[d]) * scale;
      // Places that are no numbers stay in the grid, too.
      const uint32_t bits = !(step > 0) ? 0 : static_cast<uint32_t>(std::min(step, kLast));
      key |= SpreadBits<kDimensions>(bits) << d;
    }
    sorted_[static_cast<size_t>(i)] = static_cast<uint64_t>(key) << 32 | static_cast<uint64_t>(i);
  }
  SortByUpperBits(sorted_, spare_);
}

template <int kDimensions>
void BarnesHut<kDimensions>::Build(const float* places) {
  SortPoints(places);
  const size_t padded = coordinates_[0].size();
  for (size_t i = 0; i < padded; ++i) {
    const uint32_t point = static_cast<uint32_t>(sorted_[std::min(i, sorted_.size() - 1)]);
    for (int d = 0; d < kDimensions; ++d) {
      coordinates_[static_cast<size_t>(d)][i] = places[static_cast<int64_t>(point) * kDimensions + d];
    }
  }
  SetNear();
  cells_.clear();
  AddCell(0, static_cast<int32_t>(points_));
}

// Up to which squared distance points look into cells of each level. A point further from a cell's centre than its
// diagonal is not in the cell, whose sums would count the point itself.
template <int kDimensions>
void BarnesHut<kDimensions>::SetNear() {
  const double times = std::max(1 / (angle_ * angle_), 1.01 * kDimensions);
  for (size_t level = 0; level < near_.size(); ++level) {
    const double side = std::ldexp(side_, -static_cast<int>(level));
    near_[level] = angle_ == 0 ? std::numeric_limits<float>::infinity() : static_cast<float>(side * side * times);
  }
}

template <int kDimensions>
typename BarnesHut<kDimensions>::Sum BarnesHut<kDimensions>::FinishLeaf(int32_t cell, int32_t first, int32_t last,
                                                                        int level) {
  Sum sum = {};
  bool same = true;
  for (int d = 0; d < kDimensions; ++d) {
    const float* const coordinate = coordinates_[static_cast<size_t>(d)].data();
    for (int32_t i = first; i < last; ++i) {
      sum[static_cast<size_t>(d)] += static_cast<double>(coordinate[i]);
      same = same && coordinate[i] == coordinate[first];
    }
  }
  Cell& leaf = cells_[static_cast<size_t>(cell)];
  leaf.first = first;
  leaf.last = last;
  // Those at the same place are as good as one.
  leaf.near = same ? -1 : near_[static_cast<size_t>(level)];
  return sum;
}

// The cell of sorted points [first, last), and all cells in it. Levels on which it would have only one are left out.
template <int kDimensions>
typename BarnesHut<kDimensions>::Sum BarnesHut<kDimensions>::AddCell(int32_t first, int32_t last) {
  constexpr int kKeyBits = kBits<kDimensions> * kDimensions;
  const auto key = [this](int32_t i) { return static_cast<uint32_t>(sorted_[static_cast<size_t>(i)] >> 32); };
  const uint32_t differ = key(first) ^ key(last - 1);
  const int level = differ == 0 ? kBits<kDimensions> : (__builtin_clz(differ) - (32 - kKeyBits)) / kDimensions;
  const int32_t cell = static_cast<int32_t>(cells_.size());
  cells_.emplace_back();
  Sum sum = {};
  if (last - first <= kLeafPoints || level == kBits<kDimensions>) {
    sum = FinishLeaf(cell, first, last, level);
  } else {
    const int shift = kKeyBits - (level + 1) * kDimensions;
    for (int32_t begin = first, end; begin < last; begin = end) {
      const uint64_t last_in_part = sorted_[static_cast<size_t>(begin)] | ((uint64_t{1} << (shift + 32)) - 1);
      end = static_cast<int32_t>(std::upper_bound(sorted_.begin() + begin, sorted_.begin() + last, last_in_part) -
                                 sorted_.begin());
      const Sum part = AddCell(begin, end);
      for (size_t d = 0; d < kDimensions; ++d) sum[d] += part[d];
    }
    cells_[static_cast<size_t>(cell)].near = near_[static_cast<size_t>(level)];
  }
  Cell& made = cells_[static_cast<size_t>(cell)];
  made.after = static_cast<int32_t>(cells_.size());
  made.points = static_cast<float>(last - first);
  for (size_t d = 0; d < kDimensions; ++d) made.mean[d] = static_cast<float>(sum[d] / (last - first));
  return sum;
}

// Those that look into a leaf meet its points, but not themselves.
template <int kDimensions>
void BarnesHut<kDimensions>::VisitPoints(const Cell& cell, Walk& walk) const {
  const __m256 one = _mm256_set1_ps(1);
  for (int32_t i = cell.first; i < cell.last; ++i) {
    __m256 met[kDimensions];
    for (int d = 0; d < kDimensions; ++d) met[d] = _mm256_set1_ps(coordinates_[static_cast<size_t>(d)][i]);
    const __m256i number = _mm256_set1_epi32(i);
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      typename Walk::Packet& packet = walk.packets[p];
      __m256 difference[kDimensions];
      for (int d = 0; d < kDimensions; ++d) difference[d] = _mm256_sub_ps(packet.place[d], met[d]);
      const __m256 itself = _mm256_castsi256_ps(_mm256_cmpeq_epi32(packet.number, number));
      const __m256 points = _mm256_andnot_ps(itself, _mm256_and_ps(packet.looks, one));
      AddPush<kDimensions>(difference, SquareOf<kDimensions>(difference), points, packet.push, packet.weights);
    }
  }
}

template <int kDimensions>
void BarnesHut<kDimensions>::WalkTree(Walk& walk) const {
  const __m256 one = _mm256_set1_ps(1);
  const int32_t cells = static_cast<int32_t>(cells_.size());
  for (int32_t at = 0; at < cells;) {
    const Cell& cell = cells_[static_cast<size_t>(at)];
    int look = 0;
#pragma GCC unroll 2
    for (int p = 0; p < kPackets; ++p) {
      typename Walk::Packet& packet = walk.packets[p];
      __m256 difference[kDimensions];
      for (int d = 0; d < kDimensions; ++d) {
        difference[d] = _mm256_sub_ps(packet.place[d], _mm256_set1_ps(cell.mean[d]));
      }
      const __m256 square = SquareOf<kDimensions>(difference);
      const __m256 here = _mm256_castsi256_ps(_mm256_cmpgt_epi32(_mm256_set1_epi32(at + 1), packet.goes_on));
      const __m256 near = _mm256_cmp_ps(square, _mm256_set1_ps(cell.near), _CMP_LE_OQ);
      const __m256 takes = _mm256_andnot_ps(near, here);
      packet.looks = _mm256_and_ps(near, here);
      look |= _mm256_movemask_ps(packet.looks);
      if (_mm256_movemask_ps(takes) == 0) continue;
      // At no distance it is one of those at the same place, itself.
      const __m256 itself = _mm256_and_ps(one, _mm256_cmp_ps(square, _mm256_setzero_ps(), _CMP_EQ_OQ));
      const __m256 points = _mm256_and_ps(takes, _mm256_sub_ps(_mm256_set1_ps(cell.points), itself));
      AddPush<kDimensions>(difference, square, points, packet.push, packet.weights);
      packet.goes_on = _mm256_blendv_epi8(packet.goes_on, _mm256_set1_epi32(cell.after), _mm256_castps_si256(takes));
    }
    if (look != 0 && cell.first < cell.last) VisitPoints(cell, walk);
    at = look != 0 && cell.first == cell.last ? at + 1 : cell.after;
  }
}

template <int kDimensions>
double BarnesHut<kDimensions>::Push(const std::function<bool()>& stop, float* pushes) {
  tbb::parallel_for(int64_t{0}, static_cast<int64_t>(sums_.size()), [&](int64_t block) {
    if (stop()) return;
    double sum = 0;
    const int64_t end = std::min(points_, (block + 1) * kPointsPerBlock);
    for (int64_t first = block * kPointsPerBlock; first < end; first += kGroup) {
      Walk walk;
      for (int p = 0; p < kPackets; ++p) {
        typename Walk::Packet& packet = walk.packets[p];
        const int64_t at = first + p * kLanes;
        for (int d = 0; d < kDimensions; ++d) {
          packet.place[d] = _mm256_loadu_ps(coordinates_[static_cast<size_t>(d)].data() + at);
          packet.push[d] = _mm256_setzero_ps();
        }
        packet.weights = _mm256_setzero_ps();
        packet.number =
            _mm256_add_epi32(_mm256_set1_epi32(static_cast<int32_t>(at)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
        packet.goes_on = _mm256_setzero_si256();
      }
      WalkTree(walk);
      for (int64_t i = first; i < std::min(end, first + kGroup); ++i) {
        const typename Walk::Packet& packet = walk.packets[(i - first) / kLanes];
        const int lane = static_cast<int>((i - first) % kLanes);
        const int64_t point = static_cast<uint32_t>(sorted_[static_cast<size_t>(i)]);
        for (int d = 0; d < kDimensions; ++d) pushes[point * kDimensions + d] = packet.push[d][lane];
        sum += static_cast<double>(packet.weights[lane]);
      }
    }
    sums_[static_cast<size_t>(block)] = sum;
  });
  double sum = 0;
  for (const double part : sums_) sum += part;
  return sum;
}

template class BarnesHut<1>;
template class BarnesHut<2>;
template class BarnesHut<3>;

}  // namespace parzen
