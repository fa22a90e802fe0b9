// Several independent searches in one study (Hyperband's brackets): each has a sampler of its own, which sees the
// trials of its bracket only.
#pragma once

#include <memory>

#include "studies/samplers/sampler.h"

namespace parzen {

// Every bracket's part of the history is a copy, kept in step with the study's by its log: work and memory are
// proportional to the changes, not to changes times brackets. A part has a trial's intermediate values as they were at
// its last change. `factory` makes a bracket's sampler when its first trial is asked for; that of trial 0 at once, so
// that options that do not fit are refused here. Requires: inputs.bracket_of.
absl::StatusOr<std::unique_ptr<Sampler>> MakeBracketedPoints(const SamplerFactory& factory,
                                                             const SamplerInputs& inputs);

}  // namespace parzen
