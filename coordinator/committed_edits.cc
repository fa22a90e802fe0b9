#include "coordinator/committed_edits.h"

#include <algorithm>

#include "base/status_macros.h"
#include "studies/store/worker_list.h"

namespace parzen {

void CommittedEdits::DrainWorkers(const DrainWorkerRequest& request, Answer<ListWorkersResponse> answer) {
  auto result = std::make_shared<absl::StatusOr<ListWorkersResponse>>(absl::UnknownError("not done yet"));
  loop_.Submit(
      [this, &request, result](Dispatcher& dispatcher, Now) {
        const absl::StatusOr<std::vector<std::string>> meant = dispatcher.DrainWorkers(request.name());
        *result = meant.ok() ? Workers(*meant) : meant.status();
        return store_.transaction_status();
      },
      [result, answer = std::move(answer)](const absl::Status& committed) {
        answer(committed.ok() ? std::move(*result) : absl::StatusOr<ListWorkersResponse>(committed));
      });
}

absl::StatusOr<ListWorkersResponse> CommittedEdits::Workers(const std::vector<std::string>& ids) {
  ASSIGN_OR_RETURN(const OpenAttempts open, CountOpenAttempts(store_.database()));
  const auto meant = [&](const std::string& id, bool) { return std::find(ids.begin(), ids.end(), id) != ids.end(); };
  ASSIGN_OR_RETURN(std::vector<WorkerRecord> workers, ReadWorkers(store_.database(), open, meant, ids.size()));
  ListWorkersResponse response;
  for (WorkerRecord& worker : workers) *response.add_worker() = std::move(worker);
  return response;
}

}  // namespace parzen
