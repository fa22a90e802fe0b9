#include "cli/worker_rows.h"

#include <string>

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
  return absl::StrFormat("%.1f GiB", static_cast<double>(worker.memory_bytes()) / (1 << 30));
}

}  // namespace

const char* WorkerState(const WorkerRecord& worker) {
  if (!worker.disconnected().empty()) return "gone";
  return worker.draining() ? "draining" : "connected";
}

Table WorkerTable(const std::vector<WorkerRecord>& workers) {
  Table table({"name", "host", "pid", "worker_id", "state", "since", "slots", "running", "threads", "memory_bytes",
               "labels", "models", "allow_commands", "version", "clock_ahead_seconds", "ended", "lost"});
  for (const WorkerRecord& worker : workers) {
    table.AddRow({worker.name(), worker.host(), worker.pid(), worker.worker_id(), WorkerState(worker), Since(worker),
                  worker.slots(), worker.running(), worker.threads(),
                  worker.has_memory_bytes() ? Cell(worker.memory_bytes()) : Cell(), List(worker.label()),
                  List(worker.model()), worker.allow_commands(), TextOrNull(worker.version()),
                  worker.has_clock_ahead_seconds() ? Cell(worker.clock_ahead_seconds()) : Cell(), worker.ended(),
                  worker.lost()});
  }
  return table;
}

Table ShortWorkerTable(const std::vector<WorkerRecord>& workers) {
  Table table(
      {"name", "host", "state", "since (UTC)", "slots", "running", "threads", "memory", "labels", "ended", "lost"});
  for (const WorkerRecord& worker : workers) {
    table.AddRow({worker.name(), worker.host(), WorkerState(worker), Since(worker).substr(0, kToSeconds),
                  worker.slots(), worker.running(), worker.threads(), MemoryForPeople(worker),
                  TextOrNull(absl::StrJoin(worker.label(), " ")), worker.ended(), worker.lost()});
  }
  return table;
}

}  // namespace parzen
