// search.deterministic around any sampler: the point of trial n is a function of the results of trials 0 to n -
// look_ahead and of the points of those in between, whatever else has happened by then.
#pragma once

#include <memory>

#include "studies/samplers/sampler.h"

namespace parzen {

// The sampler that `factory` makes sees a history of its own, in which trials are added, and get their results, in the
// order of their numbers; those less than search.look_ahead behind the one that is suggested still run there, as
// samplers that keep parallel trials apart want to know. A trial that is not final when its turn comes (another program
// runs it) goes on running there. A suggestion costs what the sampler takes, and the copy of one trial; one for a
// number below that of an earlier suggestion starts from the first trial. Requires: search.deterministic; the index of
// a trial is its number; Suggest is asked for a number at which all trials up to number - look_ahead are final.
absl::StatusOr<std::unique_ptr<Sampler>> MakeOrderedPoints(const SamplerFactory& factory, const SamplerInputs& inputs);

}  // namespace parzen
