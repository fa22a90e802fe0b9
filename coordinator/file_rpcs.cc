#include "coordinator/file_rpcs.h"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

// Transfers at the same time; each may have a chunk in memory.
constexpr int kMaxFetches = 512;
constexpr size_t kMaxPuts = 8;
constexpr absl::Duration kPutMayStandStill = absl::Minutes(1);
// Files of one request, as of one study.
constexpr int kMaxFiles = 1024;

absl::Status CheckDigestText(const std::string& sha256) {
  if (IsSha256(sha256)) return absl::OkStatus();
  return absl::InvalidArgumentError("a file's digest is its SHA-256: 64 hexadecimal digits, in lower case");
}

}  // namespace

// One transfer to a worker: find the file, then read and send chunk after chunk. There is always one thing under way: a
// piece of work in a queue, or a write; the last one finishes.
class FileRpcs::Fetch final : public grpc::ServerWriteReactor<FileChunk> {
 public:
  Fetch(FileRpcs& owner, const FetchFileRequest& request, std::string peer)
      : owner_(owner), sha256_(request.sha256()), peer_(std::move(peer)), next_(request.first_chunk()) {
    if (++owner_.fetches_ > kMaxFetches) {
      Finish(ToGrpc(absl::UnavailableError("too many transfers at the same time; try again")));
    } else {
      owner_.finder_.Post([this] { Begin(); });
    }
  }
  ~Fetch() override {
    if (descriptor_ >= 0) close(descriptor_);
    --owner_.fetches_;
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the worker went away"));
    ++sent_;
    bytes_ += static_cast<int64_t>(chunk_.data().size());
    owner_.options_.on_sent(static_cast<int64_t>(chunk_.data().size()));
    owner_.mover_.Post([this] { SendNext(); });
  }
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void Begin() {
    const absl::Status ready = Open();
    if (!ready.ok()) return End(ready);
    owner_.mover_.Post([this] { SendNext(); });
  }

  absl::Status Open() {
    ASSIGN_OR_RETURN(found_, owner_.FindNamed(sha256_));
    if (next_ < 0 || next_ > found_.manifest->chunk_sha256_size()) {
      return absl::InvalidArgumentError(absl::StrCat("the file has no chunk ", next_));
    }
    ASSIGN_OR_RETURN(descriptor_, ServedFiles::Open(found_));
    return absl::OkStatus();
  }

  void SendNext() {
    if (next_ == found_.manifest->chunk_sha256_size()) return End(absl::OkStatus());
    if (cancelled_.load() || owner_.stopping_.load()) return End(absl::UnavailableError("the transfer was cut off"));
    absl::StatusOr<std::string> data = ReadChunk(descriptor_, found_.path, found_.manifest->bytes(), next_);
    if (!data.ok()) return End(data.status());
    chunk_.set_index(next_++);
    chunk_.set_data(*std::move(data));
    StartWrite(&chunk_);
  }

  void End(const absl::Status& status) {
    if (sent_ > 0) {
      spdlog::info("dataset file {}: sent {} chunks, {} bytes to {}{}", sha256_, sent_, bytes_, peer_,
                   status.ok() ? "" : absl::StrCat("; ", status.message()));
    }
    Finish(ToGrpc(status));
  }

  FileRpcs& owner_;
  const std::string sha256_;
  const std::string peer_;
  int64_t next_;
  ServedFiles::Found found_;
  int descriptor_ = -1;
  FileChunk chunk_;  // on its way
  int64_t sent_ = 0;
  int64_t bytes_ = 0;
  std::atomic<bool> cancelled_ = false;
};

// One upload. As in a Fetch, there is always one thing under way.
class FileRpcs::Put final : public grpc::ServerReadReactor<PutFileRequest> {
 public:
  Put(FileRpcs& owner, grpc::CallbackServerContext& context) : owner_(owner), context_(context) {
    if (Enter()) {
      StartRead(&incoming_);
    } else {
      Finish(ToGrpc(absl::UnavailableError("too many uploads at the same time; try again")));
    }
  }

