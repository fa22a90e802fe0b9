#include "coordinator/worker_streams.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "coordinator/token_bucket.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

// Messages of one stream that wait for the commit loop; beyond that it is not read from.
constexpr int kMaxReadAhead = 256;
// And their bytes, but for one message more.
constexpr size_t kMaxReadAheadBytes = 4 << 20;
// Answers of one stream that wait to be sent; beyond that the stream is closed.
constexpr size_t kMaxUnsent = 10000;
// And their bytes, but for trials' checkpoints: of these there is at most one for each slot, which asked for it.
constexpr size_t kMaxUnsentBytes = 64 << 20;

size_t CountedBytes(const CoordinatorMessage& message) {
  return message.ByteSizeLong() - message.assignment().task().progress().checkpoint().size();
}

}  // namespace

// One stream. gRPC allows one read and one write at a time, and Finish once, after the write.
class WorkerStreams::Stream final : public grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage>,
                                    public std::enable_shared_from_this<Stream> {
 public:
  Stream(WorkerStreams& owner, ConnectionId id, std::string peer)
      : owner_(owner),
        id_(id),
        peer_(std::move(peer)),
        rate_(owner.limits_.stream_messages_per_second, owner.limits_.stream_message_burst) {}

  ConnectionId id() const { return id_; }
  const std::string& peer() const { return peer_; }
  // Whether a message was refused or could not be dealt with: none that comes after it may be, or a step or an end
  // would count without what the worker said before. The worker says all of it again on its next stream. Of the loop's
  // thread.
  const std::shared_ptr<bool>& sent_away() const { return sent_away_; }

  void Begin() {
    const auto deadline = std::chrono::system_clock::now() + absl::ToChronoMilliseconds(owner_.limits_.hello);
    hello_.Set(deadline, [weak = weak_from_this()](bool too_late) {
      const std::shared_ptr<Stream> stream = too_late ? weak.lock() : nullptr;
      if (stream != nullptr) stream->owner_.Refuse(*stream, absl::DeadlineExceededError("the worker says no Hello"));
    });
    StartRead(&incoming_);
  }

  // Keeps the message until Flush. True when it is the first since then.
  bool Send(const CoordinatorMessage& message) {
    absl::MutexLock lock(&mutex_);
    if (closing_.has_value()) return false;
    unsent_.push_back(message);
    unsent_bytes_ += CountedBytes(message);
    if (unsent_.size() > 1 && (unsent_.size() > kMaxUnsent || unsent_bytes_ > kMaxUnsentBytes)) {
      closing_ = absl::ResourceExhaustedError("the worker does not read its stream");
      unsent_.erase(unsent_.begin() + 1, unsent_.end());  // the front may be on its way
    }
    return !std::exchange(unflushed_, true);
  }

  void Flush() {
    absl::MutexLock lock(&mutex_);
    unflushed_ = false;
    WriteNext();
  }

  void Close(const absl::Status& reason) {
    absl::MutexLock lock(&mutex_);
    if (!closing_.has_value()) closing_ = reason;
    WriteNext();
  }

  // A message of so many bytes that was read has been dealt with.
  void Handled(size_t bytes) {
    absl::MutexLock lock(&mutex_);
    --read_ahead_;
    read_ahead_bytes_ -= bytes;
    if (!paused_ || ReadAheadIsFull()) return;
    paused_ = false;
    // Without a read under way only the lock and an unfinished stream keep gRPC's side of it alive.
    if (!finished_) StartRead(&incoming_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Close(absl::OkStatus());  // the worker closed the stream, or it broke
    hello_.Cancel();                          // what is not Hello ends the stream, too
    if (!rate_.Take(ReadClock().steady)) {
      owner_.Refuse(*this, absl::ResourceExhaustedError(absl::StrCat(
                               "more than ", owner_.limits_.stream_messages_per_second, " messages a second")));
      return;
    }
    const size_t bytes = incoming_.ByteSizeLong();
    if (bytes > kMaxRequestBytes) {
      owner_.Refuse(*this, absl::ResourceExhaustedError(absl::StrCat("a message of ", bytes, " bytes; at most ",
                                                                     kMaxRequestBytes, " are taken")));
      return;
    }
    bool go_on = false;
    {
      absl::MutexLock lock(&mutex_);
      ++read_ahead_;
      read_ahead_bytes_ += bytes;
      paused_ = ReadAheadIsFull();
      go_on = !paused_;
    }
    WorkerMessage message;
    message.Swap(&incoming_);
    owner_.Received(*this, std::move(message));
    if (go_on) StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    unsent_bytes_ -= std::min(unsent_bytes_, CountedBytes(unsent_.front()));
    unsent_.pop_front();
    if (!ok && !closing_.has_value()) closing_ = absl::OkStatus();
    WriteNext();
  }

  void OnCancel() override { Close(absl::CancelledError("the stream was cut")); }

  void OnDone() override { owner_.Ended(id_); }

 private:
  bool ReadAheadIsFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return read_ahead_ >= kMaxReadAhead || read_ahead_bytes_ >= kMaxReadAheadBytes;
  }

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_) return;
    if (closing_.has_value()) {
      finished_ = true;
      Finish(ToGrpc(*closing_));
    } else if (!unsent_.empty()) {
      writing_ = true;
      // All that waits leaves in one packet where it fits.
      StartWrite(&unsent_.front(), unsent_.size() > 1 ? grpc::WriteOptions().set_buffer_hint() : grpc::WriteOptions());
    }
  }

  WorkerStreams& owner_;
  const ConnectionId id_;
  const std::string peer_;
  const std::shared_ptr<bool> sent_away_ = std::make_shared<bool>(false);
  WorkerMessage incoming_;  // of the one read under way
  TokenBucket rate_;        // the reads'
  grpc::Alarm hello_;       // until the first message

  absl::Mutex mutex_;
  std::deque<CoordinatorMessage> unsent_ ABSL_GUARDED_BY(mutex_);
  size_t unsent_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool unflushed_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  int read_ahead_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t read_ahead_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;  // no read is under way until there is room
  std::optional<absl::Status> closing_ ABSL_GUARDED_BY(mutex_);
};

