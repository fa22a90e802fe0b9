// Numbers 0, 1, 2, ... kept in the order of keys that the caller has; an insertion or removal moves a few hundred of
// them at most, and each takes about six bytes. Threads: externally synchronised.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace parzen {

// `less(a, b)` orders ids strictly and totally, and must not change for the ids that are held.
class SortedIds {
 public:
  // Where an id stands; valid until the next change.
  struct Place {
    size_t chunk = 0;
    size_t at = 0;
  };

  size_t size() const { return size_; }

  void Clear() {
    chunks_.clear();
    size_ = 0;
  }

  // Replaces everything. Requires: `ids` are in order.
  void Assign(const std::vector<uint32_t>& ids) {
    Clear();
    size_ = ids.size();
    for (size_t i = 0; i < ids.size(); i += kFill) {
      chunks_.emplace_back(ids.begin() + i, ids.begin() + std::min(ids.size(), i + kFill));
    }
  }

  template <typename Less>
  Place Insert(uint32_t id, const Less& less) {
    ++size_;
    if (chunks_.empty()) {
      chunks_.push_back({id});
      return {};
    }
    Place place = LowerBound(id, less);
    if (place.chunk == chunks_.size()) place = {chunks_.size() - 1, chunks_.back().size()};
    if (chunks_[place.chunk].size() == kMost) place = Split(place);
    std::vector<uint32_t>& chunk = chunks_[place.chunk];
    chunk.insert(chunk.begin() + place.at, id);
    return place;
  }

  // Requires: the id is held.
  template <typename Less>
  Place Find(uint32_t id, const Less& less) const {
    return LowerBound(id, less);
  }

  void Erase(Place place) {
    --size_;
    std::vector<uint32_t>& chunk = chunks_[place.chunk];
    chunk.erase(chunk.begin() + place.at);
    if (chunk.empty()) chunks_.erase(chunks_.begin() + place.chunk);
  }

  uint32_t operator[](Place place) const { return chunks_[place.chunk][place.at]; }

  std::optional<uint32_t> Before(Place place) const {
    if (place.at > 0) return chunks_[place.chunk][place.at - 1];
    if (place.chunk > 0) return chunks_[place.chunk - 1].back();
    return std::nullopt;
  }

  std::optional<uint32_t> After(Place place) const {
    if (place.at + 1 < chunks_[place.chunk].size()) return chunks_[place.chunk][place.at + 1];
    if (place.chunk + 1 < chunks_.size()) return chunks_[place.chunk + 1].front();
    return std::nullopt;
  }

  // The first `count`, or all there are.
  std::vector<uint32_t> First(size_t count) const {
    std::vector<uint32_t> first;
    first.reserve(std::min(count, size_));
    for (const std::vector<uint32_t>& chunk : chunks_) {
      for (const uint32_t id : chunk) {
        if (first.size() == count) return first;
        first.push_back(id);
      }
    }
    return first;
  }

  size_t MemoryBytes() const {
    size_t bytes = chunks_.capacity() * sizeof(std::vector<uint32_t>);
    for (const std::vector<uint32_t>& chunk : chunks_) bytes += chunk.capacity() * sizeof(uint32_t);
    return bytes;
  }

 private:
  static constexpr size_t kMost = 512;
  static constexpr size_t kFill = 384;

  template <typename Less>
  Place LowerBound(uint32_t id, const Less& less) const {
    const auto chunk = std::partition_point(chunks_.begin(), chunks_.end(),
                                            [&](const std::vector<uint32_t>& ids) { return less(ids.back(), id); });
    if (chunk == chunks_.end()) return {chunks_.size(), 0};
    const auto at = std::lower_bound(chunk->begin(), chunk->end(), id, less);
    return {static_cast<size_t>(chunk - chunks_.begin()), static_cast<size_t>(at - chunk->begin())};
  }

  // Makes room; returns the place in the halves.
  Place Split(Place place) {
    std::vector<uint32_t>& full = chunks_[place.chunk];
    std::vector<uint32_t> rest(full.begin() + kMost / 2, full.end());
    full.resize(kMost / 2);
    full.shrink_to_fit();
    chunks_.insert(chunks_.begin() + place.chunk + 1, std::move(rest));
    if (place.at <= kMost / 2) return place;
    return {place.chunk + 1, place.at - kMost / 2};
  }

  std::vector<std::vector<uint32_t>> chunks_;  // none is empty
  size_t size_ = 0;
};

}  // namespace parzen
