// The disk under the study database fills up, or is read-only: on small disks that the test mounts for itself.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "studies/store/sqlite.h"
#include "tests/integration/store_cluster.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr int kReporters = 4;
constexpr int64_t kBudget = 1000;

bool WriteText(const std::string& path, const std::string& text) {
  const int file = open(path.c_str(), O_WRONLY);
  const bool written = file >= 0 && write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) close(file);
  return written;
}

// This process, and those it starts, see mounts of their own from now on. Before any thread is started. The error when
// that is not permitted here.
std::string EnterNamespace() {
  const uid_t user = getuid();
  const gid_t group = getgid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return std::strerror(errno);
  WriteText("/proc/self/setgroups", "deny");
  if (!WriteText("/proc/self/uid_map", absl::StrCat("0 ", user, " 1"))) return "uid_map cannot be written";
  if (!WriteText("/proc/self/gid_map", absl::StrCat("0 ", group, " 1"))) return "gid_map cannot be written";
  return "";
}

class StoreDiskTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { refusal_ = EnterNamespace(); }
  void SetUp() override {
    if (!refusal_.empty()) GTEST_SKIP() << "NOT TESTED: no disks can be mounted here: " << refusal_;
    folder_ = FreshFolder();
    ASSERT_EQ(mount("parzen-test", folder_.c_str(), "tmpfs", 0, "size=24m"), 0) << std::strerror(errno);
    cluster_ = std::make_unique<StoreCluster>(folder_);
  }
  void TearDown() override {
    cluster_.reset();
    if (!folder_.empty()) umount2(folder_.c_str(), MNT_DETACH);
  }
  void MakeReadOnly() {
    ASSERT_EQ(mount(nullptr, folder_.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr), 0) << std::strerror(errno);
  }
  // A study that is there, in a file that was closed well.
  void MakeDatabase() {
    const auto coordinator = cluster_->StartCoordinator();
    ASSERT_EQ(cluster_->PutStudy(5), absl::OkStatus());
    coordinator->Signal(SIGTERM);
    ASSERT_EQ(coordinator->Wait(), 0) << coordinator->output();
  }
  std::string BallastPath() const { return folder_ + "/ballast"; }
  // Takes all room but `free` bytes.
  void Fill(uintmax_t free) {
    const std::string block(4096, 'x');
    std::ofstream ballast(BallastPath(), std::ios::binary);
    while (fs::space(folder_).available > free && ballast) ballast << block << std::flush;
  }
  static int Count(const std::string& text, const std::string& part) {
    return static_cast<int>(std::vector<std::string>(absl::StrSplit(text, part)).size()) - 1;
  }
  Finished RunStudy() const {
    const std::string file = FreshFolder() + "/s.textproto";
    std::ofstream(file) << R"(name: "r" objective { direction: MINIMIZE } function { noop {} }
      parameter { name: "x" float { low: 0 high: 1 } } search { sampler { random {} } trials: 3 })";
    return RunToEnd({ParzenBinary(), "run", file, "--db", cluster_->db()});
  }

  static inline std::string refusal_;
  std::string folder_;
  std::unique_ptr<StoreCluster> cluster_;
};

TEST_F(StoreDiskTest, AFullDiskHoldsTheWorkUpSaysSoOnceAndIsGoneOnWithWhenThereIsRoom) {
  const auto coordinator = cluster_->StartCoordinator();
  ASSERT_EQ(cluster_->PutStudy(kBudget), absl::OkStatus());
  Fill(500 << 10);
  cluster_->AddReporters(kReporters);
  const Process worker({ParzenBinary(), "worker", "--coordinator", cluster_->address(), "--slots", "2"});
  EXPECT_THAT(coordinator->WaitForLine("cannot write the study database"),
              AllOf(HasSubstr("no trial is handed out"), HasSubstr("full"), HasSubstr("free some room")));
  const size_t ends = cluster_->ledger().ends();
  EXPECT_FALSE(cluster_->ledger().WaitForEnds(ends + kReporters + 1, absl::Seconds(2)))
      << "acknowledged on a full disk";

  fs::remove(BallastPath());
  coordinator->WaitForLine("going on");
  EXPECT_EQ(Count(coordinator->output(), "cannot write the study database"), 1) << coordinator->output();
  ASSERT_EQ(cluster_->WaitUntilFinished(), absl::OkStatus()) << coordinator->output();
  cluster_->StopReporters();
  EXPECT_EQ(cluster_->ledger().refusals(), std::vector<std::string>());
  cluster_->ExpectFileHoldsEverything(kBudget);
}

