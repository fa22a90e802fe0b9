#include "studies/store/stored_distributions.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/statusor.h"

namespace parzen {
namespace {

// Distributions that differ are few, but a file may hold anything.
constexpr size_t kMostDistributions = 10'000;

}  // namespace

Choice StoredDistributions::External(absl::string_view distribution_json, double internal) {
  const auto recent = std::find_if(std::begin(recent_), std::end(recent_), [&](const Recent& one) {
    return one.distribution != nullptr && one.json == distribution_json;
  });
  const std::optional<Distribution>* distribution = recent == std::end(recent_) ? nullptr : recent->distribution;
  if (distribution == nullptr) {
    if (parsed_.size() >= kMostDistributions) {
      parsed_.clear();
      std::fill(std::begin(recent_), std::end(recent_), Recent());
    }
    const auto [entry, is_new] = parsed_.try_emplace(std::string(distribution_json));
    if (is_new) {
      absl::StatusOr<Distribution> read = DistributionFromJson(distribution_json);
      if (read.ok()) entry->second = *std::move(read);
    }
    distribution = &entry->second;
    recent_[next_++ % kRecent] = {entry->first, distribution};
  }
  if (!distribution->has_value() || !Contains(**distribution, internal)) return internal;
  return ExternalValue(**distribution, internal);
}

}  // namespace parzen
