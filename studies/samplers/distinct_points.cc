#include "studies/samplers/distinct_points.h"

#include <optional>
#include <utility>

#include "base/random_stream.h"
#include "base/status_macros.h"
#include "studies/samplers/first_free.h"
#include "studies/samplers/fixed_points.h"
#include "studies/samplers/grid_values.h"
#include "studies/samplers/grid_walk.h"
#include "studies/samplers/taken_points.h"

namespace parzen {
namespace {

constexpr int64_t kMaxValues = 1'000'000;   // of all parameters together, to list them
constexpr int64_t kMaxCounted = 1'000'000;  // points
constexpr int32_t kDraws = 8;               // of the sampler, for one point
constexpr int kMaxSteps = 8;                // from a refused value to its neighbours

int64_t CountOf(const Axis& axis) { return axis.single() ? 1 : *axis.count(); }

// All values of every parameter; empty when they are too many.
GridAxes ListValues(const SearchSpace& space) {
  int64_t values = 0;
  for (size_t i = 0; i < space.size(); ++i) {
    if (CountOf(space.axis(i)) > kMaxValues - values) return {};
    values += CountOf(space.axis(i));
  }
  GridAxes axes;
  for (size_t i = 0; i < space.size(); ++i) {
    const Axis& axis = space.axis(i);
    const int points = std::max(2, static_cast<int>(CountOf(axis)));
    axes.push_back(axis.single() ? std::vector<double>{axis.FromUnit(0)} : GridValues(space.distribution(i), points));
  }
  return axes;
}

class DistinctPoints : public Sampler {
 public:
  DistinctPoints(std::unique_ptr<Sampler> sampler, const SamplerInputs& inputs)
      : space_(inputs.space),
        seed_(static_cast<uint64_t>(inputs.search.seed())),
        sampler_(std::move(sampler)),
        taken_(inputs.space, inputs.history),
        values_(ListValues(inputs.space)) {
    if (values_.empty()) return;
    total_ = CountGridPoints(space_, values_, kMaxCounted);
    free_.emplace(space_, values_);
  }

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    taken_.ReadChanges();
    if (total_.has_value() && static_cast<int64_t>(taken_.size()) >= *total_) return std::nullopt;
    Point wish;
    for (int32_t draw = 0; draw < kDraws; ++draw) {
      ASSIGN_OR_RETURN(std::optional<Point> point, sampler_->Suggest(number, redraw * kDraws + draw));
      if (!point.has_value() || !taken_.Contains(*point)) return point;
      if (draw == 0) wish = *std::move(point);
    }
    RandomStream random = RandomStream(seed_, number, "sampler/distinct").Fork(static_cast<uint64_t>(redraw));
    if (std::optional<Point> near = NearestFree(wish, random); near.has_value()) return near;
    return values_.empty() ? std::optional<Point>(wish) : free_->Find(taken_);
  }

  std::optional<int64_t> TotalPoints() const override { return total_; }
  bool Learns() const override { return sampler_->Learns(); }

 private:
  // A free point that has one other value, as near as possible; in random order among those equally near.
  std::optional<Point> NearestFree(const Point& wish, RandomStream& random) const {
    // What a step further up or down from the last value tried is; nullopt at the end.
    struct Direction {
      size_t parameter;
      bool up;
      double value;
    };
    std::vector<Direction> directions;
    for (size_t i = 0; i < space_.size(); ++i) {
      if (!wish[i].has_value() || space_.axis(i).single()) continue;
      for (const bool up : {false, true}) directions.push_back({i, up, *wish[i]});
    }
    random.Shuffle(directions);
    for (int step = 0; step < kMaxSteps; ++step) {
      for (Direction& direction : directions) {
        const Axis& axis = space_.axis(direction.parameter);
        const std::optional<double> next = Neighbour(axis, direction.value, direction.up);
        if (!next.has_value()) continue;
        direction.value = *next;
        Point given(space_.size());
        given[direction.parameter] = next;
        Point near = CompletePoint(space_, given, wish, random);
        if (!taken_.Contains(near)) return near;
      }
    }
    return std::nullopt;
  }

  // The next value on an axis; that of a category is the next choice, or the first after the last.
  static std::optional<double> Neighbour(const Axis& axis, double value, bool up) {
    const Axis::Interval cell = axis.Cell(value);
    const double beyond = 1e-3 * (cell.high - cell.low);
    double place = up ? cell.high + beyond : cell.low - beyond;
    const bool is_outside = place >= axis.high() || place <= axis.low();
    if (is_outside && axis.ordered()) return std::nullopt;
    if (is_outside) place = up ? axis.low() : axis.high();
    const double next = axis.FromScale(place);
    if (next == value) return std::nullopt;
    return next;
  }

  const SearchSpace& space_;  // outlives the sampler
  const uint64_t seed_;
  const std::unique_ptr<Sampler> sampler_;
  TakenPoints taken_;
  const GridAxes values_;  // empty: too many to list
  std::optional<int64_t> total_;
  std::optional<FirstFree> free_;
};

}  // namespace

bool HasLimitedPoints(const SearchSpace& space) {
  bool has_choice = false;
  for (size_t i = 0; i < space.size(); ++i) {
    const Axis& axis = space.axis(i);
    if (!axis.single() && !axis.count().has_value()) return false;
    has_choice |= !axis.single();
  }
  return has_choice;
}

std::unique_ptr<Sampler> MakeDistinctPoints(std::unique_ptr<Sampler> sampler, const SamplerInputs& inputs) {
  return std::make_unique<DistinctPoints>(std::move(sampler), inputs);
}

}  // namespace parzen
