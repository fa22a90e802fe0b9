#include "coordinator/call_gate.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr absl::Duration kNow = absl::Seconds(1000);

class CallGateTest : public testing::Test {
 protected:
  static ServerLimits Limits() {
    ServerLimits limits;
    limits.calls_per_second = 10;
    limits.call_burst = 20;
    limits.calls = 3;
    return limits;
  }
  bool Call(const std::string& peer, absl::Duration now) {
    if (!gate_.Enter(peer, 0, now).ok()) return false;
    gate_.Leave();
    return true;
  }
  int Calls(const std::string& peer, int count, absl::Duration now) {
    int entered = 0;
    for (int i = 0; i < count; ++i) entered += Call(peer, now) ? 1 : 0;
    return entered;
  }

  RefusalLog log_;
  CallGate gate_{Limits(), log_};
};

TEST_F(CallGateTest, LetsABurstInAndThenARate) {
  EXPECT_EQ(Calls("ipv4:10.0.0.1:1", 100, kNow), 20);
  EXPECT_EQ(Calls("ipv4:10.0.0.1:1", 100, kNow + absl::Seconds(1)), 10);
  EXPECT_EQ(Calls("ipv4:10.0.0.1:1", 100, kNow + absl::Hours(1)), 20);
}

TEST_F(CallGateTest, AMachinesConnectionsShareItsRateAndOthersDoNot) {
  EXPECT_EQ(Calls("ipv4:10.0.0.1:1", 20, kNow), 20);
  EXPECT_FALSE(Call("ipv4:10.0.0.1:2", kNow));
  EXPECT_TRUE(Call("ipv4:10.0.0.2:1", kNow));
}

TEST_F(CallGateTest, BoundsHowManyAreInsideAtATime) {
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(gate_.Enter("ipv4:10.0.0.1:1", 0, kNow).ok());
  EXPECT_EQ(gate_.Enter("ipv4:10.0.0.2:1", 0, kNow).code(), absl::StatusCode::kResourceExhausted);
  gate_.Leave();
  EXPECT_TRUE(gate_.Enter("ipv4:10.0.0.2:1", 0, kNow).ok());
}

TEST_F(CallGateTest, ForgetsQuietMachinesAndLetsNewOnesIn) {
  for (int i = 0; i < 10000; ++i) {
    EXPECT_TRUE(Call(absl::StrCat("ipv4:10.0.", i / 256, ".", i % 256, ":1"), kNow + absl::Seconds(i)));
  }
}

}  // namespace
}  // namespace parzen
