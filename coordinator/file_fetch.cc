// Dataset files on their way to workers.
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/file_rpcs.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

// At the same time; each may have a chunk in memory.
constexpr int kMaxFetches = 512;

}  // namespace

// One transfer to a worker: find the file, then read and send chunk after chunk. There is always one thing under way: a
// piece of work in a queue, or a write; the last one finishes.
class FileRpcs::Fetch final : public grpc::ServerWriteReactor<FileChunk> {
 public:
  Fetch(FileRpcs& owner, const FetchFileRequest& request, std::string peer)
      : owner_(owner), sha256_(request.sha256()), peer_(std::move(peer)), next_(request.first_chunk()) {
    const absl::Status refusal = owner_.gate_.Enter(peer_, request.ByteSizeLong(), ReadClock().steady);
    if (refusal.ok()) owner_.gate_.Leave();  // how many there are at a time is bounded here
    if (++owner_.fetches_ > kMaxFetches) {
      Finish(ToGrpc(absl::UnavailableError("too many transfers at the same time; try again")));
    } else if (!refusal.ok()) {
      Finish(ToGrpc(refusal));
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

grpc::ServerWriteReactor<FileChunk>* FileRpcs::FetchFile(grpc::CallbackServerContext* context,
                                                         const FetchFileRequest* request) {
  return new Fetch(*this, *request, context->peer());
}

}  // namespace parzen
