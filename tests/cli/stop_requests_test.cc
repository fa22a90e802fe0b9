#include "cli/stop_requests.h"

#include <gtest/gtest.h>

#include <csignal>

namespace parzen {
namespace {

TEST(StopRequestsTest, SigtermThatIsSentTwiceAtOnceIsOneRequest) {
  StopRequests requests;
  EXPECT_EQ(requests.Count(SIGTERM, absl::Seconds(100)), 1);
  EXPECT_EQ(requests.Count(SIGTERM, absl::Seconds(100)), std::nullopt);
  EXPECT_EQ(requests.Count(SIGTERM, absl::Seconds(100.9)), std::nullopt);
  EXPECT_EQ(requests.Count(SIGTERM, absl::Seconds(101)), 2);
}

TEST(StopRequestsTest, CtrlCCountsEveryTime) {
  StopRequests requests;
  EXPECT_EQ(requests.Count(SIGINT, absl::Seconds(100)), 1);
  EXPECT_EQ(requests.Count(SIGINT, absl::Seconds(100.1)), 2);
}

TEST(StopRequestsTest, CtrlCAfterSigtermCountsAtOnce) {
  StopRequests requests;
  EXPECT_EQ(requests.Count(SIGTERM, absl::Seconds(100)), 1);
  EXPECT_EQ(requests.Count(SIGINT, absl::Seconds(100.1)), 2);
}

TEST(StopRequestsTest, SignalsAreCalledWhatPeopleCallThem) {
  EXPECT_EQ(SignalName(SIGINT), "Ctrl-C");
  EXPECT_EQ(SignalName(SIGTERM), "SIGTERM");
  EXPECT_EQ(SignalName(SIGHUP), "SIGHUP");
}

}  // namespace
}  // namespace parzen
