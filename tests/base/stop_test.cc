#include "base/stop.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <thread>

#include "absl/synchronization/notification.h"

namespace parzen {
namespace {

TEST(StopTest, RequestWakesAWaiterAtOnce) {
  Stop stop;
  std::thread requester([&] { stop.Request(); });
  EXPECT_TRUE(stop.WaitFor(absl::InfiniteDuration()));
  requester.join();
  EXPECT_TRUE(stop.Requested());
}

TEST(StopTest, WaitEndsWithoutARequestAfterItsTime) {
  Stop stop;
  EXPECT_FALSE(stop.WaitFor(absl::ZeroDuration()));
}

TEST(StopTest, CallbackRunsOnceWhenStopIsRequested) {
  Stop stop;
  int calls = 0;
  StopCallback callback(stop, [&] { ++calls; });
  EXPECT_EQ(calls, 0);
  stop.Request();
  stop.Request();
  EXPECT_EQ(calls, 1);
}

TEST(StopTest, CallbackOfAStopThatWasRequestedRunsAtOnce) {
  Stop stop;
  stop.Request();
  int calls = 0;
  StopCallback callback(stop, [&] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(StopTest, CallbackThatIsGoneDoesNotRun) {
  Stop stop;
  int calls = 0;
  {
    StopCallback callback(stop, [&] { ++calls; });
  }
  stop.Request();
  EXPECT_EQ(calls, 0);
}

TEST(StopSignalsTest, SignalBecomesACallThatTellsWhichItIsAndItsCount) {
  absl::Notification first;
  absl::Notification second;
  StopSignals signals([&](int signal, int count) {
    EXPECT_EQ(signal, count == 1 ? SIGINT : SIGTERM);
    (count == 1 ? first : second).Notify();
  });
  kill(getpid(), SIGINT);
  first.WaitForNotification();
  kill(getpid(), SIGTERM);
  second.WaitForNotification();
}

}  // namespace
}  // namespace parzen
