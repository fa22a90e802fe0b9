// Workers as rows. Threads: functions without state.
#pragma once

#include <vector>

#include "cli/table.h"
#include "proto/query.pb.h"

namespace parzen {

// What is known of workers: a file that no coordinator has says who was connected when the last one ended.
enum class Known { kNow, kOnceSeen };

// "connected", "draining" or "gone"; "last seen" of one that may have gone since.
const char* WorkerState(const WorkerRecord& worker, Known known = Known::kNow);

// One row a worker: everything for programs, and what people look for: the worker_id, too, where two have one name.
Table WorkerTable(const std::vector<WorkerRecord>& workers, Known known = Known::kNow);
Table ShortWorkerTable(const std::vector<WorkerRecord>& workers, Known known = Known::kNow);

}  // namespace parzen
