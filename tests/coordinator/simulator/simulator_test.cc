// A bounded number of seeds on every run of the tests; `simulate` runs as many as one likes.
#include <filesystem>
#include <memory>

#include "base/log.h"
#include "gtest/gtest.h"
#include "tests/coordinator/simulator/simulation.h"

namespace parzen {
namespace {

class SimulatorTest : public testing::Test {
 protected:
  SimulatorTest() {
    spdlog::set_level(spdlog::level::off);
    absl::StatusOr<std::unique_ptr<SimulatedDisk>> disk =
        SimulatedDisk::Create(std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : testing::TempDir());
    EXPECT_TRUE(disk.ok()) << disk.status();
    disk_ = *std::move(disk);
  }

  std::unique_ptr<SimulatedDisk> disk_;
};

TEST_F(SimulatorTest, NoSeedBreaksARule) {
  constexpr uint64_t kSeeds = 1000;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Outcome outcome = Simulate(*disk_, seed, /*traced=*/false);
    ASSERT_FALSE(outcome.broken.has_value())
        << "seed " << seed << ": " << outcome.broken->first << ": " << outcome.broken->second
        << "\nbazel run //tests/coordinator/simulator:simulate -- --seed " << seed << " --trace shows how";
  }
}

TEST_F(SimulatorTest, ADeterministicStudyIsTheSameWhateverGoesWrong) {
  constexpr uint64_t kStudies = 40, kTroubles = 8;
  for (uint64_t study = 1; study <= kStudies; ++study) {
    std::vector<std::string> table;
    for (uint64_t trouble = 1; trouble <= kTroubles; ++trouble) {
      const Outcome outcome = SimulateDeterministic(*disk_, study, 1000 * study + trouble, /*traced=*/false);
      ASSERT_FALSE(outcome.broken.has_value()) << outcome.broken->first << ": " << outcome.broken->second;
      if (trouble == 1) table = outcome.table;
      ASSERT_EQ(outcome.table, table) << "study " << study << ", troubles " << 1000 * study + trouble;
    }
  }
}

TEST_F(SimulatorTest, ASeedIsTheSameRunToTheLastMessage) {
  for (const uint64_t seed : {3, 14, 15}) {
    const Outcome first = Simulate(*disk_, seed, /*traced=*/true);
    const Outcome second = Simulate(*disk_, seed, /*traced=*/true);
    EXPECT_GT(first.log.size(), 50);
    EXPECT_EQ(first.log, second.log) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parzen
