// The database is deleted, moved away or replaced under a running coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/integration/store_cluster.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr int kReporters = 4;
constexpr int64_t kBudget = 1500;

ino_t Inode(const std::string& path) {
  struct stat file = {};
  return stat(path.c_str(), &file) == 0 ? file.st_ino : 0;
}

class StoreFileTest : public testing::Test {
 protected:
  StoreFileTest() : coordinator_(cluster_.StartCoordinator()) {
    EXPECT_EQ(cluster_.PutStudy(kBudget), absl::OkStatus());
  }
  // Some work is done and more is under way.
  void GetGoing() {
    cluster_.AddReporters(kReporters);
    ASSERT_TRUE(cluster_.ledger().WaitForEnds(200));
  }
  void ExpectTheStudyEndsWell() {
    ASSERT_EQ(cluster_.WaitUntilFinished(), absl::OkStatus()) << coordinator_->output();
    cluster_.StopReporters();
    coordinator_->Signal(SIGTERM);
    EXPECT_EQ(coordinator_->Wait(), 0) << coordinator_->output();
    cluster_.ExpectFileHoldsEverything(kBudget);
    EXPECT_EQ(cluster_.ledger().refusals(), std::vector<std::string>());
  }
  static void Move(const std::string& from, const std::string& to) {
    for (const char* const suffix : {"", "-wal", "-shm"}) {
      std::error_code missing;  // the logs may not be there
      fs::rename(from + suffix, to + suffix, missing);
    }
  }

  StoreCluster cluster_;
  std::unique_ptr<Process> coordinator_;
};

TEST_F(StoreFileTest, ADeletedFileIsWrittenAgainWithAllThatWasAcknowledged) {
  GetGoing();
  fs::remove(cluster_.db());
  EXPECT_THAT(coordinator_->WaitForLine("was deleted"), HasSubstr("written again"));
  EXPECT_NE(Inode(cluster_.db()), 0u);
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, AFileDeletedWithItsLogsIsWrittenAgainAndSurvivesAKill) {
  GetGoing();
  for (const char* const suffix : {"", "-wal", "-shm", ".lock"}) fs::remove(cluster_.db() + suffix);
  EXPECT_THAT(coordinator_->WaitForLine("was deleted"), HasSubstr("written again"));
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(cluster_.ledger().ends() + 100));
  coordinator_->Signal(SIGKILL);
  coordinator_ = cluster_.StartCoordinator();
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, AFileDeletedWhileNothingHappensIsWrittenAgain) {
  fs::remove(cluster_.db());
  coordinator_->WaitForLine("written again");
  EXPECT_EQ(Rows(cluster_.db(), "SELECT study_name FROM studies"), std::vector<std::string>{"torture"});
}

TEST_F(StoreFileTest, AFileDeletedJustBeforeTheCoordinatorIsStoppedIsWrittenAgain) {
  fs::remove(cluster_.db());
  coordinator_->Signal(SIGTERM);
  EXPECT_EQ(coordinator_->Wait(), 0) << coordinator_->output();
  EXPECT_EQ(Rows(cluster_.db(), "SELECT study_name FROM studies"), std::vector<std::string>{"torture"});
}

TEST_F(StoreFileTest, ADeletedLogLosesNothingEvenWhenTheCoordinatorIsThenKilled) {
  GetGoing();
  fs::remove(cluster_.db() + "-wal");
  EXPECT_THAT(coordinator_->WaitForLine("-wal was deleted"), HasSubstr("is in the database"));
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(cluster_.ledger().ends() + 100));
  coordinator_->Signal(SIGKILL);
  coordinator_ = cluster_.StartCoordinator();
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, ADeletedFolderIsWaitedForAndFilledAgain) {
  const std::string folder = fs::path(cluster_.db()).parent_path();
  GetGoing();
  fs::remove_all(folder);
  EXPECT_THAT(coordinator_->WaitForLine("cannot be written again"), HasSubstr("do not stop this coordinator"));
  fs::create_directory(folder);
  coordinator_->WaitForLine("going on");
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, ASecondCoordinatorIsNotLetInToTheFileThatWasWrittenAgain) {
  for (const char* const suffix : {"", ".lock"}) fs::remove(cluster_.db() + suffix);
  coordinator_->WaitForLine("written again");
  const Finished second = RunToEnd({ParzenBinary(), "coordinator", "--db", cluster_.db(), "--listen", "127.0.0.1:0"});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr("a coordinator already works on this file"));
}

TEST_F(StoreFileTest, AFileThatWasMovedAwayIsWaitedForAndUsedAgain) {
  GetGoing();
  const std::string elsewhere = absl::StrCat(FreshFolder(), "/away.db");
  Move(cluster_.db(), elsewhere);
  EXPECT_THAT(coordinator_->WaitForLine("was moved away"), HasSubstr("move it back"));
  const size_t ends = cluster_.ledger().ends();
  EXPECT_FALSE(cluster_.ledger().WaitForEnds(ends + 1, absl::Seconds(1))) << "acknowledged without a file";
  EXPECT_FALSE(fs::exists(cluster_.db()));
  Move(elsewhere, cluster_.db());
  coordinator_->WaitForLine("going on");
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, AnotherDatabaseAtThePathIsLeftAloneAndOursIsKeptBesideIt) {
  GetGoing();
  const StoreCluster other;
  {
    const auto coordinator = other.StartCoordinator();
    ASSERT_EQ(other.PutStudy(7), absl::OkStatus());
    coordinator->Signal(SIGTERM);
    ASSERT_EQ(coordinator->Wait(), 0);
  }
  const std::string bytes = ReadFile(other.db());
  fs::rename(other.db(), cluster_.db());
  const std::string line = coordinator_->WaitForLine("is another file now");
  EXPECT_THAT(line, HasSubstr(".rescued"));
  cluster_.StopReporters();
  coordinator_->Signal(SIGTERM);
  EXPECT_EQ(coordinator_->Wait(), 0) << coordinator_->output();
  EXPECT_TRUE(ReadFile(cluster_.db()) == bytes) << "something was written into the other database";
  EXPECT_FALSE(fs::exists(cluster_.db() + "-wal")) << "our log would be replayed into the other database";
  EXPECT_EQ(Rows(cluster_.db(), "SELECT budget FROM parzen_studies"), std::vector<std::string>{"7"});

  // What was acknowledged is in the file that was kept; the study goes on with it.
  ASSERT_TRUE(fs::exists(cluster_.db() + ".rescued"));
  fs::rename(cluster_.db() + ".rescued", cluster_.db());
  coordinator_ = cluster_.StartCoordinator();
  cluster_.AddReporters(kReporters);
  ExpectTheStudyEndsWell();
}

}  // namespace
}  // namespace parzen
