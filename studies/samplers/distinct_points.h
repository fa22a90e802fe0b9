// No point twice, while there are others: search.avoid_duplicates around any sampler.
//
// A point that any trial has, whatever its state, is refused, and the sampler is asked again; when it insists, the free
// point is taken that is nearest to its first wish (one parameter changed by few values), else the first free one in
// the order of a grid. Trials of others take a point when it is one of the space. The next point costs what the sampler
// takes, and one look-up; far from the end of a space seldom more.
#pragma once

#include <memory>

#include "studies/samplers/sampler.h"

namespace parzen {

// Whether points can be kept apart and come to an end: every parameter has a limited number of values, and one at least
// has several. A space with nothing to choose has one point, which is tried as often as it is asked for.
bool HasLimitedPoints(const SearchSpace& space);

// Ends (nullopt) when no point is free; TotalPoints is known up to a million. With more than a million values in all
// parameters together it does not end: a point comes again when none near it is free. Requires: HasLimitedPoints.
std::unique_ptr<Sampler> MakeDistinctPoints(std::unique_ptr<Sampler> sampler, const SamplerInputs& inputs);

}  // namespace parzen
