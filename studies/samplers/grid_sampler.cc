// Every combination once, in order, whatever of it the history holds already: the next point is the first that no trial
// has, running and waiting ones included.
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/registry.h"
#include "studies/samplers/grid_values.h"
#include "studies/samplers/grid_walk.h"
#include "studies/samplers/sampler.h"

namespace parzen {
namespace {

constexpr int64_t kMaxPoints = 10'000'000;

// A point as bytes that are equal when the points are.
std::string KeyOf(const Point& point) {
  std::string key(point.size() * sizeof(double), '\0');
  for (size_t i = 0; i < point.size(); ++i) {
    const double value = point[i].value_or(std::numeric_limits<double>::quiet_NaN()) + 0.0;  // -0.0 is 0.0
    std::memcpy(&key[i * sizeof(double)], &value, sizeof(double));
  }
  return key;
}

class GridPoints : public Sampler {
 public:
  GridPoints(const SearchSpace& space, GridAxes axes, int64_t total)
      : space_(space), axes_(std::move(axes)), total_(total), progress_(space_, axes_) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t /*number*/, History history) override {
    if (!progress_.LeadsTo(history)) progress_ = Progress(space_, axes_);
    progress_.Read(history);
    if (progress_.walk->done()) return std::nullopt;
    return progress_.walk->point();
  }

  std::optional<int64_t> TotalPoints() const override { return total_; }

 private:
  // How far the walk may skip, given the trials read so far: every point before it is some trial's. Trials are only
  // ever added, so this need not be found again at each call.
  struct Progress {
    Progress(const SearchSpace& space, const GridAxes& axes) : walk(std::make_unique<GridWalk>(space, axes)) {}

    bool LeadsTo(History history) const {
      return read == 0 || (history.size() >= read && KeyOf(history[read - 1].point) == last_read);
    }

    void Read(History history) {
      for (; read < history.size(); ++read) {
        last_read = KeyOf(history[read].point);
        ahead.insert(last_read);
      }
      while (!walk->done() && ahead.erase(KeyOf(walk->point())) > 0) walk->Next();
    }

    std::unique_ptr<GridWalk> walk;
    size_t read = 0;                         // trials of the history
    std::string last_read;                   // the key of the last of them
    absl::flat_hash_set<std::string> ahead;  // keys of trials' points that the walk has not passed
  };

  const SearchSpace& space_;  // outlives the sampler
  const GridAxes axes_;
  const int64_t total_;
  Progress progress_;
};

absl::Status TooLarge(int points) {
  return absl::InvalidArgumentError(
      absl::StrCat("search.sampler.grid: the space has more than ", kMaxPoints,
                   " grid points, or conditions that take too long to count; take fewer values (points is ", points,
                   "), wider steps or fewer parameters, or choose the random sampler"));
}

absl::StatusOr<std::unique_ptr<Sampler>> MakeGridSampler(const SamplerInputs& inputs) {
  const int points = inputs.search.sampler().grid().points();
  if (points < 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("search.sampler.grid.points: must be at least 2, the ends of a range; is ", points));
  }
  const SearchSpace& space = inputs.space;
  int64_t values = 0;
  for (size_t i = 0; i < space.size(); ++i) {
    // Checked before they are made: a fine step may give more than fit into memory.
    const int64_t more = CountGridValues(space.distribution(i), points);
    if (more > kMaxPoints - values) return TooLarge(points);
    values += more;
  }
  GridAxes axes;
  for (size_t i = 0; i < space.size(); ++i) axes.push_back(GridValues(space.distribution(i), points));
  const std::optional<int64_t> total = CountGridPoints(space, axes, kMaxPoints);
  if (!total.has_value()) return TooLarge(points);
  return std::make_unique<GridPoints>(space, std::move(axes), *total);
}

const bool registered = Registry<SamplerFactory>::Global().Add("grid", &MakeGridSampler);

}  // namespace
}  // namespace parzen
