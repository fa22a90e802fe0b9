// Changes studies in a database file: a transaction of its own for each change. Threads: externally synchronised.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "cli/study_source.h"

namespace parzen {

// `create`: makes the file when it is missing. Errors: as Store::Open.
absl::StatusOr<std::unique_ptr<StudyEditor>> OpenDatabaseEditor(const std::string& path, bool create);

}  // namespace parzen
