#include "base/random_stream.h"

#include <bit>
#include <cmath>
#include <numbers>

namespace parzen {
namespace {

// SplitMix64's output function: a bijection that spreads every input bit over the word.
uint64_t Mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

uint64_t HashName(uint64_t seed, int64_t trial, absl::string_view purpose) {
  uint64_t hash = Mix(seed + kGolden);
  hash = Mix(hash ^ (static_cast<uint64_t>(trial) + 2 * kGolden));
  uint64_t fnv = 0xcbf29ce484222325ULL;  // FNV-1a
  for (const char c : purpose) fnv = (fnv ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return Mix(hash ^ fnv);
}

}  // namespace

RandomStream::RandomStream(uint64_t study_seed, int64_t trial_number, absl::string_view purpose)
    : RandomStream(HashName(study_seed, trial_number, purpose)) {}

RandomStream::RandomStream(uint64_t name_hash) : name_hash_(name_hash) {
  uint64_t counter = name_hash;
  for (uint64_t& word : state_) word = Mix(counter += kGolden);
}

RandomStream RandomStream::Fork(uint64_t index) const {
  return RandomStream(Mix(name_hash_ ^ Mix(index + 3 * kGolden)));
}

uint64_t RandomStream::operator()() {
  const uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double RandomStream::Uniform() { return static_cast<double>((*this)() >> 11) * 0x1.0p-53; }

double RandomStream::Uniform(double low, double high) {
  // Rounding may reach `high`; the largest value below it is the nearest that keeps the promise.
  const double value = low + Uniform() * (high - low);
  return value < high || low == high ? value : std::nextafter(high, low);
}

uint64_t RandomStream::Below(uint64_t n) {
  // Lemire (2019): multiply into 128 bits, reject the few low words that would favour small results.
  unsigned __int128 product = static_cast<unsigned __int128>((*this)()) * n;
  uint64_t low = static_cast<uint64_t>(product);
  if (low < n) {
    const uint64_t threshold = -n % n;
    while (low < threshold) {
      product = static_cast<unsigned __int128>((*this)()) * n;
      low = static_cast<uint64_t>(product);
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

double RandomStream::Normal() {
  if (has_spare_normal_) {
    has_spare_normal_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2 * std::log1p(-Uniform()));
  const double angle = 2 * std::numbers::pi * Uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_normal_ = true;
  return radius * std::cos(angle);
}

}  // namespace parzen
