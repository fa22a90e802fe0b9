// Dataset files on their way from clients.
#include <algorithm>
#include <memory>
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

// At the same time; each has a part of its file in memory.
constexpr size_t kMaxPuts = 8;

}  // namespace

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
    SetWaitingSince(absl::InfiniteDuration());
    // Its beginning may read a whole file, to see whether it is the one.
    WorkQueue& queue = ok && incoming_.has_file() ? owner_.finder_ : owner_.mover_;
    queue.Post([this, ok] {
      const absl::Status status = ok ? Take() : Complete();
      if (ok && status.ok() && !is_there_) {
        SetWaitingSince(ReadClock().steady);
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
    waiting_since_ = ReadClock().steady;
    if (owner_.puts_.size() < kMaxPuts) {
      owner_.puts_.push_back(this);
      return true;
    }
    for (Put* other : owner_.puts_) {
      if (other->waiting_since_ <= waiting_since_ - owner_.options_.upload_may_stand_still) {
        other->context_.TryCancel();
      }
    }
    return false;
  }

  void SetWaitingSince(absl::Duration time) {
    absl::MutexLock lock(&owner_.mutex_);
    waiting_since_ = time;
  }

  absl::Status Take() {
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
    is_there_ = owner_.store_.Claim(sha256_, context_.peer(), ReadClock().steady) &&
                owner_.served_.Find(sha256_, file.bytes(), {owner_.store_.PathOf(sha256_)}).ok();
    if (is_there_) return absl::OkStatus();
    ASSIGN_OR_RETURN(upload_, owner_.store_.Begin(sha256_, file.bytes()));
    return absl::OkStatus();
  }

  absl::Status Complete() {
    if (upload_ == nullptr) return absl::InvalidArgumentError("the upload is empty");
    RETURN_IF_ERROR(upload_->Finish(context_.peer(), ReadClock().steady));
    spdlog::info("dataset file {} was uploaded by {}", sha256_, context_.peer());
    return absl::OkStatus();
  }

  FileRpcs& owner_;
  grpc::CallbackServerContext& context_;
  PutFileRequest incoming_;  // of the read under way
  std::string sha256_;
  bool is_there_ = false;  // already
  std::unique_ptr<FileStore::Upload> upload_;
  // Since when its client is to send something; never, while it is ours to do something. Guarded by the owner's mutex_.
  absl::Duration waiting_since_;
};

grpc::ServerReadReactor<PutFileRequest>* FileRpcs::PutFile(grpc::CallbackServerContext* context) {
  return new Put(*this, *context);
}

}  // namespace parzen
