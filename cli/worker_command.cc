// parzen worker.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <regex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/cache_folder.h"
#include "cli/certificate_log.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/log_options.h"
#include "cli/stop_requests.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/tls_options.h"
#include "rpc/channel.h"
#include "worker/worker.h"

namespace parzen {
namespace {

struct Options {
  WorkerOptions worker;
  std::string coordinator;
  TlsOptions tls;
  LogOptions log;
};

// SIGTERM lets trials end; the next signal, or Ctrl-C, gives them back; one more ends at once.
void OnSignal(int signal, StopRequests& requests, Stop& stop, Stop& drain) {
  const std::optional<int> count = requests.Count(signal, ReadClock().steady);
  if (!count.has_value()) return;
  if (*count == 1 && signal == SIGTERM) return drain.Request();
  if (stop.Requested()) _exit(kExitInterrupted);
  std::fputs(absl::StrCat("\nstopping; another ", SignalName(signal), " ends at once\n").c_str(), stderr);
  stop.Request();
}

absl::Status Work(const Options& options, const Stop&) {
  InitLog(options.log);
  Stop stop;
  Stop drain;
  StopRequests requests;
  // Before any thread: the signals are blocked in every thread that is started later.
  const StopSignals signals([&](int signal, int) { OnSignal(signal, requests, stop, drain); });
  WorkerOptions worker = options.worker;
  worker.coordinator =
      options.coordinator.empty() ? DefaultCoordinator(WorkerOptions().coordinator) : options.coordinator;
  RETURN_IF_ERROR(CheckCoordinatorAddress(worker.coordinator));
  worker.tls = ChosenTlsFiles(options.tls, Role::kWorker);
  if (!worker.tls.empty()) RETURN_IF_ERROR(ReadTlsIdentity(worker.tls, Role::kWorker, ReadClock().wall).status());
  if (worker.cache.empty()) {
    ASSIGN_OR_RETURN(worker.cache, DefaultCacheFolder());
  }
  worker.slot_program = kThisProgram;
  Stop ended;
  std::thread certificates([&] { LogCertificates(worker.tls, Role::kWorker, ended); });
  const absl::Status worked = RunWorker(worker, stop, drain);
  ended.Request();
  certificates.join();
  return worked;
}

std::string CheckLabel(const std::string& label) {
  static const std::regex kLabel("[A-Za-z0-9_.=/-]{1,128}");
  if (std::regex_match(label, kLabel)) return "";
  return absl::StrCat("\"", Printable(label), "\" is no label: 1 to 128 letters, digits and _ . = / - make one");
}

void AddMachineOptions(CLI::App& command, WorkerOptions& worker) {
  constexpr int64_t kLeastBytes = 16 << 20;
  AddOption(command, "--slots N", worker.slots, "Trials done at the same time, each in a process of its own")
      .Range(1, 1024);
  AddOption(command, "--threads N", worker.threads, "Threads of each slot; 0: the cores divided by the slots")
      .Range(0, 1024);
  AddSizeOption(command, "--memory SIZE", worker.memory_bytes, kLeastBytes,
                "Memory that a trial may use, such as 512M or 2G: one that wants more fails, and nothing else "
                "(default: no limit)");
  AddOption(command, "--cache FOLDER", worker.cache,
            "Folder for dataset files, which are fetched once and shared by all workers with that folder, and for "
            "results that are not acknowledged yet: the next worker delivers them if this one is killed (default: "
            "$XDG_CACHE_HOME/parzen, else ~/.cache/parzen)");
  AddSizeOption(command, "--cache-size SIZE", worker.cache_bytes, kLeastBytes,
                "How large dataset files and prepared data in the cache may become together, such as 500M or 20G: then "
                "those go that were used longest ago, but none that is in use (default: 20G)");
}

}  // namespace

void AddWorkerCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "worker",
      "Runs a worker, which asks a coordinator for trials and does them. SIGTERM drains it: it takes no more "
      "trials, and ends after those that are running. Ctrl-C, or a second SIGTERM, gives running trials back "
      "and ends it. A worker that is killed loses nothing, its trials go to others. Without its coordinator it goes on "
      "with the trials that it has; when it has none and has found nobody for 10 minutes (5 seconds at its start), it "
      "ends with status 3.",
      "  parzen worker\n  parzen worker --coordinator 127.0.0.1:7717 --slots 2 --threads 1 --memory 2G\n"
      "  parzen worker --coordinator gpu-1:7717 --tls ~/parzen-keys");
  AddCoordinatorOption(command, options->coordinator);
  AddTlsOptions(command, options->tls, Role::kWorker);
  AddMachineOptions(command, options->worker);
  AddFlag(command, "--allow-commands", options->worker.allow_commands,
          "Do trials that run a program, too: whoever gives studies to the coordinator can then run any program "
          "here, as this user");
  AddOption(command, "--label LABEL", options->worker.labels,
            "What studies may require (placement { label: \"gpu\" }); may be repeated")
      .Check([](const std::string& label) { return CheckLabel(label); });
  AddOption(command, "--name NAME", options->worker.name, "Name in reports (default: host and process id)");
  AddLogOptions(command, options->log);
  Choose(command, chosen, options, &Work);
  AddWorkerCommands(command, chosen);
}

}  // namespace parzen
