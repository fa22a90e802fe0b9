// parzen worker.
#include <memory>

#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/log_options.h"
#include "cli/study_source.h"
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

absl::Status Work(const Options& options, const Stop& stop) {
  InitLog(options.log);
  WorkerOptions worker = options.worker;
  worker.coordinator =
      options.coordinator.empty() ? DefaultCoordinator(WorkerOptions().coordinator) : options.coordinator;
  RETURN_IF_ERROR(CheckCoordinatorAddress(worker.coordinator));
  worker.tls = ChosenTlsFiles(options.tls, Role::kWorker);
  if (!worker.tls.empty()) RETURN_IF_ERROR(ReadTlsIdentity(worker.tls, Role::kWorker, ReadClock().wall).status());
  DataCache cache;
  return RunWorker(worker, cache, stop);
}

}  // namespace

void AddWorkerCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(app, "worker",
                                 "Runs a worker, which asks a coordinator for trials and does them. Ctrl-C gives "
                                 "running trials back and ends it; a "
                                 "worker that is killed loses nothing, its trials go to others.",
                                 "  parzen worker\n  parzen worker --coordinator 127.0.0.1:7717 --slots 2 --threads 1\n"
                                 "  parzen worker --coordinator gpu-1:7717 --tls ~/parzen-keys");
  command
      .add_option("--coordinator", options->coordinator,
                  "The coordinator: HOST:PORT or unix:PATH (default: $PARZEN_COORDINATOR, else 127.0.0.1:7717)")
      ->type_name("ADDRESS");
  AddTlsOptions(command, options->tls, Role::kWorker);
  command.add_option("--slots", options->worker.slots, "Trials done at the same time")
      ->type_name("N")
      ->check(CLI::Range(1, 1024).description(""))
      ->capture_default_str();
  command.add_option("--threads", options->worker.threads, "Threads of each slot; 0: the cores divided by the slots")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str();
  command.add_flag(
      "--allow-commands", options->worker.allow_commands,
      "Do trials that run a program, too: whoever gives studies to the coordinator can then run any program "
      "here, as this user");
  command.add_option("--name", options->worker.name, "Name in reports (default: host and process id)")
      ->type_name("NAME");
  AddLogOptions(command, options->log);
  Choose(command, chosen, options, &Work, /*stops_cleanly=*/true);
  AddWorkerCommands(command, chosen);
}

}  // namespace parzen