// For a stream that is one too many.
class WorkerStreams::Surplus final : public grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage> {
 public:
  explicit Surplus(const absl::Status& reason) { Finish(ToGrpc(reason)); }
  void OnDone() override { delete this; }
};

WorkerStreams::WorkerStreams(const ServerLimits& limits, RefusalLog& log) : limits_(limits), log_(log) {}
WorkerStreams::~WorkerStreams() = default;

grpc::ServerBidiReactor<WorkerMessage, CoordinatorMessage>* WorkerStreams::Work(grpc::CallbackServerContext* context) {
  std::shared_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mutex_);
    if (streams_.size() < static_cast<size_t>(limits_.streams)) {
      const ConnectionId id = next_connection_++;
      stream = std::make_shared<Stream>(*this, id, context->peer());
      streams_[id] = stream;
    }
  }
  if (stream == nullptr) {
    const absl::Status full = absl::ResourceExhaustedError(absl::StrCat("there are ", limits_.streams, " workers"));
    log_.Add("a worker", absl::StrCat(context->peer(), ": ", full.message()), ReadClock().steady);
    return new Surplus(full);
  }
  if (metrics_ != nullptr) metrics_->StreamOpened();
  stream->Begin();
  return stream.get();  // streams_ keeps it until OnDone
}

void WorkerStreams::Refuse(Stream& stream, const absl::Status& reason) {
  log_.Add("a worker", absl::StrCat(stream.peer(), ": ", reason.message()), ReadClock().steady);
  stream.Close(reason);
}

void WorkerStreams::Received(const Stream& from, WorkerMessage message) {
  const ConnectionId connection = from.id();
  const bool unhurried = message.has_heartbeat();
  // What the dispatcher refuses is known only after it ran; both closures see it.
  auto refusal = std::make_shared<absl::Status>();
  const size_t bytes = message.ByteSizeLong();
  CommitLoop::Work work = [connection, refusal, sent_away = from.sent_away(), message = std::move(message)](
                              Dispatcher& dispatcher, Now now) {
    return *sent_away ? absl::OkStatus() : dispatcher.Handle(connection, message, now, *refusal);
  };
  CommitLoop::Done done = [this, connection, refusal, sent_away = from.sent_away(),
                           bytes](const absl::Status& committed) {
    *sent_away |= !committed.ok() || !refusal->ok();
    const std::shared_ptr<Stream> stream = Find(connection);
    if (stream == nullptr) return;
    if (committed.ok() && !refusal->ok()) Refuse(*stream, *refusal);
    if (!committed.ok()) stream->Close(absl::UnavailableError(committed.message()));
    stream->Handled(bytes);
  };
  if (unhurried) {
    loop_->SubmitUnhurried(std::move(work), std::move(done));
  } else {
    loop_->Submit(std::move(work), std::move(done));
  }
}

void WorkerStreams::Ended(ConnectionId connection) {
  if (metrics_ != nullptr) metrics_->StreamClosed();
  loop_->SubmitUntilDone(
      [connection](Dispatcher& dispatcher, Now now) { return dispatcher.Disconnected(connection, now); });
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
  std::shared_ptr<Stream> stream = Find(connection);
  if (stream != nullptr && stream->Send(message)) unflushed_.push_back(std::move(stream));
}

void WorkerStreams::Flush() {
  for (const std::shared_ptr<Stream>& stream : unflushed_) stream->Flush();
  unflushed_.clear();
}

void WorkerStreams::Close(ConnectionId connection, const absl::Status& reason) {
  if (const std::shared_ptr<Stream> stream = Find(connection); stream != nullptr) stream->Close(reason);
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
