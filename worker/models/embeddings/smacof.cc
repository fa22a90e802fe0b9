#include "worker/models/embeddings/smacof.h"

#include <immintrin.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "tbb/parallel_for.h"
#include "worker/models/stop_check.h"

namespace parzen {
namespace {

// Rows whose distances stay in the second-level cache while all starts use them.
constexpr int64_t kRowsPerBlock = 8;
// Others whose terms are added up in 32 bits, eight sums side by side.
constexpr int64_t kOthersPerRun = 512;

// A coordinate a column; 0 in those that the picture does not have. Roots and quotients take the time, not these.
using Places = Eigen::Matrix<float, Eigen::Dynamic, 3>;

Places PlacesOf(const FeatureMatrix& picture) {
  Places places = Places::Zero(picture.rows(), 3);
  places.leftCols(picture.cols()) = picture;
  return places;
}

// The first `count` of eight lanes.
__m256i FirstLanes(int64_t count) {
  alignas(32) static constexpr int32_t kLanes[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kLanes + 8 - std::min<int64_t>(count, 8)));
}

double SumOfLanes(__m256 lanes) {
  alignas(32) float numbers[8];
  _mm256_store_ps(numbers, lanes);
  return std::accumulate(numbers, numbers + 8, 0.);
}

// What all others do to a row: its share of the stress, counted once for each of a pair, and its Guttman transform.
struct Moved {
  double stress = 0, x = 0, y = 0, z = 0;
};

Moved Move(const float* wanted, const Places& places, int64_t row) {
  const int64_t rows = places.rows();
  const float *const xs = places.col(0).data(), *const ys = places.col(1).data(), *const zs = places.col(2).data();
  const __m256 x = _mm256_set1_ps(xs[row]), y = _mm256_set1_ps(ys[row]), z = _mm256_set1_ps(zs[row]);
  const __m256 zero = _mm256_setzero_ps();
  Moved moved;
  for (int64_t first = 0; first < rows; first += kOthersPerRun) {
    const int64_t end = std::min(first + kOthersPerRun, rows);
    __m256 stress = zero, to_x = zero, to_y = zero, to_z = zero;
    for (int64_t j = first; j < end; j += 8) {
      const __m256i there = FirstLanes(end - j);
      const __m256 dx = _mm256_sub_ps(x, _mm256_maskload_ps(xs + j, there));
      const __m256 dy = _mm256_sub_ps(y, _mm256_maskload_ps(ys + j, there));
      const __m256 dz = _mm256_sub_ps(z, _mm256_maskload_ps(zs + j, there));
      const __m256 distance = _mm256_sqrt_ps(_mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, _mm256_mul_ps(dz, dz))));
      const __m256 wish = _mm256_maskload_ps(wanted + j, there);
      const __m256 missing = _mm256_and_ps(_mm256_sub_ps(wish, distance), _mm256_castsi256_ps(there));
      stress = _mm256_fmadd_ps(missing, missing, stress);
      const __m256 apart = _mm256_cmp_ps(distance, zero, _CMP_GT_OQ);
      const __m256 ratio = _mm256_and_ps(_mm256_div_ps(wish, distance), apart);
      to_x = _mm256_fmadd_ps(ratio, dx, to_x);
      to_y = _mm256_fmadd_ps(ratio, dy, to_y);
      to_z = _mm256_fmadd_ps(ratio, dz, to_z);
    }
    moved.stress += SumOfLanes(stress);
    moved.x += SumOfLanes(to_x);
    moved.y += SumOfLanes(to_y);
    moved.z += SumOfLanes(to_z);
  }
  const double share = 1 / static_cast<double>(rows);
  return {moved.stress, share * moved.x, share * moved.y, share * moved.z};
}

// One start on its way down.
class Descent {
 public:
  explicit Descent(const FeatureMatrix& start)
      : places_(PlacesOf(start)), next_(start.rows(), 3), stress_of_row_(static_cast<size_t>(start.rows())) {}

  // A round: first MoveRow for all rows, from any threads, then EndRound.
  void MoveRow(const FeatureRef& distances, int64_t row) {
    const Moved moved = Move(distances.data() + row * distances.outerStride(), places_, row);
    stress_of_row_[static_cast<size_t>(row)] = moved.stress;
    next_.row(row) << static_cast<float>(moved.x), static_cast<float>(moved.y), static_cast<float>(moved.z);
  }

  void EndRound(const SmacofOptions& options) {
    stress_ = SumOfStress();
    if (last_places_) {  // whose stress was not known yet
      ended_ = true;
      return;
    }
    places_.swap(next_);
    ++iterations_;
    const double size = Size();
    const double relative = size > 0 ? stress_ / size : 0;
    converged_ = before_ && *before_ - relative < options.tolerance;
    before_ = relative;
    last_places_ = converged_ || iterations_ == options.max_iterations;
  }

  // Of the places that MoveRow was called for.
  double SumOfStress() const { return std::accumulate(stress_of_row_.begin(), stress_of_row_.end(), 0.) / 2; }

  bool ended() const { return ended_; }
  // Of the places that the last round began with.
  double stress() const { return stress_; }
  Smacof End(int64_t dimensions) const { return {places_.leftCols(dimensions), stress_, iterations_, converged_}; }

 private:
  double Size() const {
    double size = 0;
    for (int64_t row = 0; row < places_.rows(); ++row) size += places_.row(row).cast<double>().norm();
    return size;
  }

  Places places_;
  Places next_;
  std::vector<double> stress_of_row_;
  double stress_ = std::numeric_limits<double>::infinity();
  std::optional<double> before_;  // stress / size after the round before
  int64_t iterations_ = 0;
  bool converged_ = false;
  bool last_places_ = false;
  bool ended_ = false;
};

void MoveAll(const FeatureRef& distances, const std::vector<Descent*>& descents, StopCheck& stop) {
  const int64_t rows = distances.rows();
  tbb::parallel_for(int64_t{0}, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    const int64_t first = block * kRowsPerBlock, end = std::min(first + kRowsPerBlock, rows);
    for (Descent* const descent : descents) {
      if (stop.Stopped()) return;
      for (int64_t row = first; row < end; ++row) descent->MoveRow(distances, row);
    }
  });
}

}  // namespace

absl::StatusOr<Smacof> RunSmacof(const FeatureRef& distances, const std::vector<FeatureMatrix>& starts,
                                 const SmacofOptions& options) {
  std::vector<Descent> descents(starts.begin(), starts.end());
  const auto by_stress = [](const Descent& a, const Descent& b) { return a.stress() < b.stress(); };
  StopCheck stop(options.stop);
  std::vector<Descent*> moving;
  for (Descent& descent : descents) moving.push_back(&descent);
  for (int64_t round = 0; !moving.empty(); ++round) {
    MoveAll(distances, moving, stop);
    if (stop.Stopped()) return absl::CancelledError("training was asked to stop");
    for (Descent* const descent : moving) descent->EndRound(options);
    // The stress that is known now is that after the round before.
    const double least = std::min_element(descents.begin(), descents.end(), by_stress)->stress();
    if (round > 0 && !options.report(round, least)) return absl::CancelledError("training was ended on the way");
    std::erase_if(moving, [](const Descent* descent) { return descent->ended(); });
  }
  return std::min_element(descents.begin(), descents.end(), by_stress)->End(starts[0].cols());
}

double StressOf(const FeatureRef& distances, const FeatureMatrix& places) {
  const std::function<bool()> never = [] { return false; };
  StopCheck stop(never);
  Descent descent(places);
  MoveAll(distances, {&descent}, stop);
  return descent.SumOfStress();
}

}  // namespace parzen