  void OnReadDone(bool ok) override {
    owner_.mover_.Post([this, ok] {
      const absl::Status status = ok ? Take() : Complete();
      if (ok && status.ok() && !is_there_) {
        StartRead(&incoming_);
      } else {
        upload_.reset();
        Finish(ToGrpc(status));
      }
    });
  }
  void OnDone() override {
    {
      absl::MutexLock lock(&owner_.mutex_);
      owner_.puts_.remove(this);
    }
    delete this;
  }

 private:
  // False: there are too many others. One that has stood still is cut off, so that the next to come finds room.
  bool Enter() {
    absl::MutexLock lock(&owner_.mutex_);
    progress_ = ReadClock().steady;
    if (owner_.puts_.size() < kMaxPuts) {
      owner_.puts_.push_back(this);
      return true;
    }
    for (Put* other : owner_.puts_) {
      if (other->progress_ < progress_ - kPutMayStandStill) other->context_.TryCancel();
    }
    return false;
  }

  absl::Status Take() {
    {
      absl::MutexLock lock(&owner_.mutex_);
      progress_ = ReadClock().steady;
    }
    if (owner_.stopping_.load()) return absl::UnavailableError("the coordinator is stopping");
    if (incoming_.has_file()) return Begin(incoming_.file());
    if (upload_ == nullptr) return absl::InvalidArgumentError("an upload begins with the file that it is of");
    return upload_->Write(incoming_.data());
  }

  absl::Status Begin(const DatasetFile& file) {
    if (upload_ != nullptr) return absl::InvalidArgumentError("an upload is of one file");
    RETURN_IF_ERROR(CheckDigestText(file.sha256()));
    const int64_t most = std::min(owner_.options_.max_upload_bytes, kMaxServedFileBytes);
    if (file.bytes() < 0 || file.bytes() > most) {
      return absl::InvalidArgumentError(
          absl::StrCat("the file has ", file.bytes(), " bytes, but the coordinator takes files of at most ", most,
                       " (--max-upload); or put the file where the coordinator finds it (its --data)"));
    }
    sha256_ = file.sha256();
    // Damaged bytes are replaced.
    is_there_ = owner_.store_.Claim(sha256_) &&
                owner_.served_.Find(sha256_, file.bytes(), {owner_.store_.PathOf(sha256_)}).ok();
    if (is_there_) return absl::OkStatus();
    ASSIGN_OR_RETURN(upload_, owner_.store_.Begin(sha256_, file.bytes()));
    return absl::OkStatus();
  }

  absl::Status Complete() {
    if (upload_ == nullptr) return absl::InvalidArgumentError("the upload is empty");
    RETURN_IF_ERROR(upload_->Finish());
    spdlog::info("dataset file {} was uploaded by {}", sha256_, context_.peer());
    return absl::OkStatus();
  }

  FileRpcs& owner_;
  grpc::CallbackServerContext& context_;
  PutFileRequest incoming_;  // of the read under way
  std::string sha256_;
  bool is_there_ = false;  // already
  std::unique_ptr<FileStore::Upload> upload_;
  absl::Duration progress_;  // when it last moved; guarded by the owner's mutex_
};

FileRpcs::FileRpcs(const Options& options, FilesOfStudies files_of_studies)
    : options_(options),
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

absl::StatusOr<ServedFiles::Found> FileRpcs::FindForClient(const DatasetFile& file) {
  RETURN_IF_ERROR(CheckDigestText(file.sha256()));
  if (store_.Claim(file.sha256())) {
    absl::StatusOr<ServedFiles::Found> stored = served_.Find(file.sha256(), 0, {store_.PathOf(file.sha256())});
    if (!absl::IsNotFound(stored.status())) return stored;
  }
  absl::StatusOr<ServedFiles::Found> named = FindNamed(file.sha256());
  if (!absl::IsNotFound(named.status())) return named;
  std::vector<std::string> paths = PathsBelow(options_.folders, file.name());
  for (std::string& path : PathsBelow(options_.folders, file.path())) paths.push_back(std::move(path));
  return served_.Find(file.sha256(), file.bytes(), paths);
}

