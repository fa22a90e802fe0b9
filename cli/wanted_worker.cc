#include "cli/wanted_worker.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "cli/terminal.h"
#include "coordinator/fleet.h"

namespace parzen {
namespace {

// As far as it matters for what it can do.
StoredWorker ToStored(const WorkerRecord& record) {
  StoredWorker worker;
  worker.allow_commands = record.allow_commands();
  worker.memory_bytes = record.memory_bytes();
  worker.labels.assign(record.label().begin(), record.label().end());
  worker.models.assign(record.model().begin(), record.model().end());
  return worker;
}

// A list of so many workers may be cut short (query.proto), and one that it leaves out be able.
constexpr int kMostListed = 1000;

size_t CountOf(const TrialNeeds& needs) {
  return (needs.command ? 1 : 0) + (needs.memory_bytes > 0 ? 1 : 0) + needs.labels.size() + needs.models.size();
}

}  // namespace

std::string DescribeWantedWorker(const StudySummary& study,
                                 const google::protobuf::RepeatedPtrField<WorkerRecord>& workers) {
  const bool waits = !study.finished() && !study.stopped() && study.running() == 0;
  if (!waits || study.spec().work_case() == StudySpec::WORK_NOT_SET) return "";
  const TrialNeeds needs = NeedsOf(study.spec());
  std::optional<TrialNeeds> least;
  for (const WorkerRecord& record : workers) {
    if (!record.disconnected().empty() || record.draining()) continue;
    TrialNeeds missing = MissingNeeds(ToStored(record), needs);
    if (missing == TrialNeeds()) return "";
    if (!least.has_value() || CountOf(missing) < CountOf(*least)) least = std::move(missing);
  }
  if (workers.size() >= kMostListed) return "";
  if (!least.has_value()) return "waits for a worker: none is connected that takes trials";
  return absl::StrCat("waits for a worker with ", DescribeNeeds(*least), ": none that is connected has ",
                      CountOf(*least) == 1 ? "it" : "all that the study needs");
}

std::string WantedWorkerLine(StudySource& source, const StudySummary& study) {
  const absl::StatusOr<ListWorkersResponse> workers = source.ListWorkers(ListWorkersRequest());
  const std::string wanted = workers.ok() ? DescribeWantedWorker(study, workers->worker()) : "";
  return wanted.empty() ? "" : absl::StrCat("The study ", Printable(wanted), ".\n");
}

}  // namespace parzen
