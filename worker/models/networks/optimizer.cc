#include "worker/models/networks/optimizer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "tbb/parallel_for.h"

namespace parzen {
namespace {

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
  int64_t count;
  float* weights;
  float* gradients;
  float* first;
  float* second;
};

// Below it a gradient of 0 would not give a step of 0.
float Epsilon(double epsilon) { return std::max(static_cast<float>(epsilon), 1e-30F); }

// What has been forgotten is nothing: numbers too small to be normal, which a mean of gradients that stay 0 would end
// at and keep, take processors many times as long.
float NormalOrZero(float number) {
  constexpr uint32_t kExponent = 0x7F800000;
  return (std::bit_cast<uint32_t>(number) & kExponent) == 0 ? 0.F : number;
}

// Kingma and Ba, 2015, algorithm 1, with the biases of both means put right in the step's length and in epsilon.
template <typename Moments>
void StepAdam(const Moments& options, double rate, int64_t steps, const Block& block) {
  const auto beta1 = static_cast<float>(options.beta1()), new1 = static_cast<float>(1 - options.beta1());
  const auto beta2 = static_cast<float>(options.beta2()), new2 = static_cast<float>(1 - options.beta2());
  const double bias1 = 1 - std::pow(options.beta1(), static_cast<double>(steps));
  const double bias2 = 1 - std::pow(options.beta2(), static_cast<double>(steps));
  const auto length = static_cast<float>(rate / bias1), root = static_cast<float>(1 / std::sqrt(bias2));
  const float epsilon = Epsilon(options.epsilon());
  for (int64_t i = 0; i < block.count; ++i) {
    const float gradient = block.gradients[i];
    block.first[i] = NormalOrZero(block.first[i] * beta1 + gradient * new1);
    block.second[i] = NormalOrZero(block.second[i] * beta2 + gradient * gradient * new2);
    block.weights[i] -= length * block.first[i] / (std::sqrt(block.second[i]) * root + epsilon);
  }
}

void StepSgd(const Sgd& options, float rate, const Block& block) {
  const auto momentum = static_cast<float>(options.momentum());
  for (int64_t i = 0; momentum == 0 && i < block.count; ++i) block.weights[i] -= rate * block.gradients[i];
  for (int64_t i = 0; momentum != 0 && i < block.count; ++i) {
    block.first[i] = NormalOrZero(block.first[i] * momentum + block.gradients[i]);
    block.weights[i] -= rate * (options.nesterov() ? block.gradients[i] + momentum * block.first[i] : block.first[i]);
  }
}

void StepRmsProp(const RmsProp& options, float rate, const Block& block) {
  const auto decay = static_cast<float>(options.decay()), fresh = static_cast<float>(1 - options.decay());
  const auto momentum = static_cast<float>(options.momentum());
  const float epsilon = Epsilon(options.epsilon());
  for (int64_t i = 0; i < block.count; ++i) {
    const float gradient = block.gradients[i];
    block.first[i] = NormalOrZero(block.first[i] * decay + gradient * gradient * fresh);
    float step = gradient / (std::sqrt(block.first[i]) + epsilon);
    if (momentum != 0) step = block.second[i] = NormalOrZero(block.second[i] * momentum + step);
    block.weights[i] -= rate * step;
  }
}

void StepAdagrad(const Adagrad& options, float rate, const Block& block) {
  const float epsilon = Epsilon(options.epsilon());
  for (int64_t i = 0; i < block.count; ++i) {
    const float gradient = block.gradients[i];
    block.first[i] = NormalOrZero(block.first[i] + gradient * gradient);
    block.weights[i] -= rate * gradient / (std::sqrt(block.first[i]) + epsilon);
  }
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

void StepBlock(const Training& options, double rate, int64_t steps, const Block& block) {
  switch (options.optimizer_case()) {
    case Training::kSgd:
      return StepSgd(options.sgd(), static_cast<float>(rate), block);
    case Training::kRmsprop:
      return StepRmsProp(options.rmsprop(), static_cast<float>(rate), block);
    case Training::kAdagrad:
      return StepAdagrad(options.adagrad(), static_cast<float>(rate), block);
    case Training::kAdamw:
      return StepAdam(options.adamw(), rate, steps, block);
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
    const Block block{count, weights.data() + first, gradients.data() + first,
                      memory_.empty() ? nullptr : memory_[0].data() + first,
                      memory_.size() < 2 ? nullptr : memory_[1].data() + first};
    for (int64_t i = 0; shrink != 1 && i < count; ++i) block.gradients[i] *= shrink;
    const float shorter = 1 - static_cast<float>(rate) * decay;
    for (int64_t i = 0; decay != 0 && decoupled && i < count; ++i) block.weights[i] *= shorter;
    for (int64_t i = 0; decay != 0 && !decoupled && i < count; ++i) block.gradients[i] += decay * block.weights[i];
    StepBlock(options_, rate, steps_, block);
  });
}

void Optimizer::Save(ArchiveWriter& state) const {
  state.Number(steps_);
  for (const std::vector<float>& numbers : memory_) state.Array(numbers);
}

void Optimizer::Load(ArchiveReader& state) {
  state.Number(steps_);
  for (std::vector<float>& numbers : memory_) {
    const size_t wanted = numbers.size();
    state.Array(numbers);
    if (numbers.size() != wanted) state.Fail();
  }
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
