// search.deterministic around any pruner: a verdict depends on the trial's own values and on trials that were final
// before it could begin, never on who else runs how far.
#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "studies/pruners/pruner.h"

namespace parzen {

// Trials are judged in blocks of a quarter of `look_ahead`: those of a block by a pruner that has seen the trials up to
// the block's first number - look_ahead, so that each learns from trials at least look_ahead behind itself and less
// than a quarter of that more. As many pruners are kept as there are blocks whose trials may run at a time, at most
// five while look_ahead is 8 or more, and together cost what one does for each of them. Requires: look_ahead >= 1;
// trials up to n - look_ahead are final before trial n is judged, and stay as they are; the index of a trial is its
// number.
absl::StatusOr<std::unique_ptr<Pruner>> MakeOrderedPruner(const PrunerInputs& inputs, int64_t look_ahead);

}  // namespace parzen
