// parzen dashboard.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "coordinator/dashboard.h"
#include "coordinator/dashboard_actions.h"
#include "coordinator/http.h"
#include "coordinator/refusal_log.h"

namespace parzen {
namespace {

struct Options {
  std::string db;
  std::string http = "127.0.0.1:7718";
  bool insecure = false;
};

constexpr char kNoActions[] =
    "a dashboard of a file only shows it; a coordinator that is started with --http and --http-token takes actions";

absl::Status ShowDashboard(const Options& options, const Stop& stop) {
  RETURN_IF_ERROR(CheckHttpAddress(options.http, options.insecure));
  const std::string db = options.db.empty() ? DefaultDatabase() : options.db;
  ASSIGN_OR_RETURN(const std::unique_ptr<Dashboard> dashboard, Dashboard::Open(db, Dashboard::Follows::kPath));
  RefusalLog log;
  std::vector<HttpRoute> routes = dashboard->Routes();
  for (HttpRoute& route : DashboardActions::Refused(kNoActions, log)) routes.push_back(std::move(route));
  ASSIGN_OR_RETURN(const std::unique_ptr<HttpServer> server, HttpServer::Start(options.http, std::move(routes), log));
  // The one line on stdout: with port 0, this is how others learn the port.
  RETURN_IF_ERROR(PrintResult(absl::StrCat("http://", server->address(), "/\n")));
  stop.WaitFor(absl::InfiniteDuration());
  dashboard->Stop();
  server->Stop();
  return absl::OkStatus();
}

}  // namespace

void AddDashboardCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "dashboard",
      "Shows the studies of a database as they go on, in a browser: prints where. Reads only, whoever writes to the "
      "file: a coordinator, `parzen run`, Optuna. A coordinator shows its own with --http. Ctrl-C ends it.",
      "  parzen dashboard --db m.db\n  parzen dashboard --db m.db --http 127.0.0.1:0");
  AddOption(command, "--db FILE", options->db, "Study database (default: $PARZEN_DB, else parzen.db)");
  AddOption(command, "--http ADDRESS", options->http, "Where: HOST:PORT of this machine (port 0: a free one)");
  AddFlag(command, "--insecure", options->insecure,
          "Beyond this machine, too: whoever gets there can read all studies");
  Choose(command, chosen, options, &ShowDashboard, /*stops_cleanly=*/true);
}

}  // namespace parzen
