// Trial n gets point n of a Halton sequence; see halton_sequence.h for what that covers.
#include <memory>

#include "base/registry.h"
#include "studies/samplers/halton_sequence.h"
#include "studies/samplers/sequence_points.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Sampler>> MakeHaltonSampler(const SamplerInputs& inputs) {
  const size_t dimensions = FreeParameters(inputs.space);
  const RandomStream scrambling(static_cast<uint64_t>(inputs.search.seed()), 0, "sampler/halton");
  const auto sequence = inputs.search.sampler().halton().scramble()
                            ? std::make_shared<HaltonSequence>(dimensions, scrambling)
                            : std::make_shared<HaltonSequence>(dimensions);
  return MakeSequencePoints(inputs,
                            [sequence](uint64_t number, size_t dimension) { return sequence->At(number, dimension); });
}

const bool registered = Registry<SamplerFactory>::Global().Add("halton", &MakeHaltonSampler);

}  // namespace
}  // namespace parzen
