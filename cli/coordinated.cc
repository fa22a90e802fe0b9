#include "cli/coordinated.h"

#include "coordinator/file_lock.h"

namespace parzen {

bool IsCoordinated(const SourceOptions& options) {
  if (options.db.empty() && !DefaultCoordinator(options.coordinator).empty()) return true;
  return !CoordinatorOf(options.db.empty() ? DefaultDatabase() : options.db).empty();
}

}  // namespace parzen
