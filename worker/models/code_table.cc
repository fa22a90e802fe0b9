#include "worker/models/code_table.h"

#include <immintrin.h>

#include <algorithm>
#include <array>

#include "tbb/blocked_range.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// Codes are transposed in tiles of 16 x 16 bytes.
constexpr size_t kTile = 16;

// Writes to[i * to_stride + j] = from[j][i].
void TransposeTile(const std::array<const uint8_t*, kTile>& from, uint8_t* to, size_t to_stride) {
  __m128i a[kTile], b[kTile];
  for (size_t i = 0; i < kTile; ++i) a[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from[i]));
  // Interleaving rows i and i + 8 is a perfect shuffle of the tile's bytes; four of them exchange row and column bits.
  const auto shuffle = [](const __m128i* in, __m128i* out) {
    for (size_t i = 0; i < kTile / 2; ++i) {
      out[2 * i] = _mm_unpacklo_epi8(in[i], in[i + kTile / 2]);
      out[2 * i + 1] = _mm_unpackhi_epi8(in[i], in[i + kTile / 2]);
    }
  };
  shuffle(a, b);
  shuffle(b, a);
  shuffle(a, b);
  shuffle(b, a);
  for (size_t i = 0; i < kTile; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * to_stride), a[i]);
}

uint8_t MostCommon(const uint8_t* codes, int64_t rows) {
  // Four tables, since equal neighbours would wait for each other's increments.
  std::array<std::array<uint32_t, 256>, 4> counts{};
  for (int64_t row = 0; row < rows; ++row) ++counts[row & 3][codes[row]];
  for (int code = 0; code < 256; ++code) counts[0][code] += counts[1][code] + counts[2][code] + counts[3][code];
  return static_cast<uint8_t>(std::max_element(counts[0].begin(), counts[0].end()) - counts[0].begin());
}

}  // namespace

CodeTable::CodeTable(const BinnedFeatures& binned)
    : binned_(binned), common_codes_(binned.features()), row_stride_((binned.features() + kTile - 1) / kTile * kTile) {
  const int64_t rows = binned.rows();
  by_row_.resize(rows * row_stride_);
  static constexpr std::array<uint8_t, kTile> kNoCodes{};
  tbb::parallel_for(size_t{0}, row_stride_ / kTile, [&](size_t tile) {
    const int first = static_cast<int>(tile * kTile);
    const int end = std::min(first + static_cast<int>(kTile), binned.features());
    for (int feature = first; feature < end; ++feature) {
      common_codes_[feature] = MostCommon(binned.column(feature), rows);
    }
    int64_t row = 0;
    for (; row + static_cast<int64_t>(kTile) <= rows; row += kTile) {
      std::array<const uint8_t*, kTile> from;
      for (size_t i = 0; i < kTile; ++i) {
        from[i] = first + static_cast<int>(i) < end ? binned.column(first + i) + row : kNoCodes.data();
      }
      TransposeTile(from, by_row_.data() + row * row_stride_ + first, row_stride_);
    }
    for (; row < rows; ++row) {
      for (int feature = first; feature < end; ++feature) {
        by_row_[row * row_stride_ + feature] = binned.column(feature)[row];
      }
    }
  });
}

CodeColumns CodeTable::CutBlock(Sample* samples, size_t count, uint8_t* block) const {
  const size_t stride = BlockStride(count);
  for (size_t first = 0; first < count; first += kTile) {
    std::array<const uint8_t*, kTile> from;
    // A last tile that is not full repeats its last row, into the columns' padding.
    for (size_t i = 0; i < kTile; ++i) {
      from[i] = by_row_.data() + samples[std::min(first + i, count - 1)].row * row_stride_;
    }
    for (size_t feature = 0; feature < row_stride_; feature += kTile) {
      TransposeTile(from, block + feature * stride + first, stride);
      for (const uint8_t*& row : from) row += kTile;
    }
  }
  for (size_t i = 0; i < count; ++i) samples[i].row = static_cast<uint32_t>(i);
  return {block, stride};
}

}  // namespace parzen