absl::StatusOr<FileRpcs::DatasetFiles> FileRpcs::PlaceAll(const DatasetFiles& files, bool even_if_missing) {
  if (options_.trusts_paths) return files;
  if (files.size() > kMaxFiles) return absl::InvalidArgumentError("too many dataset files");
  DatasetFiles placed;
  std::vector<std::string> missing;
  for (const DatasetFile& wanted : files) {
    DatasetFile& file = *placed.Add();
    file = wanted;
    file.set_sha256(absl::AsciiStrToLower(wanted.sha256()));
    const absl::StatusOr<ServedFiles::Found> found = FindForClient(file);
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
  if (missing.empty() || even_if_missing) return placed;
  return absl::FailedPreconditionError(
      absl::StrCat("the coordinator does not have these dataset files: ", absl::StrJoin(missing, ", "),
                   "; `parzen study create` uploads them"));
}

void FileRpcs::Place(const DatasetFiles& files, bool even_if_missing,
                     std::function<void(absl::StatusOr<DatasetFiles>)> done) {
  if (files.empty()) return done(files);
  finder_.Post([this, files, even_if_missing, done = std::move(done)] { done(PlaceAll(files, even_if_missing)); });
}

void FileRpcs::Placed(const DatasetFiles& files) {
  for (const DatasetFile& file : files) store_.Release(absl::AsciiStrToLower(file.sha256()));
}

void FileRpcs::Sweep() {
  finder_.Post([this] {
    const absl::StatusOr<std::vector<DatasetFile>> named = files_of_studies_("");
    if (!named.ok()) return;  // at the next start, or the next time a study is deleted
    std::set<std::string> digests;
    for (const DatasetFile& file : *named) digests.insert(absl::AsciiStrToLower(file.sha256()));
    const int removed = store_.Sweep(digests);
    if (removed > 0) spdlog::info("removed {} uploaded dataset files that no study names any more", removed);
  });
}

grpc::ServerUnaryReactor* FileRpcs::GetFileManifest(grpc::CallbackServerContext* context,
                                                    const FileManifestRequest* request, FileManifest* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  finder_.Post([this, request, reply, reactor] {
    const absl::StatusOr<ServedFiles::Found> found = FindNamed(request->sha256());
    if (found.ok()) *reply = *found->manifest;
    reactor->Finish(ToGrpc(found.status()));
  });
  return reactor;
}

grpc::ServerWriteReactor<FileChunk>* FileRpcs::FetchFile(grpc::CallbackServerContext* context,
                                                         const FetchFileRequest* request) {
  return new Fetch(*this, *request, context->peer());
}

grpc::ServerUnaryReactor* FileRpcs::FindMissingFiles(grpc::CallbackServerContext* context,
                                                     const FindMissingFilesRequest* request,
                                                     FindMissingFilesResponse* reply) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  finder_.Post([this, request, reply, reactor] {
    absl::Status status;
    if (request->file_size() > kMaxFiles) status = absl::InvalidArgumentError("too many dataset files");
    for (int i = 0; status.ok() && i < request->file_size(); ++i) {
      DatasetFile file = request->file(i);
      file.set_sha256(absl::AsciiStrToLower(file.sha256()));
      status = FindForClient(file).status();
      if (!absl::IsNotFound(status)) continue;
      reply->add_missing(file.sha256());
      status = absl::OkStatus();
    }
    reactor->Finish(ToGrpc(status));
  });
  return reactor;
}

grpc::ServerReadReactor<PutFileRequest>* FileRpcs::PutFile(grpc::CallbackServerContext* context) {
  return new Put(*this, *context);
}

}  // namespace parzen
