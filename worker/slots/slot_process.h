// What a slot's process does: the trials that its worker gives it, one at a time. It speaks with the worker on its
// standard input, a socket, as proto/slot.proto says.
//
// What happens when things fail:
//   the worker ends or closes the socket   the trial is cancelled, its programs end, then the process; a worker that is
//                                          killed takes the process with it (PR_SET_PDEATHSIG, see child_spawn.h)
//   the worker stops reading               the trial waits when the socket is full, and goes on when it is read
//   the worker talks nonsense              the process ends with an error
//   SIGINT, SIGTERM, SIGHUP                ignored: whoever ends all processes of a service ends the worker, and that
//                                          knows what becomes of its trials
//   an allocation beyond the limit fails   the trial fails by it; the next one finds the memory free
// Anything else that ends the process costs the trial; the worker sees it and starts another process.
#pragma once

#include "absl/status/status.h"
#include "worker/slots/slot_options.h"

namespace parzen {

// Returns when the worker wants no more. InvalidArgument: standard input is no socket, or the worker talks nonsense.
absl::Status RunSlotProcess(const SlotOptions& options);

}  // namespace parzen
