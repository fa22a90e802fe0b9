// parzen coordinator.
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/certificate_log.h"
#include "cli/command.h"
#include "cli/log_options.h"
#include "cli/study_source.h"
#include "cli/tls_options.h"
#include "coordinator/http_token.h"
#include "coordinator/listen_address.h"
#include "coordinator/server.h"

namespace parzen {
namespace {

struct Options {
  std::string db;
  std::string listen = ServerOptions().listen;
  TlsOptions tls;
  bool insecure = false;
  std::string http;
  std::string http_token;  // its file
  LogOptions log;
  std::vector<std::string> data;
  int64_t max_upload_bytes = ServerOptions().max_upload_bytes;
  double lease_seconds = absl::ToDoubleSeconds(ServerOptions().lease);
};

// The link carries the token: it is for eyes at a terminal alone. A log is kept, and read by others.
void SayWhereActionsAre(const Options& options, const std::string& address, const HttpToken& token) {
  spdlog::info("whoever has the token in {}{} can act there: stop, extend, enqueue, retry, drain", options.http_token,
               token.is_new ? ", which was made just now," : "");
  if (!IsLocalAddress(options.http)) {
    spdlog::warn("the token goes over the network as it is: whoever can listen there can act, too");
  }
  if (options.log.format == LogFormat::kText && isatty(STDERR_FILENO) != 0) {
    std::fputs(absl::StrCat("  http://", address, "/#token=", token.text, "\n").c_str(), stderr);
  } else {
    spdlog::info("the page asks for the token, or takes it from its address: http://{}/#token=TOKEN", address);
  }
}

absl::Status Coordinate(const Options& options, const Stop& stop) {
  InitLog(options.log);
  ServerOptions server_options;
  server_options.db = options.db.empty() ? DefaultDatabase() : options.db;
  server_options.listen = options.listen;
  server_options.tls = ChosenTlsFiles(options.tls, Role::kCoordinator);
  server_options.insecure = options.insecure;
  server_options.http = options.http;
  HttpToken token;
  if (!options.http_token.empty()) {
    if (options.http.empty()) return absl::InvalidArgumentError("--http-token: is for --http, which is not given");
    ASSIGN_OR_RETURN(token, ReadOrMakeHttpToken(options.http_token));
    server_options.http_token = token.text;
  }
  server_options.data = options.data;
  server_options.max_upload_bytes = options.max_upload_bytes;
  server_options.lease = absl::Seconds(options.lease_seconds);
  ASSIGN_OR_RETURN(const std::unique_ptr<Server> server, Server::Start(server_options));
  // The one line on stdout: with port 0, this is how others learn the port.
  RETURN_IF_ERROR(PrintResult(absl::StrCat("listening on ", server->address(), "\n")));
  spdlog::info("studies are in {}", server_options.db);
  if (!options.http.empty()) {
    spdlog::info("the dashboard is at http://{}/, metrics at /metrics, health at /healthz", server->http_address());
    if (!token.text.empty()) SayWhereActionsAre(options, server->http_address(), token);
  }
  LogCertificates(server_options.tls, Role::kCoordinator, stop);
  server->Stop();
  spdlog::info("stopped; everything acknowledged is in {}", server_options.db);
  return absl::OkStatus();
}

}  // namespace

void AddCoordinatorCommand(CLI::App& app, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      app, "coordinator",
      "Runs a coordinator, which owns the studies of one database and hands their trials to workers. Prints where it "
      "listens. Ctrl-C stops it; started again on the same database it goes on where it was.",
      "  parzen coordinator --db m.db\n  parzen coordinator --db m.db --listen 127.0.0.1:0\n"
      "  parzen coordinator --db m.db --listen 0.0.0.0:7717 --tls ~/parzen-keys");
  AddOption(command, "--db FILE", options->db,
            "Study database, made when it does not exist (default: $PARZEN_DB, else parzen.db)");
  AddOption(command, "--listen ADDRESS", options->listen, "HOST:PORT (port 0: a free one) or unix:PATH");
  AddTlsOptions(command, options->tls, Role::kCoordinator);
  AddFlag(command, "--insecure", options->insecure,
          "Listen beyond this machine without certificates: whoever gets there can change everything");
  AddOption(command, "--lease SECONDS", options->lease_seconds,
            "Seconds of silence after which a worker's trials go to others")
      .Range(0.1, 86400.0);
  AddOption(
      command, "--http ADDRESS", options->http,
      "Serve the dashboard there, /metrics (for Prometheus) and /healthz: HOST:PORT of this machine (port 0: a free "
      "one)");
  AddOption(command, "--http-token FILE", options->http_token,
            "Take actions there (stop, extend, enqueue, retry, drain) from whoever knows the first line of FILE, which "
            "is made when it does not exist");
  AddOption(command, "--data FOLDER", options->data,
            "Folder with dataset files: studies created from elsewhere use what is in it (and nothing else on this "
            "machine) without an upload; may be repeated");
  AddSizeOption(command, "--max-upload SIZE", options->max_upload_bytes, /*least=*/0,
                "Largest dataset file that is taken from a client; uploads are kept in DATABASE.files (default: 16G)");
  AddLogOptions(command, options->log);
  Choose(command, chosen, options, &Coordinate, /*stops_cleanly=*/true);
}

}  // namespace parzen
