#include "worker/models/neighbors/exact_distance.h"

#include <immintrin.h>

#include <algorithm>
#include <cmath>

namespace parzen {
namespace {

// Sums term(a[i], b[i]) in eight parts, each in order, which are added in pairs; then what is left over.
template <typename Packet, typename Single>
double SumOfTerms(const float* a, const float* b, int64_t numbers, const Packet& packet, const Single& single) {
  __m256d low = _mm256_setzero_pd(), high = _mm256_setzero_pd();
  int64_t i = 0;
  for (; i + 8 <= numbers; i += 8) {
    low = packet(_mm256_cvtps_pd(_mm_loadu_ps(a + i)), _mm256_cvtps_pd(_mm_loadu_ps(b + i)), low);
    high = packet(_mm256_cvtps_pd(_mm_loadu_ps(a + i + 4)), _mm256_cvtps_pd(_mm_loadu_ps(b + i + 4)), high);
  }
  alignas(32) double parts[4];
  _mm256_store_pd(parts, _mm256_add_pd(low, high));
  double sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
  for (; i < numbers; ++i) sum += single(static_cast<double>(a[i]), static_cast<double>(b[i]));
  return sum;
}

double SquaredDifference(const float* a, const float* b, int64_t numbers) {
  return SumOfTerms(
      a, b, numbers,
      [](__m256d x, __m256d y, __m256d sum) {
        const __m256d difference = _mm256_sub_pd(x, y);
        return _mm256_fmadd_pd(difference, difference, sum);
      },
      [](double x, double y) { return (x - y) * (x - y); });
}

double AbsoluteDifference(const float* a, const float* b, int64_t numbers) {
  const __m256d sign = _mm256_set1_pd(-0.);
  return SumOfTerms(
      a, b, numbers,
      [sign](__m256d x, __m256d y, __m256d sum) {
        return _mm256_add_pd(sum, _mm256_andnot_pd(sign, _mm256_sub_pd(x, y)));
      },
      [](double x, double y) { return std::abs(x - y); });
}

}  // namespace

double ExactProduct(const float* a, const float* b, int64_t numbers) {
  return SumOfTerms(
      a, b, numbers, [](__m256d x, __m256d y, __m256d sum) { return _mm256_fmadd_pd(x, y, sum); },
      [](double x, double y) { return x * y; });
}

double ExactMeasure(NearestNeighbors::Metric metric, const float* a, double a_square, const float* b, double b_square,
                    int64_t numbers) {
  if (metric == NearestNeighbors::EUCLIDEAN) return SquaredDifference(a, b, numbers);
  if (metric == NearestNeighbors::MANHATTAN) return AbsoluteDifference(a, b, numbers);
  // The root of the product, not the product of roots: for equal rows it is the square itself.
  const double lengths = std::sqrt(a_square * b_square);
  return lengths > 0 ? std::clamp(1 - ExactProduct(a, b, numbers) / lengths, 0., 2.) : 1;
}

double DistanceOfMeasure(NearestNeighbors::Metric metric, double measure) {
  return metric == NearestNeighbors::EUCLIDEAN ? std::sqrt(measure) : measure;
}

}  // namespace parzen
