#include "base/stop.h"

#include <pthread.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <utility>

namespace parzen {

void Stop::Request() {
  absl::MutexLock lock(&mutex_);
  if (requested_) return;
  requested_ = true;
  for (const auto& callback : callbacks_) callback();
}

bool Stop::Requested() const {
  absl::MutexLock lock(&mutex_);
  return requested_;
}

bool Stop::WaitFor(absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&requested_), timeout);
}

StopCallback::StopCallback(const Stop& stop, std::function<void()> callback) : stop_(stop) {
  absl::MutexLock lock(&stop_.mutex_);
  if (stop_.requested_) callback();
  position_ = stop_.callbacks_.insert(stop_.callbacks_.end(), std::move(callback));
}

StopCallback::~StopCallback() {
  absl::MutexLock lock(&stop_.mutex_);
  stop_.callbacks_.erase(position_);
}

struct StopSignals::Impl {
  sigset_t previous_mask;
  std::atomic<bool> ending{false};
  std::thread waiter;
};

StopSignals::StopSignals(std::function<void(int, int)> on_signal) : impl_(new Impl) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, &impl_->previous_mask);
  impl_->waiter = std::thread([impl = impl_, signals, on_signal = std::move(on_signal)] {
    int count = 0;
    for (;;) {
      int signal = 0;
      if (sigwait(&signals, &signal) != 0 || impl->ending) return;
      on_signal(signal, ++count);
    }
  });
}

StopSignals::~StopSignals() {
  impl_->ending = true;
  pthread_kill(impl_->waiter.native_handle(), SIGTERM);  // wakes sigwait; blocked there, so it cannot kill
  impl_->waiter.join();
  pthread_sigmask(SIG_SETMASK, &impl_->previous_mask, nullptr);
  delete impl_;
}

}  // namespace parzen
