#include "worker/models/svm/kernel.h"

#include <Eigen/Core>
#include <algorithm>

namespace parzen {
namespace {

// Eigen does single values at the ends of an array by other functions than those in the middle, which round
// differently; whole, aligned blocks have no ends.
constexpr int64_t kBlock = 16;
using Block = Eigen::Array<float, kBlock, 1>;
using Values = Eigen::Map<Block, Eigen::Aligned32>;
using ConstValues = Eigen::Map<const Block, Eigen::Aligned32>;

Block Power(Block base, int exponent) {
  Block power = Block::Ones();
  for (; exponent > 0; exponent /= 2) {
    if (exponent % 2 == 1) power *= base;
    base *= base;
  }
  return power;
}

}  // namespace

void Kernel::Apply(float norm, const float* norms, int64_t count, float* values) const {
  if (kind == Svm::LINEAR) return;
  for (int64_t first = 0; first < count; first += kBlock) {
    Values block(values + first);
    if (kind == Svm::RBF) {
      block = (-gamma * (ConstValues(norms + first) + norm - 2 * block).max(0.f)).exp();
    } else if (kind == Svm::POLY) {
      block = Power(gamma * block + coef0, degree);
    } else {
      block = (gamma * block + coef0).tanh();
    }
  }
}

float Kernel::OfItself(float norm) const {
  alignas(32) float values[kBlock], norms[kBlock];
  std::fill_n(values, kBlock, norm);
  std::fill_n(norms, kBlock, norm);
  Apply(norm, norms, kBlock, values);
  return values[0];
}

}  // namespace parzen
