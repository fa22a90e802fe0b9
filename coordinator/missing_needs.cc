#include "coordinator/missing_needs.h"

#include <algorithm>

namespace parzen {
namespace {

std::vector<std::string> Without(const std::vector<std::string>& all, const std::vector<std::string>& wanted) {
  std::vector<std::string> missing;
  for (const std::string& one : wanted) {
    if (std::find(all.begin(), all.end(), one) == all.end()) missing.push_back(one);
  }
  return missing;
}

}  // namespace

TrialNeeds MissingNeeds(const StoredWorker& worker, const TrialNeeds& needs) {
  TrialNeeds missing;
  missing.command = needs.command && !worker.allow_commands;
  if (worker.memory_bytes > 0 && worker.memory_bytes < needs.memory_bytes) missing.memory_bytes = needs.memory_bytes;
  missing.labels = Without(worker.labels, needs.labels);
  if (!worker.models.empty()) missing.models = Without(worker.models, needs.models);
  return missing;
}

}  // namespace parzen
