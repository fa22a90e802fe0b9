#include "cli/worker_rows.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"

namespace parzen {
namespace {

constexpr size_t kToSeconds = 19;  // of "YYYY-MM-DD HH:MM:SS.ffffff"

// Since when it has been in its state.
const std::string& Since(const WorkerRecord& worker) {
  return worker.disconnected().empty() ? worker.connected() : worker.disconnected();
}

Cell TextOrNull(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

Cell List(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return Cell(std::vector<std::string>(texts.begin(), texts.end()));
}

Cell MemoryForPeople(const WorkerRecord& worker) {
  if (!worker.has_memory_bytes()) return Cell();
  const double mebibytes = static_cast<double>(worker.memory_bytes()) / (1 << 20);
  return mebibytes < 1024 ? absl::StrFormat("%.0f MiB", mebibytes) : absl::StrFormat("%.1f GiB", mebibytes / 1024);
}

bool ShareAName(const std::vector<WorkerRecord>& workers) {
  std::set<std::string> names;
  return std::any_of(workers.begin(), workers.end(),
                     [&](const WorkerRecord& worker) { return !names.insert(worker.name()).second; });
}

}  // namespace

const char* WorkerState(const WorkerRecord& worker, Known known) {
  if (!worker.disconnected().empty()) return "gone";
  if (known == Known::kOnceSeen) return "last seen";
  return worker.draining() ? "draining" : "connected";
}

Table WorkerTable(const std::vector<WorkerRecord>& workers, Known known) {
  Table table({"name", "host", "pid", "worker_id", "state", "since", "slots", "running", "threads", "memory_bytes",
               "labels", "models", "allow_commands", "version", "clock_ahead_seconds", "ended", "lost"});
  for (const WorkerRecord& worker : workers) {
    table.AddRow({worker.name(), worker.host(), worker.pid(), worker.worker_id(), WorkerState(worker, known),
                  Since(worker), worker.slots(), worker.running(), worker.threads(),
                  worker.has_memory_bytes() ? Cell(worker.memory_bytes()) : Cell(), List(worker.label()),
                  List(worker.model()), worker.allow_commands(), TextOrNull(worker.version()),
                  worker.has_clock_ahead_seconds() ? Cell(worker.clock_ahead_seconds()) : Cell(), worker.ended(),
                  worker.lost()});
  }
  return table;
}

Table ShortWorkerTable(const std::vector<WorkerRecord>& workers, Known known) {
  std::vector<std::string> columns = {"name",    "host",   "state",  "since (UTC)", "slots", "running",
                                      "threads", "memory", "labels", "ended",       "lost"};
  const bool with_ids = ShareAName(workers);
  if (with_ids) columns.emplace_back("worker_id");
  Table table(columns);
  for (const WorkerRecord& worker : workers) {
    std::vector<Cell> row = {worker.name(),
                             worker.host(),
                             WorkerState(worker, known),
                             Since(worker).substr(0, kToSeconds),
                             worker.slots(),
                             worker.running(),
                             worker.threads(),
                             MemoryForPeople(worker),
                             TextOrNull(absl::StrJoin(worker.label(), " ")),
                             worker.ended(),
                             worker.lost()};
    if (with_ids) row.emplace_back(worker.worker_id());
    table.AddRow(std::move(row));
  }
  return table;
}

}  // namespace parzen
