#include "coordinator/server.h"

#include <grpc/support/log.h>
#include <grpcpp/grpcpp.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/random_token.h"
#include "base/status_macros.h"
#include "coordinator/commit_loop.h"
#include "coordinator/database_guard.h"
#include "coordinator/dispatcher.h"
#include "coordinator/file_lock.h"
#include "coordinator/file_rpcs.h"
#include "coordinator/served_files.h"
#include "coordinator/listen_address.h"
#include "coordinator/study_rpcs.h"
#include "coordinator/worker_streams.h"
#include "studies/store/database_care.h"
#include "studies/store/schema.h"
#include "studies/store/sqlite.h"
#include "studies/store/store.h"
#include "studies/store/study_reader.h"

namespace parzen {
namespace {

// How long RPCs that are under way may take to end when the server stops.
constexpr absl::Duration kShutdownGrace = absl::Seconds(2);

// gRPC's own messages repeat what our errors say; they are for debugging.
void RouteGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* line) { spdlog::debug("grpc: {}", line->message); });
}

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

}  // namespace

struct Server::Parts {
  std::unique_ptr<DatabaseGuard> guard;
  std::unique_ptr<Store> store;         // the commit loop's
  std::unique_ptr<StudyReader> reader;  // the RPCs'
  std::unique_ptr<Dispatcher> dispatcher;
  WorkerStreams streams;
  std::unique_ptr<CommitLoop> loop;
  std::unique_ptr<FileRpcs> files;  // ends its threads, which use the RPCs' reader, after the server and before the rest
  std::unique_ptr<StudyRpcs> rpcs;
  std::unique_ptr<grpc::Server> grpc;
  std::string address;
};

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

const std::string& Server::address() const { return parts_->address; }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  RETURN_IF_ERROR(CheckListenAddress(options.listen));
  if (options.lease < absl::Milliseconds(100)) {
    return absl::InvalidArgumentError("--lease: must be at least 0.1 s, or no heartbeat can keep it");
  }
  RETURN_IF_ERROR(CheckAddressIsFree(options.listen));
  RouteGrpcLog();
  RETURN_IF_ERROR(CheckCanBeOpened(options.db));
  // Opening the store may make the file or bring it to this version: not while another coordinator works on it.
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(options.db));
  auto parts = std::make_unique<Parts>();
  ASSIGN_OR_RETURN(parts->store, Store::Open(options.db, Store::Mode::kCreate));
  ASSIGN_OR_RETURN(parts->guard, DatabaseGuard::Create(*parts->store, std::move(lock)));
  RETURN_IF_ERROR(CheckNotDamaged(parts->store->database()));
  ASSIGN_OR_RETURN(parts->reader, StudyReader::Open(options.db));
  parts->dispatcher = std::make_unique<Dispatcher>(*parts->store, options.lease, RandomToken, options.only_study);
  parts->loop = std::make_unique<CommitLoop>(*parts->store, *parts->dispatcher, parts->streams);
  parts->streams.set_loop(parts->loop.get());
  parts->loop->set_guard([guard = parts->guard.get()] { return guard->Check(); });
  FileRpcs::Options files;
  files.store = absl::StrCat(options.db, ".files");
  ASSIGN_OR_RETURN(files.folders, CanonicalFolders(options.data));
  files.max_upload_bytes = options.max_upload_bytes;
  files.trusts_paths = options.trusts_paths;
  parts->files = std::make_unique<FileRpcs>(
      files, [rpcs = &parts->rpcs](const std::string& sha256) { return (*rpcs)->DatasetFiles(sha256); });
  parts->streams.set_files(parts->files.get());
  parts->rpcs = std::make_unique<StudyRpcs>(*parts->loop, *parts->store, *parts->reader, *parts->files);
  parts->guard->set_around_reopen(
      [rpcs = parts->rpcs.get()](const std::function<absl::Status()>& reopen) { return rpcs->ReopenReader(reopen); });

  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(options.listen, grpc::InsecureServerCredentials(), &port);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // two coordinators must not share a port in silence
  builder.RegisterService(&parts->streams);
  builder.RegisterService(parts->rpcs.get());
  RETURN_IF_ERROR(parts->loop->Start());
  parts->files->Sweep();
  parts->grpc = builder.BuildAndStart();
  if (parts->grpc == nullptr) {
    parts->loop->Stop();
    parts->files.reset();
    return absl::InvalidArgumentError(absl::StrCat("--listen ", options.listen, ": cannot listen there"));
  }
  const bool unix_socket = absl::StartsWith(options.listen, "unix:");
  parts->address =
      unix_socket ? options.listen : absl::StrCat(options.listen.substr(0, options.listen.rfind(':')), ":", port);
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::Stop() {
  if (parts_->grpc == nullptr) return;
  parts_->files->Stop();
  parts_->streams.CloseAll(absl::UnavailableError("the coordinator is stopping"));
  parts_->grpc->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kShutdownGrace));
  parts_->loop->Stop();
  parts_->grpc.reset();
  parts_->files.reset();
}

}  // namespace parzen
