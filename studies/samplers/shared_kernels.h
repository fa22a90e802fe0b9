// Numbers for the distinct kernels of one axis whose values are countable: as many observations share a value and a
// width, what is costly to compute is computed once for all of them. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace parzen {

class SharedKernels {
 public:
  static constexpr uint32_t kNone = ~uint32_t{0};

  // Notes the kernel of a slot.
  void Set(size_t slot, double mu, double inverse_width) {
    if (slot >= number_of_.size()) number_of_.resize(slot + 1, kNone);
    if (numbers_.size() >= kMost) {
      number_of_[slot] = kNone;
      return;
    }
    number_of_[slot] = numbers_.try_emplace({mu, inverse_width}, static_cast<uint32_t>(numbers_.size())).first->second;
  }

  // kNone when there are too many to be worth it.
  uint32_t NumberOf(size_t slot) const { return number_of_[slot]; }
  // Numbers are below this.
  size_t size() const { return numbers_.size(); }

  void Clear() {
    number_of_.clear();
    numbers_.clear();
  }

  size_t MemoryBytes() const { return number_of_.capacity() * sizeof(uint32_t) + numbers_.capacity() * 24; }

 private:
  static constexpr size_t kMost = 4096;

  std::vector<uint32_t> number_of_;  // by slot
  absl::flat_hash_map<std::pair<double, double>, uint32_t> numbers_;
};

}  // namespace parzen
