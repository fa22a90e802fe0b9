// What the dispatcher tells people and graphs.
#include "coordinator/dispatcher.h"

namespace parzen {

void Dispatcher::Count(int64_t study_id, AttemptEvent event) { ++counts_[study_id][static_cast<size_t>(event)]; }

std::string Dispatcher::NameOf(const std::string& worker_id) const {
  const std::optional<ConnectionId> connection = fleet_.ConnectionOf(worker_id);
  return connection.has_value() ? fleet_.Find(*connection)->worker.name : worker_id;
}

std::vector<AttemptCounts> Dispatcher::TakeCounts() {
  std::vector<AttemptCounts> taken;
  for (const auto& [study_id, count] : counts_) {
    const auto study = studies_.find(study_id);
    if (study != studies_.end()) taken.push_back({study->second->stored().name, count});
  }
  counts_.clear();
  return taken;
}

DispatchState Dispatcher::State() const {
  DispatchState state;
  for (auto study = studies_.rbegin(); study != studies_.rend(); ++study) {
    if (state.studies.size() == kMaxShownStudies) break;
    state.studies.push_back({study->second->stored().name, study->second->by_state()});
  }
  for (const auto& [connection, worker] : fleet_.workers()) {
    ++state.workers;
    state.draining += worker.worker.draining;
    state.slots += worker.worker.slots;
  }
  state.leases = leases_.size();
  state.requests = static_cast<int64_t>(fleet_.requests().size());
  return state;
}

}  // namespace parzen