TEST_F(StoreDiskTest, ACoordinatorThatIsKilledOnAFullDiskHasLostNothing) {
  auto coordinator = cluster_->StartCoordinator();
  ASSERT_EQ(cluster_->PutStudy(kBudget), absl::OkStatus());
  Fill(300 << 10);
  cluster_->AddReporters(kReporters);
  coordinator->WaitForLine("cannot write the study database");
  coordinator->Signal(SIGKILL);
  EXPECT_EQ(coordinator->Wait(), -SIGKILL);
  fs::remove(BallastPath());
  coordinator = cluster_->StartCoordinator();
  ASSERT_EQ(cluster_->WaitUntilFinished(), absl::OkStatus()) << coordinator->output();
  cluster_->StopReporters();
  cluster_->ExpectFileHoldsEverything(kBudget);
}

TEST_F(StoreDiskTest, ADatabaseThatWasReplacedOnAFullDiskIsKeptOnceThereIsRoom) {
  const auto coordinator = cluster_->StartCoordinator();
  ASSERT_EQ(cluster_->PutStudy(5), absl::OkStatus());
  const std::string other = folder_ + "/other.db";
  ASSERT_EQ(Database::Open(other, Database::Mode::kCreate)->Execute("CREATE TABLE t (a)"), absl::OkStatus());
  Fill(0);
  fs::rename(other, cluster_->db());
  EXPECT_THAT(coordinator->WaitForLine("is another file now"), HasSubstr("do not stop this coordinator"));
  fs::remove(BallastPath());
  EXPECT_THAT(coordinator->WaitForLine("what it held was kept"), HasSubstr(".rescued"));
  EXPECT_EQ(Rows(cluster_->db() + ".rescued", "SELECT study_name FROM studies"), std::vector<std::string>{"torture"});
}

TEST_F(StoreDiskTest, ADatabaseOnAReadOnlyDiskIsReadAndNotWritten) {
  MakeDatabase();
  MakeReadOnly();
  const Finished coordinator = RunToEnd(cluster_->CoordinatorCommand());
  EXPECT_EQ(coordinator.code, 2);
  EXPECT_THAT(coordinator.err, AllOf(HasSubstr(cluster_->db()), HasSubstr("read-only")));
  const Finished run = RunStudy();
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr(cluster_->db()), HasSubstr("read-only")));
  const Finished list = RunToEnd({ParzenBinary(), "study", "list", "--db", cluster_->db()});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("torture"));
}

TEST_F(StoreDiskTest, AReadOnlyFileInAWritableFolderIsReadAndNotWritten) {
  MakeDatabase();
  const char* const file = cluster_->db().c_str();
  ASSERT_EQ(mount(file, file, nullptr, MS_BIND, nullptr), 0) << std::strerror(errno);
  ASSERT_EQ(mount(nullptr, file, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0) << std::strerror(errno);
  const Finished coordinator = RunToEnd(cluster_->CoordinatorCommand());
  EXPECT_EQ(coordinator.code, 2);
  EXPECT_THAT(coordinator.err, AllOf(HasSubstr(cluster_->db()), HasSubstr("read-only")));
  const Finished list = RunToEnd({ParzenBinary(), "study", "list", "--db", cluster_->db()});
  EXPECT_EQ(list.code, 0) << list.err;
  EXPECT_THAT(list.out, HasSubstr("torture"));
}

TEST_F(StoreDiskTest, ADatabaseThatCannotBeMadeSaysWhichFolderMayNotBeWritten) {
  MakeReadOnly();
  for (const Finished& refused : {RunToEnd(cluster_->CoordinatorCommand()), RunStudy()}) {
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, AllOf(HasSubstr(folder_), HasSubstr("may not be written")));
  }
}

}  // namespace
}  // namespace parzen
