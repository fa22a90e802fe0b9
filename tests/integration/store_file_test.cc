// The database is deleted, moved away or replaced under a running coordinator.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "studies/store/sqlite.h"
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
  // More is done, or all of it: a quick machine may be through already.
  void GoOn() {
    ASSERT_TRUE(cluster_.ledger().WaitForEnds(std::min<int64_t>(cluster_.ledger().ends() + 100, kBudget)));
  }
  void ExpectTheStudyEndsWell() {
    ASSERT_EQ(cluster_.WaitUntilFinished(), absl::OkStatus()) << coordinator_->output();
    cluster_.StopReporters();
    coordinator_->Signal(SIGTERM);
    EXPECT_EQ(coordinator_->Wait(), 0) << coordinator_->output();
    cluster_.ExpectFileHoldsEverything(kBudget);
    EXPECT_EQ(cluster_.ledger().refusals(), std::vector<std::string>());
  }
  // Commits so many attributes, as a process that knows nothing of the coordinator.
  void WriteAsAnotherProgram(int attributes) {
    Database other = *Database::Open(cluster_.db(), Database::Mode::kReadWrite);
    for (int i = 0; i < attributes; ++i) {
      ASSERT_EQ(other.Execute(absl::StrCat("INSERT INTO study_user_attributes (study_id, \"key\", value_json) "
                                           "SELECT study_id, 'k",
                                           i, "', '1' FROM studies")),
                absl::OkStatus());
    }
  }
  // All connections of the coordinator share the index with other programs.
  void ExpectNoDeletedFileIsOpen() {
    EXPECT_EQ(ReadFile(absl::StrCat("/proc/", coordinator_->pid(), "/maps")).find("-shm (deleted)"), std::string::npos);
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
  GoOn();
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
  GoOn();
  coordinator_->Signal(SIGKILL);
  coordinator_ = cluster_.StartCoordinator();
  ExpectTheStudyEndsWell();
}

TEST_F(StoreFileTest, WithItsLogsDeletedTheCoordinatorAndOtherProgramsStillSeeWhatEachCommits) {
  GetGoing();
  for (const char* const suffix : {"-wal", "-shm"}) fs::remove(cluster_.db() + suffix);
  EXPECT_THAT(coordinator_->WaitForLine("was deleted"), HasSubstr("is in the database"));
  WriteAsAnotherProgram(100);
  GoOn();
  ExpectNoDeletedFileIsOpen();
  coordinator_->Signal(SIGKILL);
  coordinator_ = cluster_.StartCoordinator();
  ExpectTheStudyEndsWell();
  EXPECT_EQ(Rows(cluster_.db(), "SELECT count(*) FROM study_user_attributes"), std::vector<std::string>{"100"});
}

TEST_F(StoreFileTest, WithTheIndexOfItsLogDeletedTheSame) {
  GetGoing();
  fs::remove(cluster_.db() + "-shm");
  EXPECT_THAT(coordinator_->WaitForLine("-shm was deleted"), HasSubstr("is in the database"));
  WriteAsAnotherProgram(100);
  ExpectNoDeletedFileIsOpen();
  ExpectTheStudyEndsWell();
  EXPECT_EQ(Rows(cluster_.db(), "SELECT count(*) FROM study_user_attributes"), std::vector<std::string>{"100"});
}

TEST_F(StoreFileTest, WithItsLogsDeletedThoseWhoGoOnWithTheOldOnesAreWaitedFor) {
  auto other = std::make_unique<Database>(*Database::Open(cluster_.db(), Database::Mode::kReadWrite));
  ASSERT_EQ(other->Execute("SELECT count(*) FROM trials"), absl::OkStatus());
  GetGoing();
  for (const char* const suffix : {"-wal", "-shm"}) fs::remove(cluster_.db() + suffix);
  EXPECT_THAT(coordinator_->WaitForLine("was deleted while other programs"), HasSubstr("end them"));
  EXPECT_EQ(other->Execute("INSERT INTO studies (study_name) VALUES ('others')"), absl::OkStatus());
  other.reset();
  coordinator_->WaitForLine("is in the database");
  ExpectTheStudyEndsWell();
  EXPECT_EQ(Rows(cluster_.db(), "SELECT study_name FROM studies ORDER BY 1"),
            (std::vector<std::string>{"others", "torture"}));
}

TEST_F(StoreFileTest, ADeletedFolderIsWaitedForAndFilledAgain) {
  const std::string folder = fs::path(cluster_.db()).parent_path();
  GetGoing();
  // The coordinator may write a file into it meanwhile.
  std::error_code error;
  for (int tries = 0; tries < 1000 && (tries == 0 || error); ++tries) fs::remove_all(folder, error);
  ASSERT_FALSE(error) << error.message();
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

TEST_F(StoreFileTest, AFileThatWasMovedWithoutItsLogHasEverythingWhereItIsNow) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    StoreCluster cluster;
    auto coordinator = cluster.StartCoordinator();
    ASSERT_EQ(cluster.PutStudy(kBudget), absl::OkStatus());
    cluster.AddReporters(kReporters);
    ASSERT_TRUE(cluster.ledger().WaitForEnds(200));
    const std::string elsewhere = absl::StrCat(FreshFolder(), "/away.db");
    fs::rename(cluster.db(), elsewhere);
    EXPECT_THAT(coordinator->WaitForLine("was moved away"), HasSubstr("start one where it is now"));
    cluster.StopReporters();
    coordinator->Signal(signal);
    coordinator->Wait();
    // A new coordinator on the file, under the address that the reporters know.
    for (const char* const suffix : {"-wal", "-shm"}) fs::remove(cluster.db() + suffix);
    fs::rename(elsewhere, cluster.db());
    coordinator = cluster.StartCoordinator();
    cluster.AddReporters(kReporters);
    ASSERT_EQ(cluster.WaitUntilFinished(), absl::OkStatus()) << coordinator->output();
    cluster.StopReporters();
    cluster.ExpectFileHoldsEverything(kBudget);
  }
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
