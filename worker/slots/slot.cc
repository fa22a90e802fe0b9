#include "worker/slots/slot.h"

#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/objectives/one_line.h"
#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

// Between attempts to start a process: doubling, from the first to the last.
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(10);
// For a process that has hung up, or that was told that nothing more comes, to end by itself: programs that it kept
// running get ChildProcess::kTermination.
constexpr absl::Duration kFarewell = absl::Seconds(4);

}  // namespace

Slot::Slot(const Settings& settings, Callbacks callbacks)
    : settings_(settings),
      callbacks_(std::move(callbacks)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      watch_(settings.periods, settings.options.memory_bytes),
      pause_(kFirstPause),
      hung_up_at_(absl::InfiniteDuration()),
      thread_([this] { Run(); }) {}

Slot::~Slot() {
  End();
  thread_.join();
}

void Slot::Start(TrialTask task, absl::Duration limit) {
  absl::MutexLock lock(&mutex_);
  reports_.clear();
  started_ = true;
  limit_ = limit;
  *next_.emplace().mutable_task() = std::move(task);
  // The thread need not know: it looks at the clock in time for the first ping. A short limit it must know of.
  if (listener_ != nullptr) SendTask();
  if (listener_ == nullptr || limit < settings_.periods.ping || settings_.options.memory_bytes > 0) {
    eventfd_write(wake_.get(), 1);
  }
}

void Slot::SendTask() {
  began_ = ReadClock().steady;
  cpu_before_ = listener_->ProcessorTime();
  watch_.Begin(limit_, began_);
  Send(*next_);
  next_.reset();
}

void Slot::Cancel() {
  absl::MutexLock lock(&mutex_);
  CancelLocked();
}

void Slot::CancelLocked() {
  if (!started_) return;
  watch_.Cancelled(ReadClock().steady);
  if (!next_.has_value()) {
    ToSlot message;
    message.mutable_cancel();
    Send(message);
  }
  eventfd_write(wake_.get(), 1);
}

void Slot::End() {
  absl::MutexLock lock(&mutex_);
  ending_ = true;
  CancelLocked();
  eventfd_write(wake_.get(), 1);
}

std::vector<Slot::Report> Slot::TakeReports() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(reports_, {});
}

void Slot::Answered(int64_t step, StepVerdict answer) {
  ToSlot message;
  message.mutable_answer()->set_step(step);
  if (answer == StepVerdict::kStop) message.mutable_answer()->set_stop(true);
  if (answer == StepVerdict::kPause) message.mutable_answer()->set_pause(true);
  absl::MutexLock lock(&mutex_);
  if (!started_ || next_.has_value()) return;
  Send(message);
  if (answer != StepVerdict::kStop) return;
  watch_.Cancelled(ReadClock().steady);
  eventfd_write(wake_.get(), 1);
}

void Slot::SetConnected(bool connected) {
  ToSlot message;
  message.mutable_connection()->set_connected(connected);
  absl::MutexLock lock(&mutex_);
  connected_ = connected;
  Send(message);
}

void Slot::Send(const ToSlot& message) {
  if (listener_ != nullptr) listener_->Send(message);
}

void Slot::Run() {
  for (;;) {
    absl::Duration next = absl::InfiniteDuration();
    {
      absl::MutexLock lock(&mutex_);
      if (ending_ && !started_) break;
      next = std::min(watch_.next(), ReadClock().steady + settings_.periods.ping);
      if (child_ == nullptr && ending_) next_start_ = absl::InfiniteDuration();
    }
    if (EnsureChild() != nullptr) {
      child_->Wait(std::min(next, hung_up_at_) - ReadClock().steady);
      Serve();
      continue;
    }
    pollfd woken{wake_.get(), POLLIN, 0};
    poll(&woken, 1, PollMilliseconds(next_start_ - ReadClock().steady));
    eventfd_t ignored = 0;
    eventfd_read(wake_.get(), &ignored);
    GiveBack("it waits before it tries again");
  }
  LetChildEnd();
}

SlotChild* Slot::EnsureChild() {
  if (child_ != nullptr || ReadClock().steady < next_start_) return child_.get();
  absl::StatusOr<std::unique_ptr<SlotChild>> child =
      SlotChild::Start(settings_.program, settings_.options, wake_.get());
  proved_ = false;
  hung_up_at_ = absl::InfiniteDuration();
  if (!child.ok()) {
    BackOff(child.status().message());
    return nullptr;
  }
  child_ = *std::move(child);
  return child_.get();
}

