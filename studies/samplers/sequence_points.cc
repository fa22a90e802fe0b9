#include "studies/samplers/sequence_points.h"

#include <utility>
#include <vector>

#include "base/random_stream.h"

namespace parzen {
namespace {

class SequencePoints : public Sampler {
 public:
  SequencePoints(const SamplerInputs& inputs, Sequence sequence)
      : space_(inputs.space), seed_(static_cast<uint64_t>(inputs.search.seed())), sequence_(std::move(sequence)) {
    size_t dimension = 0;
    for (size_t i = 0; i < space_.size(); ++i) dimension_of_.push_back(space_.axis(i).single() ? 0 : dimension++);
  }

  absl::StatusOr<std::optional<Point>> Suggest(int64_t number, int32_t redraw) override {
    const RandomStream turns = RandomStream(seed_, 0, "sampler/sequence/redraw").Fork(static_cast<uint64_t>(redraw));
    Point point(space_.size());
    for (const size_t i : space_.activation_order()) {
      if (!space_.IsActive(i, point)) continue;
      const Axis& axis = space_.axis(i);
      double place = axis.single() ? 0 : sequence_(static_cast<uint64_t>(number), dimension_of_[i]);
      if (redraw > 0) {
        place += turns.Fork(i).Uniform();
        if (place >= 1) place -= 1;
      }
      point[i] = axis.FromUnit(place);
    }
    return point;
  }

  bool Learns() const override { return false; }

 private:
  const SearchSpace& space_;  // outlives the sampler
  const uint64_t seed_;
  const Sequence sequence_;
  std::vector<size_t> dimension_of_;  // by parameter
};

}  // namespace

size_t FreeParameters(const SearchSpace& space) {
  size_t count = 0;
  for (size_t i = 0; i < space.size(); ++i) count += !space.axis(i).single();
  return count;
}

std::unique_ptr<Sampler> MakeSequencePoints(const SamplerInputs& inputs, Sequence sequence) {
  return std::make_unique<SequencePoints>(inputs, std::move(sequence));
}

}  // namespace parzen
