// What distributions say of the numbers that stand beside them in trial_params. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "absl/strings/string_view.h"
#include "studies/distribution.h"

namespace parzen {

class StoredDistributions {
 public:
  // The value as users see it. Where the distribution is not understood, the number as stored is still better than
  // nothing.
  Choice External(absl::string_view distribution_json, double internal);

 private:
  // Parsed, by their text; forgotten when there are very many.
  std::unordered_map<std::string, std::optional<Distribution>> parsed_;
  // Trials come one after the other with the same few.
  struct Recent {
    std::string json;
    const std::optional<Distribution>* distribution = nullptr;
  };
  static constexpr size_t kRecent = 16;
  Recent recent_[kRecent];
  size_t next_ = 0;
};

}  // namespace parzen