void Slot::Serve() {
  const bool ended = child_->HasEnded();  // before reading: what it said before it ended comes first
  std::vector<FromSlot> messages;
  const absl::Status heard = child_->Read(messages);
  for (FromSlot& message : messages) On(message);
  if (!heard.ok()) {
    spdlog::error("a slot talks nonsense: {}", std::string(heard.message()));
    absl::MutexLock lock(&mutex_);
    watch_.TalkedNonsense();
    child_->Kill();
  }
  if (ended) return OnDeath();
  // Its end is near, and is to be what it chose: an exit status, not our signal.
  if (child_->hung_up() && hung_up_at_ == absl::InfiniteDuration()) hung_up_at_ = ReadClock().steady + kFarewell;
  if (ReadClock().steady >= hung_up_at_) {
    hung_up_at_ = absl::InfiniteDuration();
    child_->Kill();
  }
  Watch();
}

void Slot::Watch() {
  TrialWatch::Orders orders;
  {
    absl::MutexLock lock(&mutex_);
    orders = watch_.Check(ReadClock().steady);
    ToSlot message;
    if (orders.ping) {
      message.mutable_ping();
      Send(message);
    }
    if (orders.cancel) {
      message.mutable_cancel();
      Send(message);
    }
  }
  if (orders.measure) {
    int64_t bytes = PrivateMemoryBytes(child_->pid());
    for (const pid_t program : Descendants(child_->pid())) bytes += PrivateMemoryBytes(program);
    absl::MutexLock lock(&mutex_);
    watch_.Measured(bytes);
    orders.kill = watch_.Check(ReadClock().steady).kill;
  }
  if (orders.kill) child_->Kill();
}

void Slot::On(FromSlot& message) {
  switch (message.kind_case()) {
    case FromSlot::kReport:
      return OnReport(message.report());
    case FromSlot::kEnd:
      return OnTrialEnd(*message.mutable_end());
    case FromSlot::kPong: {
      absl::MutexLock lock(&mutex_);
      return watch_.Answered();
    }
    case FromSlot::kReady:
      return OnReady();
    case FromSlot::KIND_NOT_SET:
      return;
  }
}

void Slot::OnReady() {
  {
    absl::MutexLock lock(&mutex_);
    if (listener_ != nullptr) return;
    listener_ = child_.get();
    ToSlot message;
    message.mutable_connection()->set_connected(connected_);
    Send(message);
    if (next_.has_value()) SendTask();
  }
  callbacks_.on_ready();
}

void Slot::OnReport(const FromSlot::StepReport& report) {
  bool is_first = false;
  {
    absl::MutexLock lock(&mutex_);
    if (!started_ || next_.has_value()) return;
    is_first = reports_.empty();
    AddReport(reports_, {report.step(), report.value()});
  }
  if (is_first) callbacks_.on_report();
}

WatchedTrial Slot::Watched(std::string output) const {
  return {watch_.cause(), limit_, settings_.options.memory_bytes, std::move(output)};
}

void Slot::OnTrialEnd(FromSlot::End& said) {
  TrialEnd end;
  {
    absl::MutexLock lock(&mutex_);
    if (!started_ || next_.has_value()) return;  // nobody asked
    end = EndOfTrial(std::move(said), Watched(child_->TakeOutput()));
    watch_.End();
    started_ = false;
  }
  proved_ = true;
  pause_ = kFirstPause;
  callbacks_.on_end(std::move(end), /*ready=*/true);
}

void Slot::OnDeath() {
  std::string output = child_->TakeOutput();
  Death death = child_->Reap();
  TrialEnd end;
  bool was_running = false;
  bool was_ready = false;
  {
    absl::MutexLock lock(&mutex_);
    was_ready = std::exchange(listener_, nullptr) != nullptr;
    was_running = started_ && !next_.has_value();
    if (was_running) {
      death.wall = ReadClock().steady - began_;
      death.cpu -= cpu_before_;
      end = EndByDeath(death, Watched(std::move(output)));
      watch_.End();
      started_ = false;
    }
  }
  child_.reset();
  const std::string how = absl::StrCat(HowItDied(death.status), output.empty() ? "" : "; it wrote: ", OneLine(output));
  if (!was_running && was_ready) spdlog::warn("a slot without a trial {}", how);
  if (!was_running && !proved_) BackOff(how);
  if (was_running) callbacks_.on_end(std::move(end), /*ready=*/false);
}

void Slot::BackOff(absl::string_view why) {
  spdlog::error("cannot start a slot, trying again in {}: {}", absl::FormatDuration(pause_), std::string(why));
  next_start_ = ReadClock().steady + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
  GiveBack(why);
}

void Slot::GiveBack(absl::string_view why) {
  {
    absl::MutexLock lock(&mutex_);
    if (!started_) return;
    started_ = false;
    next_.reset();
  }
  TrialEnd end;
  end.set_released(true);
  end.set_release_reason(absl::StrCat("its worker cannot start a slot: ", why));
  callbacks_.on_end(std::move(end), /*ready=*/false);
}

void Slot::LetChildEnd() {
  {
    absl::MutexLock lock(&mutex_);
    listener_ = nullptr;
  }
  if (child_ != nullptr) child_->LetEnd(kFarewell);
  child_.reset();
}

}  // namespace parzen
