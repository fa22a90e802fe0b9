// An independent, reproducible stream of random numbers, named by (study seed, trial number, purpose).
//
// The same name gives the same numbers on every machine and in every build; different names give unrelated streams, so
// no part of a trial can disturb another by drawing more. Generator: xoshiro256++ (Blackman and Vigna, 2019), its state
// filled by SplitMix64 from a hash of the name. Threads: externally synchronised; Fork gives each thread its own.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/string_view.h"

namespace parzen {

class RandomStream {
 public:
  using result_type = uint64_t;  // a standard UniformRandomBitGenerator

  RandomStream(uint64_t study_seed, int64_t trial_number, absl::string_view purpose);

  // The child stream number `index`; does not depend on what was drawn from this one.
  RandomStream Fork(uint64_t index) const;

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() { return std::numeric_limits<uint64_t>::max(); }
  uint64_t operator()();

  // In [0, 1), all 53 bits random.
  double Uniform();
  // In [low, high); low when they are equal. Requires: low <= high.
  double Uniform(double low, double high);
  // In [0, n), without bias. Requires: n > 0.
  uint64_t Below(uint64_t n);
  // Standard normal (Box-Muller; both values are used).
  double Normal();

  // Fisher-Yates over any random-access container.
  template <typename Container>
  void Shuffle(Container& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  explicit RandomStream(uint64_t name_hash);

  uint64_t name_hash_;
  std::array<uint64_t, 4> state_;
  double spare_normal_ = 0;
  bool has_spare_normal_ = false;
};

}  // namespace parzen
