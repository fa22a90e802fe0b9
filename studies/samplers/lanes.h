// Sixteen numbers at a time, kept in four registers: what the inner loop over kernels is written in, as compilers make
// too little of plain loops. Needs AVX2 and FMA, which .bazelrc asks for everywhere. Arrays of lanes are 32-byte
// aligned.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace parzen {

struct Lanes {
  static constexpr size_t kCount = 16;

  __m256d a, b, c, d;

  static Lanes Load(const double* values) {
    return {_mm256_load_pd(values), _mm256_load_pd(values + 4), _mm256_load_pd(values + 8),
            _mm256_load_pd(values + 12)};
  }

  void Store(double* values) const {
    _mm256_store_pd(values, a);
    _mm256_store_pd(values + 4, b);
    _mm256_store_pd(values + 8, c);
    _mm256_store_pd(values + 12, d);
  }

  // Takes off ((x - place) * scale)^2.
  void SubtractSquare(const double* x, double place, const double* scale) {
    const __m256d at = _mm256_set1_pd(place);
    ForEach([&](__m256d& four, size_t i) {
      const __m256d z = _mm256_mul_pd(_mm256_sub_pd(_mm256_load_pd(x + i), at), _mm256_load_pd(scale + i));
      four = _mm256_fnmadd_pd(z, z, four);
    });
  }

  // Takes off (max(|x - place| - half, 0) * scale)^2.
  void SubtractSquareBeyond(const double* x, double place, double half, const double* scale) {
    const __m256d at = _mm256_set1_pd(place);
    const __m256d near = _mm256_set1_pd(half);
    const __m256d sign = _mm256_set1_pd(-0.0);
    ForEach([&](__m256d& four, size_t i) {
      const __m256d away = _mm256_andnot_pd(sign, _mm256_sub_pd(_mm256_load_pd(x + i), at));
      const __m256d beyond = _mm256_max_pd(_mm256_sub_pd(away, near), _mm256_setzero_pd());
      const __m256d z = _mm256_mul_pd(beyond, _mm256_load_pd(scale + i));
      four = _mm256_fnmadd_pd(z, z, four);
    });
  }

  // Takes off `loss` where x is another number than `place`.
  void SubtractUnlessEqual(const double* x, double place, double loss) {
    const __m256d at = _mm256_set1_pd(place);
    ForEach([&](__m256d& four, size_t i) {
      const __m256d differs = _mm256_cmp_pd(_mm256_load_pd(x + i), at, _CMP_NEQ_OQ);
      four = _mm256_sub_pd(four, _mm256_and_pd(differs, _mm256_set1_pd(loss)));
    });
  }

  // A bit for each number that is at least `least`.
  uint32_t AtLeast(double least) const {
    const __m256d bound = _mm256_set1_pd(least);
    return Bits(a, bound) | Bits(b, bound) << 4 | Bits(c, bound) << 8 | Bits(d, bound) << 12;
  }

  // Whether any number is at least `least`.
  bool Reaches(double least) const {
    return Bits(_mm256_max_pd(_mm256_max_pd(a, b), _mm256_max_pd(c, d)), _mm256_set1_pd(least)) != 0;
  }

 private:
  template <typename Function>
  void ForEach(const Function& function) {
    function(a, 0);
    function(b, 4);
    function(c, 8);
    function(d, 12);
  }

  static uint32_t Bits(__m256d four, __m256d least) {
    return static_cast<uint32_t>(_mm256_movemask_pd(_mm256_cmp_pd(four, least, _CMP_GE_OQ)));
  }
};

}  // namespace parzen
