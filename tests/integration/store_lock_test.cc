// Others use the study database while a coordinator runs: readers and writers that hold it long, writers that never
// rest, and other coordinators.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "studies/store/sqlite.h"
#include "tests/integration/store_cluster.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using Lines = std::vector<std::string>;

constexpr int kReporters = 8;

class StoreLockTest : public testing::Test {
 protected:
  void Start(int64_t budget) {
    budget_ = budget;
    coordinator_ = cluster_.StartCoordinator();
    ASSERT_EQ(cluster_.PutStudy(budget), absl::OkStatus());
    cluster_.AddReporters(kReporters);
  }
  void ExpectTheStudyEndsWell() {
    ASSERT_EQ(cluster_.WaitUntilFinished(), absl::OkStatus()) << coordinator_->output();
    cluster_.StopReporters();
    EXPECT_EQ(cluster_.ledger().refusals(), Lines());
    EXPECT_EQ(Rows(cluster_.db(), "SELECT count(*) FROM parzen_attempts WHERE state = 'LOST'"), Lines{"0"});
  }
  uintmax_t LogBytes() const {
    std::error_code missing;
    const uintmax_t bytes = fs::file_size(cluster_.db() + "-wal", missing);
    return missing ? 0 : bytes;
  }
  Database OpenFile() { return *Database::Open(cluster_.db(), Database::Mode::kReadWrite); }

  StoreCluster cluster_;
  std::unique_ptr<Process> coordinator_;
  int64_t budget_ = 0;
};

TEST_F(StoreLockTest, ALongReaderHoldsNobodyUpAndTheLogShrinksWhenItEnds) {
  Start(1500);
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(100));
  Database reader = OpenFile();
  ASSERT_EQ(reader.Execute("BEGIN; SELECT count(*) FROM trials"), absl::OkStatus());
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(900)) << coordinator_->output();
  const uintmax_t grown = LogBytes();
  EXPECT_GT(grown, 8u << 20) << "the reader did not keep the log from being taken over";
  ASSERT_EQ(reader.Execute("ROLLBACK"), absl::OkStatus());
  ExpectTheStudyEndsWell();
  EXPECT_TRUE(WaitUntil([&] { return LogBytes() <= 5u << 20; })) << LogBytes() << " after " << grown;
  cluster_.ExpectFileHoldsEverything(budget_);
}

TEST_F(StoreLockTest, AWriterThatNeverRestsNeitherStopsTheStudyNorLosesAnything) {
  constexpr int kTransactions = 2000;
  Start(1500);
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(100));
  std::thread hammer([&] {
    Database other = OpenFile();
    EXPECT_EQ(other.Execute("PRAGMA synchronous = FULL"), absl::OkStatus());
    EXPECT_EQ(other.Execute("INSERT INTO studies (study_name) VALUES ('others')"), absl::OkStatus());
    for (int i = 0; i < kTransactions; ++i) {
      EXPECT_EQ(other.Execute(absl::StrCat("BEGIN IMMEDIATE; INSERT INTO study_user_attributes (study_id, \"key\", "
                                           "value_json) SELECT study_id, 'k",
                                           i, "', '", i, "' FROM studies WHERE study_name = 'others'; COMMIT")),
                absl::OkStatus());
    }
  });
  const bool went_on = cluster_.ledger().WaitForEnds(500);
  hammer.join();
  EXPECT_TRUE(went_on) << coordinator_->output();
  ExpectTheStudyEndsWell();
  EXPECT_EQ(coordinator_->output().find("cannot write"), std::string::npos) << coordinator_->output();
  EXPECT_EQ(Rows(cluster_.db(), "SELECT count(*) FROM study_user_attributes"), Lines{absl::StrCat(kTransactions)});
  cluster_.ExpectFileHoldsEverything(budget_);
}

