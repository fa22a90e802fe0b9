#include "worker/cache/file_fetcher.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <optional>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/file_digest.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

constexpr int64_t kMaxFileBytes = int64_t{64} << 30;
constexpr int64_t kMinChunkBytes = int64_t{4} << 10, kMaxChunkBytes = int64_t{3} << 20;
// Attempts in a row that bring nothing, and the pauses before the second and later ones: doubling from the first.
constexpr int kMaxAttempts = 5;
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
// A call that takes longer is cut, and the next one goes on where it was; so a silent coordinator is noticed.
constexpr std::chrono::seconds kCallDeadline(60);

// What tells, cheaply, that a file in the cache is still the one that was checked.
std::pair<uint64_t, int64_t> Mark(const DiskCache::Entry& entry) {
  struct stat info = {};
  fstat(entry.descriptor(), &info);
  return {info.st_ino, info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

absl::Status CheckManifest(const FileManifest& manifest, const std::string& sha256) {
  const int64_t chunk = manifest.chunk_bytes(), bytes = manifest.bytes();
  if (bytes > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat("it has ", bytes, " bytes; a worker takes at most ", kMaxFileBytes));
  }
  const bool sizes = bytes >= 0 && chunk >= kMinChunkBytes && chunk <= kMaxChunkBytes &&
                     manifest.chunk_sha256_size() == (bytes + chunk - 1) / chunk;
  const bool digests = std::all_of(manifest.chunk_sha256().begin(), manifest.chunk_sha256().end(),
                                   [](const std::string& digest) { return digest.size() == 32; });
  if (sizes && digests && manifest.sha256() == sha256) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("the coordinator's list of chunks of dataset file ", sha256, " makes no sense"));
}

// What another attempt cannot make right.
bool IsFinal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kDataLoss:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kAborted:
      return false;
    default:
      return true;
  }
}

}  // namespace

// One file on its way into NAME.part.
class FileFetcher::Transfer {
 public:
  Transfer(DiskCache& cache, const DiskCache::Entry& part, std::string sha256, WorkerService::Stub& stub,
           const Stop& stop)
      : cache_(cache), part_(part), sha256_(std::move(sha256)), stub_(stub), stop_(stop) {}

  // Repeats what fails, while it makes progress.
  absl::Status Run() {
    absl::Duration pause = kFirstPause;
    for (int attempt = 1;; ++attempt) {
      const int64_t before = next_;
      const absl::Status status = Attempt();
      if (status.ok() || stop_.Requested()) return status.ok() ? status : absl::CancelledError("stopped");
      if (IsFinal(status)) return status;
      if (next_ > before) attempt = 1, pause = kFirstPause;
      spdlog::warn("fetching dataset file {}: {}; {}", sha256_, std::string(status.message()),
                   attempt < kMaxAttempts ? "trying again" : "giving up");
      if (attempt >= kMaxAttempts) return status;
      if (stop_.WaitFor(pause)) return absl::CancelledError("stopped");
      pause *= 2;
    }
  }

 private:
  absl::Status Attempt() {
    if (!manifest_.has_value()) RETURN_IF_ERROR(Begin());
    RETURN_IF_ERROR(Receive());
    if (absl::BytesToHexString(whole_.Finish()) == sha256_) return Sync();
    manifest_.reset();  // and with it everything that was taken for its sake
    if (ftruncate(part_.descriptor(), 0) != 0) return CacheFileError("cut", part_.path(), errno);
    return absl::DataLossError("the chunks do not make the file; nothing of it is kept");
  }

  // Learns how the file is cut, and how much of it is here.
  absl::Status Begin() {
    FileManifestRequest request;
    request.set_sha256(sha256_);
    FileManifest manifest;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
    {
      const StopCallback on_stop(stop_, [&context] { context.TryCancel(); });
      RETURN_IF_ERROR(FromGrpc(stub_.GetFileManifest(&context, request, &manifest)));
    }
    RETURN_IF_ERROR(CheckManifest(manifest, sha256_));
    manifest_ = std::move(manifest);
    RETURN_IF_ERROR(CheckWhatIsHere());
    const int64_t here = std::min(next_ * manifest_->chunk_bytes(), manifest_->bytes());
    if (ftruncate(part_.descriptor(), here) != 0) return CacheFileError("cut", part_.path(), errno);
    const absl::Status room = cache_.MakeRoom(manifest_->bytes() - here);
    if (!room.ok()) return room;
    spdlog::info("fetching dataset file {}: {} of {} bytes are missing", sha256_, manifest_->bytes() - here,
                 manifest_->bytes());
    return absl::OkStatus();
  }

  absl::Status CheckWhatIsHere() {
    next_ = 0;
    whole_ = Sha256();
    std::string chunk;
    while (next_ < manifest_->chunk_sha256_size() && !stop_.Requested()) {
      chunk.resize(ChunkBytes(next_));
      const ssize_t got = pread(part_.descriptor(), chunk.data(), chunk.size(), next_ * manifest_->chunk_bytes());
      if (got != static_cast<ssize_t>(chunk.size())) break;
      if (Sha256Of(chunk) != manifest_->chunk_sha256(static_cast<int>(next_))) break;
      whole_.Update(chunk);
      ++next_;
    }
    return absl::OkStatus();
  }

