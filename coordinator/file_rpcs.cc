#include "coordinator/file_rpcs.h"

#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/enter_call.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

// Files of one request, as of one study.
constexpr int kMaxFiles = 1024;

}  // namespace

absl::Status FileRpcs::CheckDigestText(const std::string& sha256) {
  if (IsSha256(sha256)) return absl::OkStatus();
  return absl::InvalidArgumentError("a file's digest is its SHA-256: 64 hexadecimal digits, in lower case");
}

FileRpcs::FileRpcs(const Options& options, CallGate& gate, FilesOfStudies files_of_studies)
    : options_(options),
      gate_(gate),
      files_of_studies_(std::move(files_of_studies)),
      store_(options.store),
      served_([this] { return stopping_.load(); }) {}

absl::StatusOr<ServedFiles::Found> FileRpcs::FindNamed(const std::string& sha256) {
  RETURN_IF_ERROR(CheckDigestText(sha256));
  ASSIGN_OR_RETURN(const std::vector<DatasetFile> named, files_of_studies_(sha256));
  if (named.empty()) return absl::NotFoundError(absl::StrCat("no study here uses a file with SHA-256 ", sha256));
  std::vector<std::string> paths = {store_.PathOf(sha256)};
  for (const DatasetFile& file : named) paths.push_back(file.path());
  return served_.Find(sha256, 0, paths);
}

absl::StatusOr<ServedFiles::Found> FileRpcs::FindForClient(const DatasetFile& file, const std::string& client) {
  RETURN_IF_ERROR(CheckDigestText(file.sha256()));
  if (store_.Claim(file.sha256(), client, ReadClock().steady)) {
    absl::StatusOr<ServedFiles::Found> stored = served_.Find(file.sha256(), 0, {store_.PathOf(file.sha256())});
    if (!absl::IsNotFound(stored.status())) return stored;
  }
  absl::StatusOr<ServedFiles::Found> named = FindNamed(file.sha256());
  if (!absl::IsNotFound(named.status())) return named;
  std::vector<std::string> paths = PathsBelow(options_.folders, file.name());
  for (std::string& path : PathsBelow(options_.folders, file.path())) paths.push_back(std::move(path));
  return served_.Find(file.sha256(), file.bytes(), paths);
}

absl::StatusOr<FileRpcs::DatasetFiles> FileRpcs::PlaceAll(const DatasetFiles& files, const std::string& client,
                                                          bool even_if_missing) {
  if (options_.trusts_paths) return files;
  if (files.size() > kMaxFiles) return absl::InvalidArgumentError("too many dataset files");
  DatasetFiles placed;
  auto release = absl::MakeCleanup([&] { Placed(placed, client); });
  std::vector<std::string> missing;
  for (const DatasetFile& wanted : files) {
    DatasetFile& file = *placed.Add();
    file = wanted;
    file.set_sha256(absl::AsciiStrToLower(wanted.sha256()));
    store_.Hold(file.sha256(), client);
    const absl::StatusOr<ServedFiles::Found> found = FindForClient(file, client);
    if (found.ok()) {
      file.set_path(found->path);
      file.set_bytes(found->manifest->bytes());
    } else if (absl::IsNotFound(found.status())) {
      file.set_path(store_.PathOf(file.sha256()));
      missing.push_back(absl::StrCat("\"", wanted.name(), "\" (SHA-256 ", file.sha256(), ")"));
    } else {
      return found.status();
    }
  }
  if (!missing.empty() && !even_if_missing) {
    return absl::FailedPreconditionError(
        absl::StrCat("the coordinator does not have these dataset files: ", absl::StrJoin(missing, ", "),
                     "; `parzen study create` uploads them"));
  }
  std::move(release).Cancel();
  return placed;
}

void FileRpcs::Place(const DatasetFiles& files, const std::string& client, bool even_if_missing,
                     std::function<void(absl::StatusOr<DatasetFiles>)> done) {
  if (files.empty()) return done(files);
  finder_.Post([this, files, client, even_if_missing, done = std::move(done)] {
    done(PlaceAll(files, client, even_if_missing));
  });
}

void FileRpcs::Placed(const DatasetFiles& files, const std::string& client) {
  for (const DatasetFile& file : files) store_.Release(file.sha256(), client);
}

void FileRpcs::Sweep() {
  finder_.Post([this] {
    // Before the studies are read: a file that is released meanwhile is named by one that is too new to be among them.
    std::set<std::string> digests = store_.Claimed(ReadClock().steady);
    const absl::StatusOr<std::vector<DatasetFile>> named = files_of_studies_("");
    if (!named.ok()) return;  // at the next start, or the next time a study is deleted
    for (const DatasetFile& file : *named) digests.insert(absl::AsciiStrToLower(file.sha256()));
    const int removed = store_.Sweep(digests, ReadClock().steady);
    if (removed > 0) spdlog::info("removed {} uploaded dataset files that no study names any more", removed);
  });
}

grpc::ServerUnaryReactor* FileRpcs::GetFileManifest(grpc::CallbackServerContext* context,
                                                    const FileManifestRequest* request, FileManifest* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, *request, *reactor)) return reactor;
  finder_.Post([this, request, reply, reactor] {
    const absl::StatusOr<ServedFiles::Found> found = FindNamed(request->sha256());
    if (found.ok()) *reply = *found->manifest;
    gate_.Leave();
    reactor->Finish(ToGrpc(found.status()));
  });
  return reactor;
}

grpc::ServerUnaryReactor* FileRpcs::FindMissingFiles(grpc::CallbackServerContext* context,
                                                     const FindMissingFilesRequest* request,
                                                     FindMissingFilesResponse* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  if (!EnterCall(gate_, *context, *request, *reactor)) return reactor;
  finder_.Post([this, client = context->peer(), request, reply, reactor] {
    absl::Status status;
    if (request->file_size() > kMaxFiles) status = absl::InvalidArgumentError("too many dataset files");
    for (int i = 0; status.ok() && i < request->file_size(); ++i) {
      DatasetFile file = request->file(i);
      file.set_sha256(absl::AsciiStrToLower(file.sha256()));
      status = FindForClient(file, client).status();
      if (!absl::IsNotFound(status)) continue;
      reply->add_missing(file.sha256());
      status = absl::OkStatus();
    }
    gate_.Leave();
    reactor->Finish(ToGrpc(status));
  });
  return reactor;
}

}  // namespace parzen
