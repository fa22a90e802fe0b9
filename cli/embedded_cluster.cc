#include "cli/embedded_cluster.h"

#include <stdlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::string> MakeFolder() {
  constexpr size_t kLongestParent = 60;  // a Unix socket's whole path has 107 bytes
  std::error_code error;
  fs::path parent = fs::temp_directory_path(error);
  if (error || parent.string().size() > kLongestParent) parent = "/tmp";
  std::string folder = (parent / "parzen-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) {
    return absl::InternalError(
        absl::StrCat("cannot make a temporary folder in \"", parent.string(), "\": ", std::strerror(errno)));
  }
  return folder;
}

void RemoveFolder(const std::string& folder) {
  std::error_code ignored;  // a folder left behind in /tmp harms nobody
  fs::remove_all(folder, ignored);
}

}  // namespace

absl::StatusOr<std::unique_ptr<EmbeddedCluster>> EmbeddedCluster::Start(const std::string& db,
                                                                        const std::string& study) {
  ASSIGN_OR_RETURN(std::string folder, MakeFolder());
  ServerOptions options;
  options.db = db;
  options.only_study = study;
  options.trusts_paths = true;
  options.listen = absl::StrCat("unix:", folder, "/coordinator");
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(options);
  if (!server.ok()) {
    RemoveFolder(folder);
    return server.status();
  }
  return std::unique_ptr<EmbeddedCluster>(new EmbeddedCluster(std::move(folder), *std::move(server)));
}

EmbeddedCluster::~EmbeddedCluster() {
  StopWorkers();
  server_->Stop();
  RemoveFolder(folder_);
}

void EmbeddedCluster::StartWorkers(int workers, WorkerOptions options) {
  options.coordinator = address();
  options.embedded = true;
  options.slot_program = kThisProgram;
  for (int i = 0; i < workers; ++i) {
    options.name = absl::StrCat("run-", i);
    threads_.emplace_back([this, options] {
      const absl::Status status = RunWorker(options, stop_, never_);
      absl::MutexLock lock(&mutex_);
      worker_status_.Update(status);
    });
  }
}

absl::Status EmbeddedCluster::WorkerStatus() const {
  absl::MutexLock lock(&mutex_);
  return worker_status_;
}

void EmbeddedCluster::StopWorkers() {
  stop_.Request();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace parzen
