#include "studies/samplers/taken_points.h"

#include <cstring>
#include <limits>
#include <utility>

namespace parzen {

std::string PointKey(const Point& point) {
  std::string key(1 + point.size() * sizeof(double), '\0');  // never empty
  for (size_t i = 0; i < point.size(); ++i) {
    const double value = point[i].value_or(std::numeric_limits<double>::quiet_NaN()) + 0.0;  // -0.0 is 0.0
    std::memcpy(&key[1 + i * sizeof(double)], &value, sizeof(double));
  }
  return key;
}

void TakenPoints::ReadChanges() {
  const std::vector<uint32_t>& changes = history_.changes();
  for (; changes_read_ < changes.size(); ++changes_read_) {
    const size_t i = changes[changes_read_];
    if (key_of_.size() <= i) key_of_.resize(i + 1);
    std::string key;
    if (Point point = history_[i].point; space_.Check(point).ok()) {
      for (size_t p = 0; p < point.size(); ++p) {
        if (point[p].has_value()) point[p] = NearestValue(space_.distribution(p), *point[p]);
      }
      key = PointKey(point);
    }
    if (key == key_of_[i]) continue;
    if (const auto it = trials_with_.find(key_of_[i]); it != trials_with_.end() && --it->second == 0) {
      trials_with_.erase(it);
      ++times_freed_;
    }
    if (!key.empty()) ++trials_with_[key];
    key_of_[i] = std::move(key);
  }
}

}  // namespace parzen
