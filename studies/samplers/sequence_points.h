// What samplers that walk along a sequence of the unit cube share.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "studies/samplers/sampler.h"

namespace parzen {

// How many of a space's parameters have something to choose: the dimensions that a sequence needs.
size_t FreeParameters(const SearchSpace& space);

// The coordinate of point `number` in `dimension`, in [0, 1).
using Sequence = std::function<double(uint64_t number, size_t dimension)>;

// Trial n gets point n, a dimension for each free parameter in the space's order; parameters that do not exist at a
// point leave theirs unused. Looks at no other trial. A redraw turns the point by random amounts (modulo 1), which
// depend on the seed and on which redraw it is.
std::unique_ptr<Sampler> MakeSequencePoints(const SamplerInputs& inputs, Sequence sequence);

}  // namespace parzen
