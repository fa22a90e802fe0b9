#include "coordinator/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/host_name.h"
#include "base/random_token.h"
#include "base/status_macros.h"
#include "base/version.h"
#include "coordinator/commit_loop.h"
#include "coordinator/committed_edits.h"
#include "coordinator/dashboard.h"
#include "coordinator/dashboard_actions.h"
#include "coordinator/database_guard.h"
#include "coordinator/dispatcher.h"
#include "coordinator/entrance.h"
#include "coordinator/file_lock.h"
#include "coordinator/file_rpcs.h"
#include "coordinator/health.h"
#include "coordinator/http.h"
#include "coordinator/listen_address.h"
#include "coordinator/metrics.h"
#include "coordinator/served_files.h"
#include "coordinator/study_reads.h"
#include "coordinator/study_rpcs.h"
#include "coordinator/worker_streams.h"
#include "studies/store/database_care.h"
#include "studies/store/schema.h"
#include "studies/store/sqlite.h"
#include "studies/store/store.h"

namespace parzen {
namespace {

// How long RPCs that are under way may take to end when the server stops.
constexpr absl::Duration kShutdownGrace = absl::Seconds(2);
// How long people and programs may have the database searched by one call, whatever patience they have.
constexpr absl::Duration kLongestRead = absl::Minutes(1);
constexpr char kNoActions[] =
    "this coordinator takes no actions over HTTP; started with --http-token FILE, it takes them from whoever has the "
    "token";

// What is wrong with a database that is to be served, without a change to it or a lock file beside it.
absl::Status CheckCanBeOpened(const std::string& path) {
  absl::StatusOr<Database> database = Database::Open(path, Database::Mode::kReadWrite);
  if (database.ok()) return InspectSchema(*database).status();
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  const bool can_be_made = absl::IsNotFound(database.status()) && !std::filesystem::exists(path, ignored) &&
                           (folder.empty() || std::filesystem::is_directory(folder, ignored));
  return can_be_made ? absl::OkStatus() : database.status();
}

// Reflection tells grpcurl and the like what can be asked. It is one of gRPC's old services, which want threads of
// their own: few, since nobody is in a hurry there.
void PrepareReflection(grpc::ServerBuilder& builder) {
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 1);
}

// What GetCoordinator tells beside what the database says. The certificate may have been replaced since the last time.
CoordinatorRecord Introduction(const ServerOptions& options) {
  CoordinatorRecord about;
  about.set_version(kVersion);
  about.set_lease_seconds(absl::ToDoubleSeconds(options.lease));
  if (options.tls.empty()) return about;
  const absl::StatusOr<std::string> pem = ReadPemFile(options.tls.certificate);
  const absl::StatusOr<Certificate> certificate = pem.ok() ? ParseCertificate(*pem) : pem.status();
  if (certificate.ok()) {
    about.set_certificate_expires(
        absl::FormatTime("%Y-%m-%d %H:%M:%E6S", certificate->valid_until, absl::UTCTimeZone()));
  }
  return about;
}

}  // namespace

struct Server::Parts {
  Metrics metrics{kVersion};
  std::unique_ptr<Entrance> entrance;
  Health health;
  std::unique_ptr<DatabaseGuard> guard;
  std::unique_ptr<Store> store;       // the commit loop's
  std::unique_ptr<StudyReads> reads;  // the RPCs'
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<WorkerStreams> streams;
  std::unique_ptr<CommitLoop> loop;
  std::unique_ptr<CommittedEdits> edits;
  std::unique_ptr<CallGate> gate;
  std::unique_ptr<FileRpcs> files;  // its threads use the reads
  std::unique_ptr<StudyRpcs> rpcs;
  std::unique_ptr<grpc::Server> grpc;
  std::unique_ptr<Dashboard> dashboard;
  std::unique_ptr<DashboardActions> actions;
  std::unique_ptr<HttpServer> http;  // its routes use the dashboard and the actions

