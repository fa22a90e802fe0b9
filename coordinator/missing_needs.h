// Why a worker is not given a study's trials. Pure functions.
#pragma once

#include "coordinator/fleet.h"

namespace parzen {

// Of what the trials need, what such a worker has not; nothing (DescribeNeeds is "") exactly where CanDo.
TrialNeeds MissingNeeds(const StoredWorker& worker, const TrialNeeds& needs);

}  // namespace parzen
