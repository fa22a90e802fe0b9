// Eigen cuts matrix products by the caches it finds, and where they are cut their sums are rounded. Whoever multiplies
// with Eigen includes this, so that the bits do not depend on the machine.
#pragma once

#include <Eigen/Core>

namespace parzen {

inline const bool caches_are_fixed = [] {
  Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 2 << 20);
  return true;
}();

}  // namespace parzen
