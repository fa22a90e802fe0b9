// parzen worker list, drain.
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/coordinated.h"
#include "cli/study_client.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/tls_options.h"
#include "cli/worker_rows.h"

namespace parzen {
namespace {

struct ListOptions {
  SourceOptions source;
  bool all = false;
  Format format = Format::kTable;
};

struct DrainOptions {
  std::string coordinator;
  std::string tls;
  std::string worker;
};

absl::Status ListWorkers(const ListOptions& options, const Stop&) {
  const Known known = IsCoordinated(options.source) ? Known::kNow : Known::kOnceSeen;
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ListWorkersRequest request;
  request.set_all(options.all);
  ASSIGN_OR_RETURN(const ListWorkersResponse workers, source->ListWorkers(request));
  const std::vector<WorkerRecord> rows(workers.worker().begin(), workers.worker().end());
  return PrintTable(options.format == Format::kTable ? ShortWorkerTable(rows, known) : WorkerTable(rows, known),
                    options.format);
}

absl::Status DrainWorker(const DrainOptions& options, const Stop&) {
  const std::string address = options.coordinator.empty() ? DefaultCoordinator(kLocalCoordinator) : options.coordinator;
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyClient> coordinator,
                   StudyClient::Create(address, ClientTlsFiles(options.tls)));
  DrainWorkerRequest request;
  request.set_name(options.worker);
  ASSIGN_OR_RETURN(const ListWorkersResponse drained, coordinator->DrainWorker(request));
  std::string text;
  for (const WorkerRecord& worker : drained.worker()) {
    absl::StrAppend(&text, Printable(worker.name()), " takes no more trials and ends ",
                    worker.running() == 0 ? "now"
                                          : absl::StrCat("after the ", worker.running(),
                                                         worker.running() == 1 ? " trial it has" : " trials it has"),
                    "\n");
  }
  return PrintResult(text);
}

}  // namespace

void AddWorkerCommands(CLI::App& worker, ChosenCommand& chosen) {
  TakeCommand(worker, /*required=*/false);

  auto list_options = std::make_shared<ListOptions>();
  CLI::App& list = AddCommand(worker, "list",
                              "Lists the workers of a coordinator or a database, one a row: what they have and do, how "
                              "many of their attempts ended, and how many were lost or crashed.",
                              "  parzen worker list\n  parzen worker list --all -f csv --db m.db");
  AddFlag(list, "--all", list_options->all, "Also workers that are gone");
  AddSourceOptions(list, list_options->source);
  AddFormatOption(list, list_options->format);
  Choose(list, chosen, list_options, &ListWorkers);

  auto drain_options = std::make_shared<DrainOptions>();
  CLI::App& drain = AddCommand(worker, "drain",
                               "Asks a worker to take no more trials and to end after those it has. Nothing is lost: "
                               "made for maintenance, and for giving machines back.",
                               "  parzen worker drain node-7");
  AddArgument(drain, "WORKER", drain_options->worker,
              "Name or worker_id, as `parzen worker list` shows them; of several workers with the name, all")
      .Required();
  AddCoordinatorOption(drain, drain_options->coordinator);
  AddTlsFolder(drain, drain_options->tls, Role::kClient);
  Choose(drain, chosen, drain_options, &DrainWorker);
}

}  // namespace parzen
