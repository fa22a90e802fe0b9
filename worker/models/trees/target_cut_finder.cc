#include "worker/models/trees/target_cut_finder.h"

#include <bit>

#include "worker/models/trees/random_cut.h"

namespace parzen {

void TargetCutFinder::Enter(const Ground& ground, const Sample* samples, size_t count) {
  rows_.resize(count);
  samples_.resize(count);
  total_ = {};
  is_pure_ = true;
  for (size_t i = 0; i < count; ++i) {
    const int64_t target = ground.targets[samples[i].row];
    rows_[i] = samples[i].row;
    samples_[i] = {target * samples[i].weight, samples[i].weight, 1};
    total_ += samples_[i];
    is_pure_ = is_pure_ && target == ground.targets[samples[0].row];
  }
}

// Fills sums_ and codes_; returns how many codes there are.
size_t TargetCutFinder::SumUp(const uint8_t* codes) {
  uint64_t seen[kCodes / 64] = {};
  for (size_t i = 0; i < rows_.size(); ++i) {
    const uint8_t code = codes[rows_[i]];
    sums_[code] += samples_[i];
    seen[code / 64] |= uint64_t{1} << code % 64;
  }
  size_t count = 0;
  for (int word = 0; word < kCodes / 64; ++word) {
    for (uint64_t rest = seen[word]; rest != 0; rest &= rest - 1) {
      codes_[count++] = static_cast<uint8_t>(64 * word + std::countr_zero(rest));
    }
  }
  return count;
}

bool TargetCutFinder::Find(int feature, double place, const CodeColumn& column, Cut& best) {
  const size_t codes = SumUp(column.codes);
  if (codes > 1 && values_ != nullptr) {
    const uint8_t low = RandomCut(values_->of(feature), codes_[0], codes_[codes - 1], place);
    Sum left;
    for (size_t i = 0; codes_[i] <= low; ++i) left += sums_[codes_[i]];
    TryCut(left, {0, feature, low, static_cast<uint8_t>(low + 1)}, best);
  } else {
    Sum left;
    for (size_t i = 0; i + 1 < codes; ++i) {
      left += sums_[codes_[i]];
      TryCut(left, {0, feature, codes_[i], codes_[i + 1]}, best);
    }
  }
  for (size_t i = 0; i < codes; ++i) sums_[codes_[i]] = {};
  return codes > 1;
}

// The squared error falls by (weight left * weight right / weight) * (difference of the sides' means)^2. Written so
// that nothing large cancels.
void TargetCutFinder::TryCut(const Sum& left, const Cut& cut, Cut& best) const {
  if (left.rows < min_samples_leaf_ || total_.rows - left.rows < min_samples_leaf_) return;
  const double left_weight = left.weight, right_weight = total_.weight - left.weight;
  const double left_sum = targets_.unit() * static_cast<double>(left.target);
  const double right_sum = targets_.unit() * static_cast<double>(total_.target - left.target);
  const double apart = left_sum * right_weight - right_sum * left_weight;
  const double score = apart * apart / (left_weight * right_weight * (left_weight + right_weight));
  if (score <= best.score) return;
  best = cut;
  best.score = score;
}

void TargetCutFinder::MakeLeaf(uint32_t node, GrownTree& tree) const {
  const double mean = targets_.unit() * (static_cast<double>(total_.target) / static_cast<double>(total_.weight));
  const float value = static_cast<float>(targets_.centre() + mean);
  tree.MakeLeaf(node, &value);
}

}  // namespace parzen