TEST_F(StoreLockTest, AWriterThatHoldsTheLockLongIsNamedAndWaitedForAndNoLeaseRunsOut) {
  Start(6000);  // for seconds: the writer has to find a moment between two of the coordinator's commits
  ASSERT_TRUE(cluster_.ledger().WaitForEnds(100));
  Database writer = OpenFile();
  ASSERT_EQ(writer.Execute("BEGIN IMMEDIATE"), absl::OkStatus());
  const size_t ends = cluster_.ledger().ends();
  ASSERT_LT(ends, 5000u) << "the writer got the file too late for this test";
  // Longer than two leases, and than two of the coordinator's attempts.
  EXPECT_FALSE(cluster_.ledger().WaitForEnds(ends + kReporters + 1, absl::Seconds(20)));
  EXPECT_THAT(coordinator_->WaitForLine("cannot write the study database"), HasSubstr("locked by another writer"));
  ASSERT_EQ(writer.Execute("ROLLBACK"), absl::OkStatus());
  coordinator_->WaitForLine("going on");
  ExpectTheStudyEndsWell();
  cluster_.ExpectFileHoldsEverything(budget_);
}

class SecondCoordinatorTest : public testing::Test {
 protected:
  SecondCoordinatorTest() : first_(cluster_.StartCoordinator()) {}
  // A second one, started on this path in `folder`.
  static Finished StartSecond(const std::string& db, const std::string& folder = "/") {
    return RunToEnd({"/bin/sh", "-c",
                     absl::StrCat("cd '", folder, "' && exec '", fs::absolute(ParzenBinary()).string(),
                                  "' coordinator --db '", db, "' --listen 127.0.0.1:0")});
  }
  void ExpectRefused(const Finished& second) {
    char host[256] = {};
    gethostname(host, sizeof(host) - 1);
    EXPECT_EQ(second.code, 1);
    EXPECT_EQ(second.out, "");
    EXPECT_THAT(second.err, AllOf(HasSubstr("a coordinator already works on this file"),
                                  HasSubstr(absl::StrCat("host ", host, ", pid ", first_->pid()))));
  }

  StoreCluster cluster_;
  std::unique_ptr<Process> first_;
};

TEST_F(SecondCoordinatorTest, IsToldWhoHoldsTheFile) { ExpectRefused(StartSecond(cluster_.db())); }

TEST_F(SecondCoordinatorTest, IsNotLetInByARelativePath) {
  const fs::path db = cluster_.db();
  ExpectRefused(StartSecond(db.filename(), db.parent_path()));
  ExpectRefused(StartSecond("../" + db.parent_path().filename().string() + "/./s.db", db.parent_path()));
}

TEST_F(SecondCoordinatorTest, IsNotLetInByASymbolicLink) {
  const std::string link = FreshFolder() + "/link.db";
  fs::create_symlink(cluster_.db(), link);
  ExpectRefused(StartSecond(link));
}

TEST_F(SecondCoordinatorTest, IsNotLetInByAHardLink) {
  const std::string link = FreshFolder() + "/link.db";
  fs::create_hard_link(cluster_.db(), link);
  ExpectRefused(StartSecond(link));
}

TEST_F(SecondCoordinatorTest, IsNotLetInWhenTheLockFileWasDeleted) {
  fs::remove(cluster_.db() + ".lock");
  ExpectRefused(StartSecond(cluster_.db()));
}

TEST_F(SecondCoordinatorTest, MakesNothingWhereTheFileOfTheFirstWasDeleted) {
  first_->Signal(SIGSTOP);  // so that it does not write the file again meanwhile
  fs::remove(cluster_.db());
  ExpectRefused(StartSecond(cluster_.db()));
  EXPECT_FALSE(fs::exists(cluster_.db()));
  first_->Signal(SIGCONT);
  first_->WaitForLine("written again");
}

TEST_F(SecondCoordinatorTest, TakesOverOnceTheFirstWasKilled) {
  first_->Signal(SIGKILL);
  EXPECT_EQ(first_->Wait(), -SIGKILL);
  first_ = cluster_.StartCoordinator();
  EXPECT_EQ(cluster_.PutStudy(3), absl::OkStatus());
}

TEST(SecondRunTest, IsToldWhoHoldsTheFile) {
  const std::string folder = FreshFolder();
  const std::string file = folder + "/s.textproto";
  std::ofstream(file) << R"(name: "r" objective { direction: MINIMIZE } function { sleep { seconds: 60 } }
      parameter { name: "x" float { low: 0 high: 1 } } search { sampler { random {} } trials: 3 })";
  const std::vector<std::string> command = {ParzenBinary(), "run", file, "--db", folder + "/s.db"};
  Process first(command);
  first.WaitForLine("study: r");
  const Finished second = RunToEnd(command);
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, HasSubstr(absl::StrCat("pid ", first.pid())));
}

}  // namespace
}  // namespace parzen
