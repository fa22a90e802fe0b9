// Whether a coordinator is at work where studies are looked at.
#pragma once

#include "cli/study_source.h"

namespace parzen {

// The options name a coordinator, or a database that one has: what is said of its workers holds now. False also where
// that cannot be told. Requires: this process has not opened the database (CoordinatorOf).
bool IsCoordinated(const SourceOptions& options);

}  // namespace parzen
