// Every combination once, in order, whatever of it the history holds already: the next point is the first that no trial
// has, running and waiting ones included.
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/registry.h"
#include "studies/samplers/first_free.h"
#include "studies/samplers/grid_values.h"
#include "studies/samplers/grid_walk.h"
#include "studies/samplers/sampler.h"
#include "studies/samplers/taken_points.h"

namespace parzen {
namespace {

constexpr int64_t kMaxPoints = 10'000'000;

class GridPoints : public Sampler {
 public:
  GridPoints(const SamplerInputs& inputs, GridAxes axes, int64_t total)
      : taken_(inputs.space, inputs.history), axes_(std::move(axes)), total_(total), free_(inputs.space, axes_) {}

  absl::StatusOr<std::optional<Point>> Suggest(int64_t /*number*/, int32_t /*redraw*/) override {
    taken_.ReadChanges();
    return free_.Find(taken_);
  }

  std::optional<int64_t> TotalPoints() const override { return total_; }
  bool Learns() const override { return false; }

 private:
  TakenPoints taken_;
  const GridAxes axes_;
  const int64_t total_;
  FirstFree free_;
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
    const int64_t more = space.axis(i).single() ? 1 : CountGridValues(space.distribution(i), points);
    if (more > kMaxPoints - values) return TooLarge(points);
    values += more;
  }
  GridAxes axes;
  for (size_t i = 0; i < space.size(); ++i) {
    const Axis& axis = space.axis(i);
    axes.push_back(axis.single() ? std::vector<double>{axis.FromUnit(0)} : GridValues(space.distribution(i), points));
  }
  const std::optional<int64_t> total = CountGridPoints(space, axes, kMaxPoints);
  if (!total.has_value()) return TooLarge(points);
  return std::make_unique<GridPoints>(inputs, std::move(axes), *total);
}

const bool registered = Registry<SamplerFactory>::Global().Add("grid", &MakeGridSampler);

}  // namespace
}  // namespace parzen
