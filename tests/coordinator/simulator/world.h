// What everybody in a simulated run shares: time, the log, the count of faults, and the first rule that was broken.
// Threads: externally synchronised.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/random_stream.h"
#include "tests/coordinator/simulator/event_queue.h"

namespace parzen {

// Has a chance of `share`.
inline bool Chance(RandomStream& random, double share) { return random.Uniform() < share; }
inline absl::Duration DurationBetween(RandomStream& random, absl::Duration low, absl::Duration high) {
  return absl::Microseconds(absl::ToInt64Microseconds(low + random.Uniform() * (high - low)));
}
// Exponential: as long until something that happens once in `mean`.
inline absl::Duration DurationAround(RandomStream& random, absl::Duration mean) {
  return absl::Microseconds(absl::ToInt64Microseconds(-std::log(1 - random.Uniform()) * mean));
}

class World {
 public:
  World(uint64_t seed, bool traced) : seed_(seed), traced_(traced) {}

  uint64_t seed() const { return seed_; }
  // A stream of its own for each of those who draw, so that they do not disturb each other.
  RandomStream Random(int64_t who, absl::string_view purpose) const { return RandomStream(seed_, who, purpose); }
  EventQueue& events() { return events_; }
  absl::Duration now() const { return events_.now(); }

  // One line of the log, when there is to be one.
  template <typename... Parts>
  void Say(const Parts&... parts) {
    if (traced_) log_.push_back(absl::StrCat(absl::StrFormat("%11.6f ", absl::ToDoubleSeconds(now())), parts...));
  }
  bool traced() const { return traced_; }
  const std::vector<std::string>& log() const { return log_; }

  // Something was done to the cluster.
  void Count(const char* fault) { ++faults_[fault]; }
  const std::map<std::string, int64_t>& faults() const { return faults_; }

  // A rule was broken, and how; the first one is kept. The run ends after the event under way.
  void Broken(absl::string_view rule, absl::string_view how) {
    Say("BROKEN ", rule, ": ", how);
    if (!broken_.has_value()) broken_ = {std::string(rule), std::string(how)};
  }
  const std::optional<std::pair<std::string, std::string>>& broken() const { return broken_; }

 private:
  const uint64_t seed_;
  const bool traced_;
  EventQueue events_;
  std::vector<std::string> log_;
  std::map<std::string, int64_t> faults_;
  std::optional<std::pair<std::string, std::string>> broken_;
};

}  // namespace parzen
