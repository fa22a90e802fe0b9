#include "worker/models/networks/optimizer.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

using Numbers = Eigen::Map<Eigen::ArrayXf>;

constexpr int64_t kBlock = 4096;

// Calls use(first, count) for blocks of so many numbers.
template <typename Use>
void ForEachBlock(size_t numbers, const Use& use) {
  const auto all = static_cast<int64_t>(numbers);
  tbb::parallel_for(int64_t{0}, (all + kBlock - 1) / kBlock,
                    [&](int64_t block) { use(block * kBlock, std::min(kBlock, all - block * kBlock)); });
}

// Some of the weights, their gradients, and what is remembered of them.
struct Block {
  Numbers weights;
  Numbers gradients;
  Numbers first;
  Numbers second;
};

// Kingma and Ba, 2015, algorithm 1, with the biases of both means put right in the step's length and in epsilon.
void StepAdam(const Adam& options, double rate, int64_t steps, Block& block) {
  const auto beta1 = static_cast<float>(options.beta1()), beta2 = static_cast<float>(options.beta2());
  const double bias1 = 1 - std::pow(options.beta1(), static_cast<double>(steps));
  const double bias2 = 1 - std::pow(options.beta2(), static_cast<double>(steps));
  const auto length = static_cast<float>(rate / bias1), root = static_cast<float>(1 / std::sqrt(bias2));
  const auto epsilon = static_cast<float>(options.epsilon());
  block.first = block.first * beta1 + block.gradients * (1 - beta1);
  block.second = block.second * beta2 + block.gradients.square() * (1 - beta2);
  block.weights -= length * block.first / (block.second.sqrt() * root + epsilon);
}

Adam AsAdam(const AdamW& options) {
  Adam adam;
  adam.set_beta1(options.beta1());
  adam.set_beta2(options.beta2());
  adam.set_epsilon(options.epsilon());
  return adam;
}

void StepSgd(const Sgd& options, float rate, Block& block) {
  if (options.momentum() == 0) {
    block.weights -= rate * block.gradients;
    return;
  }
  const auto momentum = static_cast<float>(options.momentum());
  block.first = block.first * momentum + block.gradients;
  if (options.nesterov()) {
    block.weights -= rate * (block.gradients + momentum * block.first);
  } else {
    block.weights -= rate * block.first;
  }
}

void StepRmsProp(const RmsProp& options, float rate, Block& block) {
  const auto decay = static_cast<float>(options.decay()), epsilon = static_cast<float>(options.epsilon());
  block.first = block.first * decay + block.gradients.square() * (1 - decay);
  if (options.momentum() == 0) {
    block.weights -= rate * block.gradients / (block.first.sqrt() + epsilon);
    return;
  }
  block.second = block.second * static_cast<float>(options.momentum()) +
                 block.gradients / (block.first.sqrt() + epsilon);
  block.weights -= rate * block.second;
}

void StepAdagrad(const Adagrad& options, float rate, Block& block) {
  block.first += block.gradients.square();
  block.weights -= rate * block.gradients / (block.first.sqrt() + static_cast<float>(options.epsilon()));
}

size_t MemoryOf(const Training& options) {
  switch (options.optimizer_case()) {
    case Training::kSgd:
      return options.sgd().momentum() == 0 ? 0 : 1;
    case Training::kRmsprop:
      return options.rmsprop().momentum() == 0 ? 1 : 2;
    case Training::kAdagrad:
      return 1;
    default:
      return 2;
  }
}

void StepBlock(const Training& options, double rate, int64_t steps, Block& block) {
  switch (options.optimizer_case()) {
    case Training::kSgd:
      return StepSgd(options.sgd(), static_cast<float>(rate), block);
    case Training::kRmsprop:
      return StepRmsProp(options.rmsprop(), static_cast<float>(rate), block);
    case Training::kAdagrad:
      return StepAdagrad(options.adagrad(), static_cast<float>(rate), block);
    case Training::kAdamw:
      return StepAdam(AsAdam(options.adamw()), rate, steps, block);
    default:
      return StepAdam(options.adam(), rate, steps, block);
  }
}

}  // namespace

Optimizer::Optimizer(const Training& training, size_t weights)
    : options_(training), memory_(MemoryOf(training), std::vector<float>(weights, 0)) {}

void Optimizer::Step(double rate, absl::Span<float> weights, absl::Span<float> gradients) {
  ++steps_;
  float shrink = 1;
  if (options_.has_clip_norm()) {
    const double norm = Norm(gradients);
    if (norm > options_.clip_norm()) shrink = static_cast<float>(options_.clip_norm() / norm);
  }
  const auto decay = static_cast<float>(options_.weight_decay());
  const bool decoupled = options_.has_adamw();
  ForEachBlock(weights.size(), [&](int64_t first, int64_t count) {
    const auto numbers = [&](float* values) { return Numbers(values == nullptr ? nullptr : values + first, count); };
    Block block{numbers(weights.data()), numbers(gradients.data()),
                numbers(memory_.empty() ? nullptr : memory_[0].data()),
                numbers(memory_.size() < 2 ? nullptr : memory_[1].data())};
    if (shrink != 1) block.gradients *= shrink;
    if (decay != 0 && decoupled) block.weights *= 1 - static_cast<float>(rate) * decay;
    if (decay != 0 && !decoupled) block.gradients += decay * block.weights;
    StepBlock(options_, rate, steps_, block);
  });
}

double Norm(absl::Span<const float> numbers) {
  std::vector<double> sums(numbers.size() / kBlock + 1, 0);
  ForEachBlock(numbers.size(), [&](int64_t first, int64_t count) {
    double sum = 0;
    for (int64_t i = first; i < first + count; ++i) sum += static_cast<double>(numbers[i]) * numbers[i];
    sums[static_cast<size_t>(first / kBlock)] = sum;
  });
  double sum = 0;
  for (const double part : sums) sum += part;
  return std::sqrt(sum);
}

}  // namespace parzen
