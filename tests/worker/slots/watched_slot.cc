#include "tests/worker/slots/watched_slot.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

std::string Program(const char* name) {
  const char* const runfiles = getenv("TEST_SRCDIR");
  return absl::StrCat(runfiles == nullptr ? "." : runfiles, "/parzen/tests/worker/slots/", name);
}

}  // namespace

std::string SlotProgram() { return Program("slot_program"); }
std::string BadSlot() { return Program("bad_slot"); }

WatchedSlot::WatchedSlot(const Slot::Settings& settings) {
  slot_.emplace(settings, Slot::Callbacks{[this] {
                                            absl::MutexLock lock(&mutex_);
                                            ++ready_;
                                          },
                                          [this] {
                                            absl::MutexLock lock(&mutex_);
                                            ++told_;
                                          },
                                          [this](TrialEnd end, bool) {
                                            absl::MutexLock lock(&mutex_);
                                            end_ = std::move(end);
                                          }});
}

void WatchedSlot::WaitUntilReady(int count) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ready_ >= count; };
  mutex_.Await(absl::Condition(&ready));
}

std::vector<int64_t> WatchedSlot::NextSteps() {
  {
    absl::MutexLock lock(&mutex_);
    const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return told_ > 0; };
    mutex_.Await(absl::Condition(&any));
    --told_;
  }
  std::vector<int64_t> steps;
  for (const Slot::Report& report : slot_->TakeReports()) steps.push_back(report.step);
  return steps;
}

bool WatchedSlot::HasEnded() {
  absl::MutexLock lock(&mutex_);
  return end_.has_value();
}

TrialEnd WatchedSlot::End() {
  absl::MutexLock lock(&mutex_);
  const auto ended = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return end_.has_value(); };
  mutex_.Await(absl::Condition(&ended));
  return *std::exchange(end_, std::nullopt);
}

TrialTask Curve(int steps) {
  TrialTask task;
  task.mutable_function()->mutable_spec()->mutable_noop();
  task.mutable_function()->mutable_spec()->mutable_curve()->set_steps(steps);
  return task;
}

TrialTask Misbehaviour(const std::string& how) {
  TrialTask task;
  task.mutable_command()->mutable_spec()->add_argv(how);
  return task;
}

}  // namespace parzen
