#include "worker/models/embeddings/tsne_descent.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tbb/parallel_for.h"

namespace parzen {
namespace {

constexpr int64_t kExploring = 250;
constexpr float kMomentumExploring = .5F;
constexpr float kMomentum = .8F;
constexpr float kLeastGain = .01F;
constexpr int64_t kRoundsPerCheck = 50;
constexpr int64_t kRoundsWithoutProgress = 300;
constexpr double kLeastNorm = 1e-7;
constexpr int64_t kNumbersPerBlock = 4096;

// How each coordinate moves.
class Motion {
 public:
  explicit Motion(const FeatureMatrix& places)
      : moves_(FeatureMatrix::Zero(places.rows(), places.cols())),
        gains_(FeatureMatrix::Ones(places.rows(), places.cols())) {}

  void BeginAnew() {
    moves_.setZero();
    gains_.setOnes();
  }

  // Moves `places` against `gradient`, which is multiplied by the gains.
  void Step(float momentum, float learning_rate, FeatureMatrix& gradient, FeatureMatrix& places) {
    tbb::parallel_for(int64_t{0}, (places.size() + kNumbersPerBlock - 1) / kNumbersPerBlock, [&](int64_t block) {
      const int64_t end = std::min<int64_t>(places.size(), (block + 1) * kNumbersPerBlock);
      float *const move = moves_.data(), *const gain = gains_.data();
      float *const slope = gradient.data(), *const place = places.data();
      for (int64_t i = block * kNumbersPerBlock; i < end; ++i) {
        const float grown = move[i] * slope[i] < 0 ? gain[i] + .2F : gain[i] * .8F;
        gain[i] = std::max(grown, kLeastGain);
        slope[i] *= gain[i];
        move[i] = momentum * move[i] - learning_rate * slope[i];
        place[i] += move[i];
      }
    });
  }

 private:
  FeatureMatrix moves_, gains_;
};

// Whether divergences still fall.
class Progress {
 public:
  // Requires: ascending rounds.
  bool HasEnded(int64_t round, double divergence) {
    if (divergence < lowest_) {
      lowest_ = divergence;
      lowest_at_ = round;
    }
    return round - lowest_at_ > kRoundsWithoutProgress;
  }

 private:
  double lowest_ = std::numeric_limits<double>::infinity();
  int64_t lowest_at_ = 0;
};

absl::Status RanOff(int64_t round, const TsneSchedule& schedule) {
  return absl::InvalidArgumentError(absl::StrCat(
      "tsne: after ", round, " rounds places are no numbers any more; a learning_rate less than ",
      schedule.learning_rate, " or an early_exaggeration less than ", schedule.exaggeration, " keeps them together"));
}

}  // namespace

absl::StatusOr<TsneEnd> DescendTsne(TsneForces& forces, const TsneSchedule& schedule, UnlabelledContext& context,
                                    FeatureMatrix& places) {
  FeatureMatrix gradient(places.rows(), places.cols());
  Motion motion(places);
  Progress progress;
  TsneEnd end;
  bool exploring = true, level = false;  // level: the last slope that was looked at was none
  for (;; ++end.rounds) {
    const bool last = end.rounds == schedule.rounds, check = end.rounds > 0 && end.rounds % kRoundsPerCheck == 0;
    if (exploring && (end.rounds == kExploring || level)) {
      exploring = level = false;
      motion.BeginAnew();
      progress = Progress();
    }
    forces.FindGradient(places, exploring ? schedule.exaggeration : 1, gradient);
    if (context.stop_requested()) return absl::CancelledError("t-SNE was asked to stop");
    if (last || check) {
      end.divergence = forces.Divergence(places);
      if (!std::isfinite(end.divergence) || !places.allFinite()) return RanOff(end.rounds, schedule);
    }
    if (check && !context.report("kl_divergence", end.rounds, end.divergence)) {
      return absl::CancelledError("t-SNE was asked to end");
    }
    if (last) return end;
    if (check && (progress.HasEnded(end.rounds, end.divergence) || level)) {
      end.converged = true;
      return end;
    }
    motion.Step(exploring ? kMomentumExploring : kMomentum, static_cast<float>(schedule.learning_rate), gradient,
                places);
    if ((end.rounds + 1) % kRoundsPerCheck == 0) level = gradient.cast<double>().norm() <= kLeastNorm;
  }
}

}  // namespace parzen
