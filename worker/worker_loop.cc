#include "worker/worker_loop.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/host_name.h"
#include "base/log.h"
#include "base/registry.h"
#include "base/version.h"
#include "worker/models/every_model.h"

namespace parzen {
namespace {

// Pauses between attempts to connect: doubling, from the first to the last.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
// How long one attempt may take: the name, the connection, its encryption, over half the world.
constexpr absl::Duration kDialTimeout = absl::Seconds(5);
// How long a leaving worker waits for trials that it has asked for: a coordinator answers in a few milliseconds.
constexpr absl::Duration kLastAnswers = absl::Milliseconds(500);

}  // namespace

void WorkerLoop::EventQueue::Push(Event event) {
  absl::MutexLock lock(&mutex_);
  events_.push_back(std::move(event));
}

std::optional<WorkerLoop::Event> WorkerLoop::EventQueue::Pop(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !events_.empty(); };
  if (!mutex_.AwaitWithTimeout(absl::Condition(&any), timeout)) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

WorkerLoop::WorkerLoop(const WorkerOptions& options, const std::string& worker_id, Spool* spool, FileFetcher* fetcher)
    : options_(options), spool_(spool), recent_(options.slots), pause_(kFirstPause) {
  hello_.set_worker_id(worker_id);
  hello_.set_host(HostName());
  hello_.set_pid(getpid());
  hello_.set_name(options.name.empty() ? absl::StrCat(hello_.host(), "-", hello_.pid()) : options.name);
  hello_.set_slots(options.slots);
  hello_.set_threads(options.threads);
  hello_.set_embedded(options.embedded);
  hello_.set_allow_commands(options.allow_commands);
  for (const std::string& label : options.labels) hello_.add_label(label);
  if (options.memory_bytes > 0) hello_.set_memory_bytes(options.memory_bytes);
  for (const std::string& model : NamesOfEveryModel()) hello_.add_model(model);
  hello_.set_version(kVersion);
  jobs_.resize(static_cast<size_t>(options.slots));
  for (size_t i = 0; i < jobs_.size(); ++i) jobs_[i].slot = MakeSlot(i);
  if (fetcher == nullptr) return;
  files_ = std::make_unique<TaskFetcher>(*fetcher, [this](int64_t slot, absl::StatusOr<PlacedTask> placed) {
    events_.Push(FilesPlaced{static_cast<size_t>(slot), std::move(placed)});
  });
}

std::unique_ptr<Slot> WorkerLoop::MakeSlot(size_t index) {
  Slot::Settings settings;
  settings.program = options_.slot_program;
  settings.options = {options_.threads, options_.allow_commands, options_.memory_bytes, options_.cache,
                      options_.cache_bytes};
  settings.periods = options_.watch;
  return std::make_unique<Slot>(settings, Slot::Callbacks{[this, index] { events_.Push(SlotReady{index}); },
                                                          [this, index] { events_.Push(SlotReported{index}); },
                                                          [this, index](TrialEnd end, bool ready) {
                                                            events_.Push(SlotEnded{index, std::move(end), ready});
                                                          }});
}

WorkerLoop::~WorkerLoop() {
  for (Job& job : jobs_) job.slot->End();  // all at once: a program may take seconds to end
  jobs_.clear();                           // while what their callbacks use is there
}

absl::Status WorkerLoop::Run(const Stop& stop, const Stop& drain) {
  StopCallback on_stop(stop, [this] { events_.Push(StopRequested{}); });
  StopCallback on_drain(drain, [this] { events_.Push(DrainRequested{}); });
  give_up_at_ = ReadClock().steady + options_.first_connect;
  while (!Finished()) {
    if (stream_ == nullptr && ReadClock().steady >= next_dial_) Dial();
    if (std::optional<Event> event = events_.Pop(UntilNextTimer()); event.has_value()) {
      std::visit([this](auto& what) { On(what); }, *event);
    }
    if (!refused_.ok()) break;
    TendJobs();
    SendHeartbeat();
  }
  if (!options_.embedded) TellEnd(refused_);
  return refused_;
}

void WorkerLoop::TellEnd(const absl::Status& status) const {
  std::string why = stopping_ ? "it was stopped" : "it was drained, and what it had has ended";
  if (!status.ok()) why = std::string(status.message());
  const auto spooled = [](const UnacknowledgedEnd& end) { return end.spooled && !end.end.released(); };
  if (status.ok() && std::any_of(unacknowledged_.begin(), unacknowledged_.end(), spooled)) {
    absl::StrAppend(&why, "; results wait here for the next worker");
  }
  Log(status.ok() ? spdlog::level::info : spdlog::level::err, "worker {worker} ends: {reason}",
      {{"worker", hello_.name()}, {"reason", why}});
}

void WorkerLoop::Dial() {
  const int64_t generation = ++generation_;
  absl::StatusOr<std::unique_ptr<CoordinatorStream>> stream =
      CoordinatorStream::Open(options_.coordinator, options_.tls, kDialTimeout,
                              {[this, generation] { events_.Push(StreamOpened{generation}); },
                               [this, generation](CoordinatorMessage message) {
                                 events_.Push(Received{generation, std::move(message)});
                               },
                               [this, generation](const absl::Status& reason) {
                                 events_.Push(StreamEnded{generation, reason});
                               }});
  if (!stream.ok()) return DialLater(stream.status());
  stream_ = *std::move(stream);
}

void WorkerLoop::DialLater(const absl::Status& why) {
  const absl::Duration now = ReadClock().steady;
  if (now >= give_up_at_ && MayGiveUp() && !stopping_) refused_ = why;
  next_dial_ = now + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
}

void WorkerLoop::On(StreamOpened& opened) {
  if (opened.generation != generation_) return;
  opened_ = true;
  SayHello();
}

void WorkerLoop::On(StreamEnded& ended) {
  if (ended.generation != generation_) return;
  stream_.reset();
  if (!std::exchange(opened_, false)) return DialLater(ended.reason);
  for (Job& job : jobs_) job.slot->SetConnected(false);
  switch (ended.reason.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnimplemented:
      refused_ = ended.reason;  // trying again would end the same way
      return;
    default:
      break;
  }
  const std::string reason(ended.reason.message());
  if (!std::exchange(welcomed_, false)) {
    const std::string sent_away =
        absl::StrCat("the coordinator at ", options_.coordinator, " sends this worker away: ", reason);
    if (std::exchange(sent_away_, reason) != reason) spdlog::warn("{}; trying again", sent_away);
    return DialLater(absl::UnavailableError(sent_away));
  }
  spdlog::warn("lost the coordinator ({}); trying again", reason);
  const absl::Duration now = ReadClock().steady;
  if (!stopping_) give_up_at_ = now + options_.reconnect;
  next_dial_ = now + kFirstPause;
  pause_ = 2 * kFirstPause;
}

void WorkerLoop::On(DrainRequested&) {
  if (Leaving()) return;
  draining_ = true;
  hello_.set_draining(true);
  answers_until_ = ReadClock().steady + kLastAnswers;
  if (!options_.embedded) spdlog::info("draining: takes no more trials, and ends after those that are running");
  WorkerMessage message;
  message.mutable_draining();
  Send(message);
}

void WorkerLoop::On(StopRequested&) {
  if (stopping_) return;
  stopping_ = true;
  give_up_at_ = ReadClock().steady + options_.farewell;
  answers_until_ = ReadClock().steady + kLastAnswers;
  for (Job& job : jobs_) job.slot->Cancel();
  if (files_ != nullptr) files_->Cancel();
}

absl::Duration WorkerLoop::UntilNextTimer() const {
  absl::Duration next = absl::InfiniteDuration();
  if (stream_ == nullptr) next = next_dial_;
  if (welcomed_) next = std::min(next, next_heartbeat_);
  for (const Job& job : jobs_) next = std::min({next, AskAt(job), job.next.LateAt()});
  if (Leaving() && !Training()) {
    if (AwaitsAnswer()) next = std::min(next, answers_until_);
    if (stopping_) next = std::min(next, give_up_at_);
  }
  return std::max(next - ReadClock().steady, absl::ZeroDuration());
}

bool WorkerLoop::Training() const {
  return std::any_of(jobs_.begin(), jobs_.end(),
                     [](const Job& job) { return job.lease.has_value() || job.next.lease() != nullptr; });
}

bool WorkerLoop::MayGiveUp() const {
  return !Training() && std::all_of(unacknowledged_.begin(), unacknowledged_.end(),
                                    [](const UnacknowledgedEnd& end) { return end.spooled; });
}

bool WorkerLoop::AwaitsAnswer() const {
  const bool asked = std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return !job.request_id.empty(); });
  return asked && opened_ && ReadClock().steady < answers_until_;
}

bool WorkerLoop::AwaitsAcknowledgement() const {
  return std::any_of(unacknowledged_.begin(), unacknowledged_.end(),
                     [this](const UnacknowledgedEnd& end) { return end.cluster_id == cluster_id_; });
}

bool WorkerLoop::Finished() const {
  if (!Leaving() || Training() || AwaitsAnswer()) return false;
  return !AwaitsAcknowledgement() || (stopping_ && ReadClock().steady >= give_up_at_);
}

}  // namespace parzen
