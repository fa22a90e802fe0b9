// Trial n gets point n of a Sobol sequence; see sobol_sequence.h for what that covers.
#include <memory>

#include "base/registry.h"
#include "studies/samplers/sequence_points.h"
#include "studies/samplers/sobol_sequence.h"

namespace parzen {
namespace {

absl::StatusOr<std::unique_ptr<Sampler>> MakeSobolSampler(const SamplerInputs& inputs) {
  const size_t dimensions = FreeParameters(inputs.space);
  const RandomStream scrambling(static_cast<uint64_t>(inputs.search.seed()), 0, "sampler/sobol");
  const auto sequence = inputs.search.sampler().sobol().scramble()
                            ? std::make_shared<SobolSequence>(dimensions, scrambling)
                            : std::make_shared<SobolSequence>(dimensions);
  return MakeSequencePoints(inputs,
                            [sequence](uint64_t number, size_t dimension) { return sequence->At(number, dimension); });
}

const bool registered = Registry<SamplerFactory>::Global().Add("sobol", &MakeSobolSampler);

}  // namespace
}  // namespace parzen
