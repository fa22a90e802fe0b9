#include "worker/models/neighbors/tile_scores.h"

#include <immintrin.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "tbb/enumerable_thread_specific.h"
#include "tbb/parallel_for.h"
#include "worker/linear/product_tiles.h"

namespace parzen {
namespace {

// Training rows of a panel, whose numbers lie interleaved: as many as two registers hold. And rows asked about that are
// worked on at a time: with them, all sixteen registers are in use.
constexpr int64_t kPanel = 16;
constexpr int64_t kRowsAtATime = 6;
static_assert(kTileRowsOfA % kRowsAtATime == 0 && kTileRowsOfB % kPanel == 0);

// The compiler would rather begin with all rows at once than keep their sums in registers.
inline void Finish(__m256& first, __m256& second) { __asm__ volatile("" : "+x"(first), "+x"(second)); }
inline void Finish(__m256i& first, __m256i& second) { __asm__ volatile("" : "+x"(first), "+x"(second)); }

// Calls `begin` for each strip of rows of a, `compute` for its tiles of scores, and `use`.
template <typename Scratch, typename Begin, typename Compute>
void ForEachTile(int64_t rows_a, int64_t rows_b, const StopTiles& stop, const UseScores& use, const Begin& begin,
                 const Compute& compute) {
  struct Local {
    Scratch scratch;
    FeatureMatrix scores = FeatureMatrix(kTileRowsOfA, kTileRowsOfB);
  };
  tbb::enumerable_thread_specific<Local> locals;
  tbb::parallel_for(int64_t{0}, (rows_a + kTileRowsOfA - 1) / kTileRowsOfA, [&](int64_t strip) {
    Local& local = locals.local();
    const int64_t first_a = strip * kTileRowsOfA;
    const int64_t count_a = std::min(kTileRowsOfA, rows_a - first_a);
    begin(first_a, count_a, local.scratch);
    for (int64_t first_b = 0; first_b < rows_b && !stop(); first_b += kTileRowsOfB) {
      const int64_t count_b = std::min(kTileRowsOfB, rows_b - first_b);
      compute(first_a, count_a, first_b, count_b, local.scratch, local.scores.data());
      use(first_a, first_b, local.scores.topLeftCorner(count_a, count_b));
    }
  });
}

// ---- Sums of absolute differences of floats

struct DifferenceScratch {
  std::vector<float> a;      // kTileRowsOfA rows
  std::vector<float> panel;  // columns x kPanel
};

// The scores of six rows and a panel.
void DifferencesOfPanel(const float* a, const float* panel, int64_t columns, float* scores) {
  const __m256 sign = _mm256_set1_ps(-0.f);
  __m256 sums[kRowsAtATime][2];
#pragma GCC unroll 6
  for (int r = 0; r < kRowsAtATime; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_ps();
  for (int64_t c = 0; c < columns; ++c) {
    const __m256 left = _mm256_loadu_ps(panel + c * kPanel), right = _mm256_loadu_ps(panel + c * kPanel + 8);
#pragma GCC unroll 6
    for (int r = 0; r < kRowsAtATime; ++r) {
      const __m256 x = _mm256_set1_ps(a[r * columns + c]);
      sums[r][0] = _mm256_add_ps(sums[r][0], _mm256_andnot_ps(sign, _mm256_sub_ps(x, left)));
      sums[r][1] = _mm256_add_ps(sums[r][1], _mm256_andnot_ps(sign, _mm256_sub_ps(x, right)));
      Finish(sums[r][0], sums[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < kRowsAtATime; ++r) {
    _mm256_storeu_ps(scores + r * kTileRowsOfB, sums[r][0]);
    _mm256_storeu_ps(scores + r * kTileRowsOfB + 8, sums[r][1]);
  }
}

// ---- Products of bytes

void ProductsOfPanel(const int16_t* a, const uint8_t* panel, int64_t pairs, float* scores) {
  __m256i sums[kRowsAtATime][2];
#pragma GCC unroll 6
  for (int r = 0; r < kRowsAtATime; ++r) sums[r][0] = sums[r][1] = _mm256_setzero_si256();
  for (int64_t p = 0; p < pairs; ++p) {
    const __m128i* const both = reinterpret_cast<const __m128i*>(panel + p * 2 * kPanel);
    const __m256i left = _mm256_cvtepu8_epi16(_mm_loadu_si128(both));
    const __m256i right = _mm256_cvtepu8_epi16(_mm_loadu_si128(both + 1));
#pragma GCC unroll 6
    for (int r = 0; r < kRowsAtATime; ++r) {
      int32_t pair;
      std::memcpy(&pair, a + 2 * (r * pairs + p), sizeof(pair));
      const __m256i x = _mm256_set1_epi32(pair);
      sums[r][0] = _mm256_add_epi32(sums[r][0], _mm256_madd_epi16(x, left));
      sums[r][1] = _mm256_add_epi32(sums[r][1], _mm256_madd_epi16(x, right));
      Finish(sums[r][0], sums[r][1]);
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < kRowsAtATime; ++r) {
    _mm256_storeu_ps(scores + r * kTileRowsOfB, _mm256_cvtepi32_ps(sums[r][0]));
    _mm256_storeu_ps(scores + r * kTileRowsOfB + 8, _mm256_cvtepi32_ps(sums[r][1]));
  }
}

// ---- Sums of absolute differences of bytes

constexpr int64_t kByteRowsOfA = 4;
constexpr int64_t kByteRowsOfB = 3;
static_assert(kTileRowsOfB % kByteRowsOfB == 0);

// The scores of up to four rows and three: beyond the counts, the first is taken again.
void DifferencesOfBytes(const ByteRows& a, int64_t first_a, int64_t count_a, const ByteRows& b, int64_t first_b,
                        int64_t count_b, float* scores) {
  const uint8_t *x[kByteRowsOfA], *y[kByteRowsOfB];
  for (int r = 0; r < kByteRowsOfA; ++r) x[r] = a.row(first_a + (r < count_a ? r : 0));
  for (int r = 0; r < kByteRowsOfB; ++r) y[r] = b.row(first_b + (r < count_b ? r : 0));
  __m256i sums[kByteRowsOfA][kByteRowsOfB];
  for (auto& row : sums) row[0] = row[1] = row[2] = _mm256_setzero_si256();
  for (int64_t c = 0; c < a.stride(); c += 32) {
    const auto load = [c](const uint8_t* codes) {
      return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes + c));
    };
    const __m256i of_b[kByteRowsOfB] = {load(y[0]), load(y[1]), load(y[2])};
#pragma GCC unroll 4
    for (int i = 0; i < kByteRowsOfA; ++i) {
      const __m256i of_a = load(x[i]);
#pragma GCC unroll 3
      for (int j = 0; j < kByteRowsOfB; ++j) {
        sums[i][j] = _mm256_add_epi64(sums[i][j], _mm256_sad_epu8(of_a, of_b[j]));
      }
    }
  }
  for (int i = 0; i < count_a; ++i) {
    for (int j = 0; j < count_b; ++j) {
      alignas(32) int64_t parts[4];
      _mm256_store_si256(reinterpret_cast<__m256i*>(parts), sums[i][j]);
      scores[i * kTileRowsOfB + j] = static_cast<float>((parts[0] + parts[1]) + (parts[2] + parts[3]));
    }
  }
}

}  // namespace

void ForEachProductScore(const FeatureRef& a, const FeatureRef& b, const StopTiles& stop, const UseScores& use) {
  ForEachProductTile(a, b, use, stop);
}

void ForEachDifferenceScore(const FeatureRef& a, const FeatureRef& b, const StopTiles& stop, const UseScores& use) {
  const int64_t columns = a.cols();
  const auto begin = [&](int64_t first_a, int64_t count_a, DifferenceScratch& scratch) {
    scratch.a.assign(static_cast<size_t>(kTileRowsOfA * columns), 0);
    scratch.panel.resize(static_cast<size_t>(columns * kPanel));
    for (int64_t i = 0; i < count_a; ++i) {
      std::copy_n(a.data() + (first_a + i) * a.outerStride(), columns, scratch.a.data() + i * columns);
    }
  };
  const auto compute = [&](int64_t, int64_t count_a, int64_t first_b, int64_t count_b, DifferenceScratch& scratch,
                           float* scores) {
    for (int64_t j = 0; j < count_b; j += kPanel) {
      for (int64_t i = 0; i < kPanel; ++i) {
        const float* const row = b.data() + (first_b + std::min(j + i, count_b - 1)) * b.outerStride();
        for (int64_t c = 0; c < columns; ++c) scratch.panel[static_cast<size_t>(c * kPanel + i)] = row[c];
      }
      for (int64_t i = 0; i < count_a; i += kRowsAtATime) {
        DifferencesOfPanel(scratch.a.data() + i * columns, scratch.panel.data(), columns,
                           scores + i * kTileRowsOfB + j);
      }
    }
  };
  ForEachTile<DifferenceScratch>(a.rows(), b.rows(), stop, use, begin, compute);
}

void ForEachByteProductScore(const ByteRows& a, const BytePanels& b, const StopTiles& stop, const UseScores& use) {
  static_assert(BytePanels::kRows == kPanel);
  using WideRows = std::vector<int16_t>;  // kTileRowsOfA rows of whole pairs
  const int64_t pairs = b.pairs();
  const auto begin = [&](int64_t first_a, int64_t count_a, WideRows& wide) {
    wide.assign(static_cast<size_t>(kTileRowsOfA * pairs * 2), 0);
    for (int64_t i = 0; i < count_a; ++i) std::copy_n(a.row(first_a + i), pairs * 2, wide.data() + i * pairs * 2);
  };
  const auto compute = [&](int64_t, int64_t count_a, int64_t first_b, int64_t count_b, WideRows& wide, float* scores) {
    for (int64_t j = 0; j < count_b; j += kPanel) {
      for (int64_t i = 0; i < count_a; i += kRowsAtATime) {
        ProductsOfPanel(wide.data() + i * pairs * 2, b.panel((first_b + j) / kPanel), pairs,
                        scores + i * kTileRowsOfB + j);
      }
    }
  };
  ForEachTile<WideRows>(a.rows(), b.rows(), stop, use, begin, compute);
}

void ForEachByteDifferenceScore(const ByteRows& a, const ByteRows& b, const StopTiles& stop, const UseScores& use) {
  struct NoScratch {};
  const auto compute = [&](int64_t first_a, int64_t count_a, int64_t first_b, int64_t count_b, NoScratch&,
                           float* scores) {
    for (int64_t j = 0; j < count_b; j += kByteRowsOfB) {
      for (int64_t i = 0; i < count_a; i += kByteRowsOfA) {
        DifferencesOfBytes(a, first_a + i, std::min(kByteRowsOfA, count_a - i), b, first_b + j,
                           std::min(kByteRowsOfB, count_b - j), scores + i * kTileRowsOfB + j);
      }
    }
  };
  ForEachTile<NoScratch>(
      a.rows(), b.rows(), stop, use, [](int64_t, int64_t, NoScratch&) {}, compute);
}

}  // namespace parzen
