// Workers as rows. Threads: functions without state.
#pragma once

#include <vector>

#include "cli/table.h"
#include "proto/query.pb.h"

namespace parzen {

// "connected", "draining" or "gone".
const char* WorkerState(const WorkerRecord& worker);

// One row a worker: everything for programs, and what people look for.
Table WorkerTable(const std::vector<WorkerRecord>& workers);
Table ShortWorkerTable(const std::vector<WorkerRecord>& workers);

}  // namespace parzen
