// The workers that a study database knows, as people ask for them. Threads: as Database. Errors: as store.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/query.pb.h"
#include "studies/store/sqlite.h"

namespace parzen {

// Attempts that are open, by worker_id.
using OpenAttempts = std::map<std::string, int64_t>;

// Requires, as all of these: the database has our tables.
absl::StatusOr<OpenAttempts> CountOpenAttempts(Database& database);

// Whether a worker is wanted.
using WorkerFilter = std::function<bool(const std::string& worker_id, bool connected)>;

// At most `limit` of the wanted workers, by name; without `ended` and `lost`.
absl::StatusOr<std::vector<WorkerRecord>> ReadWorkers(Database& database, const OpenAttempts& open,
                                                      const WorkerFilter& wanted, size_t limit);

}  // namespace parzen
