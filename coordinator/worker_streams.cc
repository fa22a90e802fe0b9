#include "coordinator/worker_streams.h"

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "rpc/grpc_status.h"

namespace parzen {
namespace {

// Messages of one stream that wait for the commit loop; beyond that it is not read from.
constexpr int kMaxReadAhead = 256;
// Answers of one stream that wait to be sent; beyond that the stream is closed.
constexpr size_t kMaxUnsent = 10000;

}  // namespace

// One stream. gRPC allows one read and one write at a time, and Finish once, after the write.
class WorkerStreams::Stream final : public grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage> {
 public:
  Stream(WorkerStreams& owner, ConnectionId id) : owner_(owner), id_(id) {}

  void Begin() { StartRead(&incoming_); }

  void Send(const CoordinatorMessage& message) {
    absl::MutexLock lock(&mutex_);
    if (closing_.has_value()) return;
    unsent_.push_back(message);
    if (unsent_.size() > kMaxUnsent) {
      closing_ = absl::ResourceExhaustedError("the worker does not read its stream");
      unsent_.erase(unsent_.begin() + 1, unsent_.end());  // the front may be on its way
    }
    WriteNext();
  }

  void Close(const absl::Status& reason) {
    absl::MutexLock lock(&mutex_);
    if (!closing_.has_value()) closing_ = reason;
    WriteNext();
  }

  // A message that was read has been dealt with.
  void Handled() {
    absl::MutexLock lock(&mutex_);
    // Without a read under way only the lock and an unfinished stream keep gRPC's side of it alive.
    if (read_ahead_-- == kMaxReadAhead && !finished_) StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Close(absl::OkStatus());  // the worker closed the stream, or it broke
    bool go_on = false;
    {
      absl::MutexLock lock(&mutex_);
      go_on = ++read_ahead_ < kMaxReadAhead;
    }
    WorkerMessage message;
    message.Swap(&incoming_);
    owner_.Received(id_, std::move(message));
    if (go_on) StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    unsent_.pop_front();
    if (!ok && !closing_.has_value()) closing_ = absl::OkStatus();
    WriteNext();
  }

  void OnCancel() override { Close(absl::CancelledError("the stream was cut")); }

  void OnDone() override { owner_.Ended(id_); }

 private:
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (closing_.has_value()) {
      finished_ = true;
      Finish(ToGrpc(*closing_));
    } else if (!unsent_.empty()) {
      writing_ = true;
      StartWrite(&unsent_.front());
    }
  }

  WorkerStreams& owner_;
  const ConnectionId id_;
  WorkerMessage incoming_;  // of the one read under way

  absl::Mutex mutex_;
  std::deque<CoordinatorMessage> unsent_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  int read_ahead_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::Status> closing_ ABSL_GUARDED_BY(mutex_);
};

WorkerStreams::WorkerStreams() = default;
WorkerStreams::~WorkerStreams() = default;

grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage>* WorkerStreams::Work(grpc::CallbackServerContext*) {
  std::shared_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mutex_);
    const ConnectionId id = next_connection_++;
    stream = std::make_shared<Stream>(*this, id);
    streams_[id] = stream;
  }
  if (metrics_ != nullptr) metrics_->StreamOpened();
  stream->Begin();
  return stream.get();  // streams_ keeps it until OnDone
}

void WorkerStreams::Received(ConnectionId connection, WorkerMessage message) {
  // What the dispatcher refuses is known only after it ran; both closures see it.
  auto refusal = std::make_shared<absl::Status>();
  loop_->Submit([connection, refusal, message = std::move(message)](
                    Dispatcher& dispatcher, Now now) { return dispatcher.Handle(connection, message, now, *refusal); },
                [this, connection, refusal](const absl::Status& committed) {
                  const std::shared_ptr<Stream> stream = Find(connection);
                  if (stream == nullptr) return;
                  if (committed.ok() && !refusal->ok()) {
                    if (metrics_ != nullptr) metrics_->Refused();
                    stream->Close(*refusal);
                  }
                  if (!committed.ok()) stream->Close(absl::UnavailableError(committed.message()));
                  stream->Handled();
                });
}

void WorkerStreams::Ended(ConnectionId connection) {
  if (metrics_ != nullptr) metrics_->StreamClosed();
  loop_->Submit([connection](Dispatcher& dispatcher, Now now) { return dispatcher.Disconnected(connection, now); },
                [](const absl::Status&) {});
  std::shared_ptr<Stream> last;  // destroyed after the lock is free
  absl::MutexLock lock(&mutex_);
  const auto it = streams_.find(connection);
  last = std::move(it->second);
  streams_.erase(it);
}

std::shared_ptr<WorkerStreams::Stream> WorkerStreams::Find(ConnectionId connection) {
  absl::MutexLock lock(&mutex_);
  const auto it = streams_.find(connection);
  return it == streams_.end() ? nullptr : it->second;
}

void WorkerStreams::Send(ConnectionId connection, const CoordinatorMessage& message) {
  if (const std::shared_ptr<Stream> stream = Find(connection); stream != nullptr) stream->Send(message);
}

void WorkerStreams::CloseAll(const absl::Status& reason) {
  std::vector<std::shared_ptr<Stream>> streams;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, stream] : streams_) streams.push_back(stream);
  }
  for (const std::shared_ptr<Stream>& stream : streams) stream->Close(reason);
}

}  // namespace parzen