  absl::Status Receive() {
    FetchFileRequest request;
    request.set_sha256(sha256_);
    while (next_ < manifest_->chunk_sha256_size()) {
      request.set_first_chunk(next_);
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kCallDeadline);
      const StopCallback on_stop(stop_, [&context] { context.TryCancel(); });
      const std::unique_ptr<grpc::ClientReader<FileChunk>> reader = stub_.FetchFile(&context, request);
      const int64_t before = next_;
      FileChunk chunk;
      absl::Status taken;
      while (taken.ok() && reader->Read(&chunk)) taken = Take(chunk);
      if (!taken.ok()) context.TryCancel();
      const absl::Status ended = FromGrpc(reader->Finish());
      RETURN_IF_ERROR(taken);
      if (next_ == manifest_->chunk_sha256_size()) break;
      if (absl::IsDeadlineExceeded(ended) && next_ > before) continue;
      return ended.ok() ? absl::DataLossError("the transfer ended before the file did") : ended;
    }
    return absl::OkStatus();
  }

  absl::Status Take(const FileChunk& chunk) {
    if (chunk.index() != next_ || next_ >= manifest_->chunk_sha256_size() || chunk.data().size() != ChunkBytes(next_) ||
        Sha256Of(chunk.data()) != manifest_->chunk_sha256(static_cast<int>(next_))) {
      return absl::DataLossError(absl::StrCat("chunk ", next_, " came damaged and was refused"));
    }
    int64_t at = next_ * manifest_->chunk_bytes();
    absl::string_view rest = chunk.data();
    while (!rest.empty()) {
      const ssize_t done = pwrite(part_.descriptor(), rest.data(), rest.size(), at);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return CacheFileError("write", part_.path(), errno);
      rest.remove_prefix(static_cast<size_t>(done));
      at += done;
    }
    whole_.Update(chunk.data());
    ++next_;
    return absl::OkStatus();
  }

  absl::Status Sync() const {
    return fsync(part_.descriptor()) == 0 ? absl::OkStatus() : CacheFileError("write", part_.path(), errno);
  }

  size_t ChunkBytes(int64_t index) const {
    const int64_t chunk = manifest_->chunk_bytes();
    return static_cast<size_t>(std::min(chunk, manifest_->bytes() - index * chunk));
  }

  DiskCache& cache_;
  const DiskCache::Entry& part_;
  const std::string sha256_;
  WorkerService::Stub& stub_;
  const Stop& stop_;
  std::optional<FileManifest> manifest_;
  int64_t next_ = 0;  // the first chunk that is missing
  Sha256 whole_;      // of those before it
};

std::optional<DiskCache::Entry> FileFetcher::FindChecked(const std::string& sha256) {
  std::optional<DiskCache::Entry> entry = cache_.Find(absl::StrCat("files/", sha256));
  if (!entry.has_value()) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  const auto known = sound_.find(sha256);
  if (known == sound_.end() || known->second != Mark(*entry)) return std::nullopt;
  return entry;
}

absl::StatusOr<bool> FileFetcher::IsSound(const DiskCache::Entry& entry, const std::string& sha256) {
  ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(entry.path()));
  return digest.sha256 == sha256;
}

void FileFetcher::RememberSound(const DiskCache::Entry& entry, const std::string& sha256) {
  constexpr size_t kMostKnown = 10'000;
  absl::MutexLock lock(&mutex_);
  if (sound_.size() >= kMostKnown) sound_.clear();
  sound_[sha256] = Mark(entry);
}

absl::StatusOr<DiskCache::Entry> FileFetcher::Get(const std::string& sha256, const Stop& stop) {
  const std::string name = absl::StrCat("files/", sha256);
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    if (std::optional<DiskCache::Entry> checked = FindChecked(sha256); checked.has_value()) return *std::move(checked);
    ASSIGN_OR_RETURN(DiskCache::FoundOrMaking entry, cache_.FindOrMake(name, stop));
    if (entry.found.has_value()) {
      const absl::StatusOr<bool> sound = IsSound(*entry.found, sha256);
      if (sound.ok() && *sound) {
        RememberSound(*entry.found, sha256);
        return *std::move(entry.found);
      }
      spdlog::warn("dataset file {} is damaged in the cache; it is fetched again", sha256);
      cache_.Remove(*entry.found);
      continue;
    }
    const absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = dial_();
    if (!channel.ok()) return absl::UnavailableError(channel.status().message());
    const std::unique_ptr<WorkerService::Stub> stub = WorkerService::NewStub(*channel);
    RETURN_IF_ERROR(Transfer(cache_, *entry.making, sha256, *stub, stop).Run());
    absl::StatusOr<DiskCache::Entry> kept = cache_.Keep(*std::move(entry.making), name);
    if (absl::IsUnavailable(kept.status())) continue;
    RETURN_IF_ERROR(kept.status());
    RememberSound(*kept, sha256);
    return kept;
  }
  return absl::UnavailableError(absl::StrCat("dataset file ", sha256, " does not stay in the cache"));
}

}  // namespace parzen