  absl::Status ServeHttp(const ServerOptions& options);
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

const std::string& Server::address() const { return parts_->entrance->address(); }

std::string Server::http_address() const { return parts_->http == nullptr ? "" : parts_->http->address(); }

absl::Status Server::Parts::ServeHttp(const ServerOptions& options) {
  if (options.http.empty()) return absl::OkStatus();
  const auto show_metrics = [this, db = options.db](const HttpRequest&) -> HttpPage {
    return {200, metrics.Render(db), "text/plain; version=0.0.4; charset=utf-8"};
  };
  const auto show_health = [this](const HttpRequest&) -> HttpPage {
    const absl::Status status = health.status();
    if (status.ok()) return {200, "ok\n"};
    return {503, absl::StrCat(status.message(), "\n")};
  };
  std::vector<HttpRoute> routes = dashboard->Routes();
  routes.push_back({"/metrics", show_metrics});
  routes.push_back({"/healthz", show_health});
  if (!options.http_token.empty()) {
    actions = std::make_unique<DashboardActions>(options.http_token, *edits, *gate, entrance->log());
  }
  for (HttpRoute& route :
       actions != nullptr ? actions->Routes() : DashboardActions::Refused(kNoActions, entrance->log())) {
    routes.push_back(std::move(route));
  }
  ASSIGN_OR_RETURN(http, HttpServer::Start(options.http, std::move(routes), entrance->log()));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  if (options.lease < absl::Milliseconds(100)) {
    return absl::InvalidArgumentError("--lease: must be at least 0.1 s, or no heartbeat can keep it");
  }
  if (!options.http.empty()) RETURN_IF_ERROR(CheckHttpAddress(options.http, options.insecure));
  auto parts = std::make_unique<Parts>();
  ASSIGN_OR_RETURN(parts->entrance, Entrance::Open({options.listen, options.tls, options.insecure, options.limits,
                                                    [metrics = &parts->metrics] { metrics->Refused(); }}));
  RETURN_IF_ERROR(CheckCanBeOpened(options.db));
  // Opening the store may make the file or bring it to this version: not while another coordinator works on it.
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(options.db));
  ASSIGN_OR_RETURN(parts->store, Store::Open(options.db, Store::Mode::kCreate));
  ASSIGN_OR_RETURN(parts->guard, DatabaseGuard::Create(*parts->store, std::move(lock)));
  RETURN_IF_ERROR(CheckNotDamaged(parts->store->database()));
  ASSIGN_OR_RETURN(parts->reads, StudyReads::Open(options.db, kLongestRead));
  parts->dispatcher = std::make_unique<Dispatcher>(*parts->store, options.lease, RandomToken, options.only_study,
                                                   CoordinatorProcess{HostName(), getpid(), options.trusts_paths});
  parts->streams = std::make_unique<WorkerStreams>(options.limits, parts->entrance->log());
  parts->loop = std::make_unique<CommitLoop>(*parts->store, *parts->dispatcher, *parts->streams);
  parts->loop->set_metrics(&parts->metrics);
  parts->loop->set_on_health([health = &parts->health](const absl::Status& status) { health->Set(status); });
  parts->streams->set_loop(parts->loop.get());
  parts->streams->set_metrics(&parts->metrics);
  parts->loop->set_guard([guard = parts->guard.get()] { return guard->Check(); });
  FileRpcs::Options files;
  files.store = absl::StrCat(options.db, ".files");
  ASSIGN_OR_RETURN(files.folders, CanonicalFolders(options.data));
  files.max_upload_bytes = options.max_upload_bytes;
  files.trusts_paths = options.trusts_paths;
  files.upload_may_stand_still = options.limits.sender_may_stand_still;
  files.on_sent = [metrics = &parts->metrics](int64_t bytes) { metrics->DatasetBytesServed(bytes); };
  parts->gate = std::make_unique<CallGate>(options.limits, parts->entrance->log());
  parts->files = std::make_unique<FileRpcs>(
      files, *parts->gate,
      [reads = parts->reads.get()](const std::string& sha256) { return reads->DatasetFiles(sha256); });
  parts->streams->set_files(parts->files.get());
  parts->edits = std::make_unique<CommittedEdits>(*parts->loop, *parts->store);
  parts->rpcs = std::make_unique<StudyRpcs>(*parts->edits, *parts->reads, *parts->files, options.limits, *parts->gate);
  parts->rpcs->set_about([options] { return Introduction(options); });
  if (!options.http.empty()) {
    ASSIGN_OR_RETURN(parts->dashboard, Dashboard::Open(options.db, Dashboard::Follows::kOwner));
  }
  parts->guard->set_around_reopen(
      [reads = parts->reads.get(), dashboard = parts->dashboard.get()](const std::function<absl::Status()>& reopen) {
        if (dashboard == nullptr) return reads->Reopen(reopen);
        return reads->Reopen([&] { return dashboard->Reopen(reopen); });
      });

  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  PrepareReflection(builder);
  parts->entrance->AddTo(builder);
  builder.RegisterService(parts->streams.get());
  builder.RegisterService(parts->rpcs.get());
  RETURN_IF_ERROR(parts->loop->Start());
  parts->metrics.SetEpoch(parts->dispatcher->epoch());
  parts->files->Sweep();
  parts->grpc = builder.BuildAndStart();
  if (parts->grpc == nullptr) {
    parts->loop->Stop();
    parts->files.reset();
    return absl::InternalError("gRPC does not start");
  }
  parts->health.Serve(parts->grpc->GetHealthCheckService());
  parts->entrance->Start();
  auto server = std::unique_ptr<Server>(new Server(std::move(parts)));
  RETURN_IF_ERROR(server->parts_->ServeHttp(options));
  return server;
}

void Server::Stop() {
  if (parts_->grpc == nullptr) return;
  parts_->entrance->Stop();
  if (parts_->http != nullptr) {
    parts_->dashboard->Stop();
    parts_->http->Stop();
  }
  parts_->health.Stop();
  parts_->files->Stop();
  parts_->streams->CloseAll(absl::UnavailableError("the coordinator is stopping"));
  parts_->grpc->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kShutdownGrace));
  parts_->loop->Stop();
  parts_->grpc.reset();
  parts_->files.reset();
}

}  // namespace parzen
