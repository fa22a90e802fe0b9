#include "worker/models/embeddings/tsne_forces.h"

#include <immintrin.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tbb/parallel_for.h"
#include "tbb/parallel_invoke.h"
#include "worker/models/embeddings/barnes_hut.h"

namespace parzen {
namespace {

constexpr int64_t kRowsPerBlock = 256;

template <typename Use>
void ForEachBlock(int64_t rows, const Use& use) {
  tbb::parallel_for(int64_t{0}, (rows + kRowsPerBlock - 1) / kRowsPerBlock, [&](int64_t block) {
    use(block, block * kRowsPerBlock, std::min(rows, (block + 1) * kRowsPerBlock));
  });
}

float SumOfLanes(__m256 lanes) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps(lanes, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

template <int kDimensions>
class ForcesInDimensions : public TsneForces {
 public:
  ForcesInDimensions(const Affinities& affinities, double angle, const std::function<bool()>& stop)
      : affinities_(affinities),
        stop_(stop),
        tree_(affinities.rows(), angle),
        pulls_(affinities.rows(), kDimensions),
        pushes_(affinities.rows(), kDimensions) {}

  void FindGradient(const FeatureMatrix& places, double exaggeration, FeatureMatrix& gradient) override {
    // The tree is one thread's work, and pulls can do without it.
    tbb::parallel_invoke([&] { tree_.Build(places.data()); }, [&] { FindPulls(places.data()); });
    weights_ = std::max(tree_.Push(stop_, pushes_.data()), std::numeric_limits<double>::min());
    constexpr double kFreedom = DegreesOfFreedom(kDimensions);
    constexpr double kTimes = 2 * (kFreedom + 1) / kFreedom;
    const float pull = static_cast<float>(kTimes * exaggeration);
    const float push = static_cast<float>(-kTimes / weights_);
    gradient.noalias() = pulls_ * pull + pushes_ * push;
  }

  // The sum of p log(p / q), where q is a pair's weight in all weights.
  double Divergence(const FeatureMatrix& places) const override {
    std::vector<double> sums(static_cast<size_t>((places.rows() + kRowsPerBlock - 1) / kRowsPerBlock));
    ForEachBlock(places.rows(), [&](int64_t block, int64_t first, int64_t end) {
      double sum = 0;
      for (int64_t row = first; row < end; ++row) sum += static_cast<double>(LogarithmsOf(places.data(), row));
      sums[static_cast<size_t>(block)] = sum;
    });
    double logarithms = 0;
    for (const double sum : sums) logarithms += sum;
    constexpr double kExponent = (DegreesOfFreedom(kDimensions) + 1) / 2.;
    return affinities_.entropy + kExponent * logarithms + std::log(weights_) * affinities_.sum;
  }

 private:
  // Calls use(p, difference, 1 + d^2 / f) for the row's affinities, eight at a time.
  template <typename Use>
  void ForEachAffinity(const float* places, int64_t row, const Use& use) const {
    const __m256i times = _mm256_set1_epi32(kDimensions);
    const __m256 share = _mm256_set1_ps(1.F / static_cast<float>(DegreesOfFreedom(kDimensions)));
    __m256 place[kDimensions], difference[kDimensions];
    for (int d = 0; d < kDimensions; ++d) place[d] = _mm256_set1_ps(places[row * kDimensions + d]);
    const int64_t end = affinities_.begin[static_cast<size_t>(row) + 1];
    for (int64_t at = affinities_.begin[static_cast<size_t>(row)]; at < end; at += Affinities::kMultiple) {
      const __m256i column = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(affinities_.column.data() + at));
      const __m256i offset = _mm256_mullo_epi32(column, times);
      __m256 square = _mm256_setzero_ps();
      for (int d = 0; d < kDimensions; ++d) {
        difference[d] = _mm256_sub_ps(place[d], _mm256_i32gather_ps(places + d, offset, sizeof(float)));
        square = _mm256_fmadd_ps(difference[d], difference[d], square);
      }
      use(_mm256_loadu_ps(affinities_.value.data() + at), difference,
          _mm256_fmadd_ps(square, share, _mm256_set1_ps(1)));
    }
  }

  void FindPulls(const float* places) {
    ForEachBlock(affinities_.rows(), [&](int64_t, int64_t first, int64_t end) {
      if (stop_()) return;
      for (int64_t row = first; row < end; ++row) {
        __m256 pull[kDimensions];
        for (int d = 0; d < kDimensions; ++d) pull[d] = _mm256_setzero_ps();
        ForEachAffinity(places, row, [&pull](__m256 affinity, const __m256* difference, __m256 falls) {
          const __m256 strength = _mm256_div_ps(affinity, falls);
          for (int d = 0; d < kDimensions; ++d) pull[d] = _mm256_fmadd_ps(strength, difference[d], pull[d]);
        });
        for (int d = 0; d < kDimensions; ++d) pulls_(row, d) = SumOfLanes(pull[d]);
      }
    });
  }

  // The sum of p log(1 + d^2 / f).
  float LogarithmsOf(const float* places, int64_t row) const {
    __m256 sum = _mm256_setzero_ps();
    ForEachAffinity(places, row, [&sum](__m256 affinity, const __m256*, __m256 falls) {
      sum = _mm256_fmadd_ps(affinity, Eigen::internal::plog<Eigen::internal::Packet8f>(falls), sum);
    });
    return SumOfLanes(sum);
  }

  const Affinities& affinities_;
  const std::function<bool()>& stop_;
  BarnesHut<kDimensions> tree_;
  FeatureMatrix pulls_, pushes_;
  double weights_ = 0;  // of all pairs
};

}  // namespace

std::unique_ptr<TsneForces> TsneForces::Make(const Affinities& affinities, int dimensions, double angle,
                                             const std::function<bool()>& stop) {
  if (dimensions == 1) return std::make_unique<ForcesInDimensions<1>>(affinities, angle, stop);
  if (dimensions == 2) return std::make_unique<ForcesInDimensions<2>>(affinities, angle, stop);
  return std::make_unique<ForcesInDimensions<3>>(affinities, angle, stop);
}

}  // namespace parzen
