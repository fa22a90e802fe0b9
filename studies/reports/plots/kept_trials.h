// Fewer trials of a table that evaluators look at. Pure functions.
#pragma once

#include "studies/importance/importance.h"

namespace parzen {

// At most `most` of the trials, evenly chosen.
void KeepEvenly(ImportanceData& data, size_t most);

}  // namespace parzen
