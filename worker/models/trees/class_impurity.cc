#include "worker/models/trees/class_impurity.h"

#include <cmath>
#include <utility>

namespace parzen {
namespace {

double TimesLog(double x) { return x > 0 ? x * std::log2(x) : 0; }

}  // namespace

ClassImpurity::ClassImpurity(Criterion criterion, int64_t largest, std::vector<double> class_weights)
    : criterion_(criterion), class_weights_(std::move(class_weights)) {
  if (criterion != ENTROPY) return;
  times_log_.resize(largest + 1);
  for (int64_t x = 1; x <= largest; ++x) times_log_[x] = TimesLog(static_cast<double>(x));
  for (const double weight : class_weights_) weight_times_log_.push_back(TimesLog(weight));
}

double ClassImpurity::Weight(const std::vector<uint32_t>& counts) const {
  double sum = 0;
  for (size_t c = 0; c < counts.size(); ++c) sum += weight(c) * counts[c];
  return sum;
}

double ClassImpurity::Score(const std::vector<uint32_t>& counts) const {
  return criterion_ == GINI ? Gini(counts) : Entropy(counts);
}

double ClassImpurity::Gini(const std::vector<uint32_t>& counts) const {
  if (!IsWeighted()) {
    uint64_t squares = 0, sum = 0;
    for (const uint64_t count : counts) {
      squares += count * count;
      sum += count;
    }
    return static_cast<double>(squares) / static_cast<double>(sum);
  }
  double squares = 0, sum = 0;
  for (size_t c = 0; c < counts.size(); ++c) {
    const double weight = class_weights_[c] * counts[c];
    squares += weight * weight;
    sum += weight;
  }
  return squares / sum;
}

double ClassImpurity::Entropy(const std::vector<uint32_t>& counts) const {
  if (!IsWeighted()) {
    double terms = 0;
    uint64_t sum = 0;
    for (const uint32_t count : counts) {
      terms += times_log_[count];
      sum += count;
    }
    return terms - times_log_[sum];
  }
  // With x = weight * count: x log x = weight * (count log count) + count * (weight log weight).
  double terms = 0, sum = 0;
  for (size_t c = 0; c < counts.size(); ++c) {
    terms += class_weights_[c] * times_log_[counts[c]] + counts[c] * weight_times_log_[c];
    sum += class_weights_[c] * counts[c];
  }
  return terms - TimesLog(sum);
}

}  // namespace parzen
