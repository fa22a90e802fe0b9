#include "worker/models/trees/code_table.h"

#include <immintrin.h>

#include <algorithm>
#include <array>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

// Codes are transposed in tiles of 16 x 16 bytes.
constexpr int kTile = 16;
constexpr int kLine = 64;  // bytes of a cache line

// Interleaving lines i and i + 8 is a perfect shuffle of the tile's bytes.
[[gnu::always_inline]] inline void Shuffle(const __m128i* in, __m128i* out) {
#pragma GCC unroll 8
  for (int i = 0; i < kTile / 2; ++i) {
    out[2 * i] = _mm_unpacklo_epi8(in[i], in[i + kTile / 2]);
    out[2 * i + 1] = _mm_unpackhi_epi8(in[i], in[i + kTile / 2]);
  }
}

// Writes to[i * to_stride + j] = from[j][offset + i].
void TransposeTile(const uint8_t* const* from, size_t offset, uint8_t* to, size_t to_stride) {
  __m128i a[kTile], b[kTile];
#pragma GCC unroll 16
  for (int i = 0; i < kTile; ++i) a[i] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from[i] + offset));
  // Four perfect shuffles exchange the row bits and the column bits of a byte's place.
  Shuffle(a, b);
  Shuffle(b, a);
  Shuffle(a, b);
  Shuffle(b, a);
#pragma GCC unroll 16
  for (int i = 0; i < kTile; ++i) _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i * to_stride), a[i]);
}

uint8_t MostCommon(const uint8_t* codes, int64_t rows) {
  // Four tables, since equal neighbours would wait for each other's increments.
  std::array<std::array<uint32_t, 256>, 4> counts{};
  for (int64_t row = 0; row < rows; ++row) ++counts[row & 3][codes[row]];
  for (int code = 0; code < 256; ++code) counts[0][code] += counts[1][code] + counts[2][code] + counts[3][code];
  return static_cast<uint8_t>(std::max_element(counts[0].begin(), counts[0].end()) - counts[0].begin());
}

// Sets bit r of `bits` when codes[r] is not `common`. Requires: whole words of codes to be readable.
void MarkUncommon(const uint8_t* codes, size_t words, uint8_t common, uint64_t* bits) {
  const __m256i wanted = _mm256_set1_epi8(static_cast<char>(common));
  for (size_t word = 0; word < words; ++word) {
    const __m256i* const from = reinterpret_cast<const __m256i*>(codes + word * kLine);
    const uint32_t low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from), wanted));
    const uint32_t high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from + 1), wanted));
    bits[word] = ~(uint64_t{high} << 32 | low);
  }
}

}  // namespace

CodeTable::CodeTable(const BinnedFeatures& binned)
    : binned_(binned),
      common_codes_(binned.features()),
      words_((binned.rows() + kLine - 1) / kLine),
      uncommon_(words_ * binned.features()),
      row_stride_((binned.features() + kTile - 1) / kTile * kTile),
      by_row_(binned.rows() * row_stride_) {
  const int64_t rows = binned.rows();
  tbb::parallel_for(0, binned.features(), [&](int feature) {
    const uint8_t* codes = binned.column(feature);
    const uint8_t common = common_codes_[feature] = MostCommon(codes, rows);
    uint64_t* const bits = uncommon_.data() + feature * words_;
    MarkUncommon(codes, rows / kLine, common, bits);
    for (int64_t row = rows / kLine * kLine; row < rows; ++row) {
      bits[row / kLine] |= uint64_t{codes[row] != common} << row % kLine;
    }
  });
  // Rows and features that do not fill a tile are copied one by one.
  const int64_t tiled_rows = rows / kTile * kTile;
  const int tiled_features = binned.features() / kTile * kTile;
  const auto copy = [&](int64_t first_row, int64_t end_row, int first_feature) {
    for (int feature = first_feature; feature < binned.features(); ++feature) {
      for (int64_t row = first_row; row < end_row; ++row) {
        by_row_.data()[row * row_stride_ + feature] = binned.column(feature)[row];
      }
    }
  };
  tbb::parallel_for(int64_t{0}, (rows + kLine - 1) / kLine, [&](int64_t line) {
    const int64_t begin = line * kLine, end = std::min(begin + kLine, rows), tiled_end = std::min(end, tiled_rows);
    for (int first = 0; first < tiled_features; first += kTile) {
      std::array<const uint8_t*, kTile> columns;
      for (int i = 0; i < kTile; ++i) columns[i] = binned.column(first + i);
      for (int64_t row = begin; row < tiled_end; row += kTile) {
        TransposeTile(columns.data(), row, by_row_.data() + row * row_stride_ + first, row_stride_);
      }
    }
    copy(begin, tiled_end, tiled_features);
    copy(std::max(begin, tiled_end), end, 0);
  });
}

CodeColumns CodeTable::CutBlock(const std::vector<uint32_t>& rows, CodeBlock& block) const {
  const size_t words = (rows.size() + kLine - 1) / kLine;
  // An odd number of cache lines, so that neighbouring columns do not fall into the same cache sets.
  const size_t stride = (words | 1) * kLine;
  if (block.codes.size() < row_stride_ * stride) block.codes = CodeBuffer(row_stride_ * stride);
  if (block.uncommon.size() < features() * words) block.uncommon.resize(features() * words);
  const auto row_codes = [&](size_t i) {
    return by_row_.data() + static_cast<size_t>(rows[std::min(i, rows.size() - 1)]) * row_stride_;
  };
  // A whole cache line of a column at a time; a last one that is not full repeats the last row. Rows lie anywhere, so
  // the next ones are asked for while these are copied.
  for (size_t line = 0; line < rows.size(); line += kLine) {
    std::array<const uint8_t*, kLine> from, next;
    for (size_t i = 0; i < kLine; ++i) {
      from[i] = row_codes(line + i);
      next[i] = row_codes(line + kLine + i);
    }
    for (size_t feature = 0; feature < row_stride_; feature += kTile) {
      // A quarter of the rows' cache lines with each quarter line.
      const size_t quarter = feature % kLine;
      for (size_t i = quarter; i < quarter + kTile; ++i) __builtin_prefetch(next[i] + feature);
      for (size_t row = 0; row < kLine; row += kTile) {
        TransposeTile(from.data() + row, feature, block.codes.data() + feature * stride + line + row, stride);
      }
    }
  }
  for (int feature = 0; feature < features(); ++feature) {
    MarkUncommon(block.codes.data() + feature * stride, words, common_codes_[feature],
                 block.uncommon.data() + feature * words);
  }
  return {block.codes.data(), stride, block.uncommon.data(), words, common_codes_.data()};
}

}  // namespace parzen
