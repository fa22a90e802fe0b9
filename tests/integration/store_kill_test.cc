// kill -9 of the coordinator, two hundred times, at moments drawn from a seed, while 16 workers report: whatever it
// acknowledged is in the file, once, and the study ends with exactly its trials.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <random>

#include "tests/integration/store_cluster.h"

namespace parzen {
namespace {

constexpr int kKills = 200;
constexpr int kReporters = 16;
constexpr int64_t kNeverReached = 1'000'000;

TEST(StoreKillTest, TwoHundredKillsLoseAndDoubleNothing) {
  StoreCluster cluster;
  {
    const auto coordinator = cluster.StartCoordinator();
    ASSERT_EQ(cluster.PutStudy(kNeverReached), absl::OkStatus());
  }
  cluster.AddReporters(kReporters);
  std::mt19937_64 random(20240711);
  for (int kill = 0; kill < kKills; ++kill) {
    Process coordinator(cluster.CoordinatorCommand());
    if (random() % 4 == 0) {
      // While it starts: opens the file, replays the log, takes the trials back into memory.
      cluster.ledger().WaitForEnds(SIZE_MAX, absl::Microseconds(random() % 40000));
    } else {
      ASSERT_TRUE(cluster.ledger().WaitForEnds(cluster.ledger().ends() + random() % 60));
      cluster.ledger().WaitForEnds(SIZE_MAX, absl::Microseconds(random() % 2000));
    }
    coordinator.Signal(SIGKILL);
    ASSERT_EQ(coordinator.Wait(), -SIGKILL) << coordinator.output();
  }
  const size_t acknowledged = cluster.ledger().ends();
  EXPECT_GT(acknowledged, 1000u);

  const auto coordinator = cluster.StartCoordinator();
  const absl::StatusOr<StudySummary> study = cluster.GetStudy();
  ASSERT_TRUE(study.ok()) << study.status();
  const int64_t budget = study->complete() + 500;
  ASSERT_EQ(cluster.PutStudy(budget), absl::OkStatus());
  ASSERT_EQ(cluster.WaitUntilFinished(), absl::OkStatus());
  cluster.StopReporters();
  EXPECT_GE(static_cast<size_t>(budget), acknowledged + 500);
  EXPECT_EQ(cluster.ledger().refusals(), std::vector<std::string>());
  cluster.ExpectFileHoldsEverything(budget);
  RecordProperty("acknowledged", static_cast<int>(cluster.ledger().ends()));
}

}  // namespace
}  // namespace parzen
