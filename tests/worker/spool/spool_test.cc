// Ends that a worker could not deliver before it died are there for the next one; what is damaged harms nobody.
#include "worker/spool/spool.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

namespace fs = std::filesystem;

TrialEnd EndOf(const std::string& token) {
  TrialEnd end;
  end.mutable_lease()->set_token(token);
  end.set_failure(absl::StrCat("of ", token));
  return end;
}

class SpoolTest : public testing::Test {
 protected:
  SpoolTest() : folder_(absl::StrCat(testing::TempDir(), "/spool-", getpid(), "-", ++folders_)) {
    fs::create_directory(folder_);
  }
  ~SpoolTest() override { fs::remove_all(folder_); }

  std::unique_ptr<Spool> Open(const std::string& worker) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(folder_, worker);
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }
  // A worker that ends in mid-work, as by kill -9: nothing of it is destroyed in order.
  void RunAndDie(const std::string& worker, const std::function<void(Spool& spool)>& work) {
    const pid_t pid = fork();
    if (pid == 0) {
      work(*Open(worker).release());
      _exit(0);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  std::vector<std::string> Adopt(Spool& spool, const std::string& cluster, absl::Duration later = absl::Seconds(1)) {
    std::vector<std::string> tokens;
    for (const TrialEnd& end : spool.Adopt(cluster, now_ + later)) {
      EXPECT_EQ(end.failure(), absl::StrCat("of ", end.lease().token()));
      tokens.push_back(end.lease().token());
    }
    return tokens;
  }
  std::string File(const std::string& worker) const { return absl::StrCat(folder_, "/spool/", worker, ".ends"); }
  size_t Files() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_ + "/spool"), fs::directory_iterator()));
  }

  static inline int folders_ = 0;
  const std::string folder_;
  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
};

TEST_F(SpoolTest, EndsOfADeadWorkerAreTakenOverOnceAndOutliveTheNextDeathToo) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_);
    spool.Add(EndOf("2"), "c", now_);
    spool.Delivered(EndOf("1").lease());
    spool.Add(EndOf("3"), "c", now_);
  });
  RunAndDie("b", [this](Spool& spool) { spool.Adopt("c", now_); });
  EXPECT_FALSE(fs::exists(File("a")));
  const auto spool = Open("d");
  EXPECT_THAT(Adopt(*spool, "c"), ElementsAre("2", "3"));
  EXPECT_THAT(Adopt(*spool, "c"), IsEmpty());
}

TEST_F(SpoolTest, AWorkerThatIsJustStartingIsNotTakenForDead) {
  std::atomic<bool> over{false};
  const auto other = Open("other");
  std::thread adopting([&] {
    while (!over) other->Adopt("c", now_);
  });
  constexpr int kAttempts = 3000;
  for (int i = 0; i < kAttempts; ++i) {
    const auto spool = Open("a");
    spool->Add(EndOf("1"), "c", now_);
    if (!fs::exists(File("a"))) ADD_FAILURE() << "removed at attempt " << std::exchange(i, kAttempts);
    spool->Delivered(EndOf("1").lease());
  }
  over = true;
  adopting.join();
}

TEST_F(SpoolTest, AWorkerThatCanWriteNothingLeavesTheEndsOfADeadOneWhereTheyAre) {
  RunAndDie("a", [this](Spool& spool) { spool.Add(EndOf("1"), "c", now_); });
  RunAndDie("damaged", [this](Spool& spool) {
    spool.Add(EndOf("2"), "another", now_);
    spool.Add(EndOf("3"), "c", now_);
  });
  std::ofstream(File("damaged"), std::ios::app) << std::string(100, '\0');
  RunAndDie("b", [this](Spool& spool) {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit nothing = {0, 0};  // as on a full disk
    setrlimit(RLIMIT_FSIZE, &nothing);
    if (Adopt(spool, "c") != std::vector<std::string>{"1", "3"}) abort();  // delivered all the same
  });
  EXPECT_THAT(Adopt(*Open("d"), "c"), ElementsAre("1", "3"));
  EXPECT_THAT(Adopt(*Open("e"), "another"), ElementsAre("2"));
}

TEST_F(SpoolTest, AFolderThatSomebodyDeletesIsMadeAgainWithWhatWasInIt) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_);
    spool.Add(EndOf("2"), "c", now_);
    fs::remove_all(folder_);
    spool.Delivered(EndOf("1").lease());
    if (!spool.Add(EndOf("3"), "c", now_)) abort();
  });
  EXPECT_THAT(Adopt(*Open("b"), "c"), ElementsAre("2", "3"));
}

TEST_F(SpoolTest, EndsOfALivingWorkerAreItsOwn) {
  const auto living = Open("a");
  living->Add(EndOf("1"), "c", now_);
  EXPECT_THAT(Adopt(*Open("b"), "c"), IsEmpty());
}

TEST_F(SpoolTest, EndsOfAnotherClusterAreKeptForIt) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_);
    spool.Add(EndOf("2"), "another", now_);
  });
  const auto spool = Open("b");
  EXPECT_THAT(Adopt(*spool, "c"), ElementsAre("1"));
  EXPECT_THAT(Adopt(*spool, "another"), ElementsAre("2"));
}

TEST_F(SpoolTest, NothingIsLeftOnDiskWhenEverythingWasDelivered) {
  {
    const auto spool = Open("a");
    spool->Add(EndOf("1"), "c", now_);
    spool->Delivered(EndOf("1").lease());
  }
  EXPECT_EQ(Files(), 0u);
  {
    const auto spool = Open("b");
    spool->Add(EndOf("1"), "c", now_);
  }
  EXPECT_EQ(Files(), 1u);
}

TEST_F(SpoolTest, WhatWasWrittenInPartIsSkipped) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_);
    spool.Add(EndOf("2"), "c", now_);
  });
  fs::resize_file(File("a"), fs::file_size(File("a")) - 3);
  EXPECT_THAT(Adopt(*Open("b"), "c"), ElementsAre("1"));
  EXPECT_FALSE(fs::exists(File("a")));
}

TEST_F(SpoolTest, DamagedFileIsSetAsideAndWhatStandsBeforeTheDamageIsTaken) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_);
    spool.Add(EndOf("2"), "c", now_);
    spool.Add(EndOf("3"), "c", now_);
  });
  std::fstream file(File("a"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(fs::file_size(File("a")) / 2));
  file.put('\xff');
  file.close();
  EXPECT_THAT(Adopt(*Open("b"), "c"), ElementsAre("1"));
  EXPECT_TRUE(fs::exists(File("a") + ".damaged"));
}

TEST_F(SpoolTest, AnythingThatIsNoSpoolHarmsNobody) {
  Open("a");
  std::ofstream(File("zeros")) << std::string(100, '\0');
  std::ofstream(File("text")) << "these are not the results that you are looking for";
  fs::create_directory(File("folder"));
  fs::create_symlink("/etc/passwd", File("link"));
  EXPECT_THAT(Adopt(*Open("b"), "c"), IsEmpty());
}

TEST_F(SpoolTest, EndThatNobodyTookForAWeekIsDropped) {
  RunAndDie("a", [this](Spool& spool) {
    spool.Add(EndOf("1"), "c", now_ - absl::Hours(24));
    spool.Add(EndOf("2"), "c", now_);
  });
  EXPECT_THAT(Adopt(*Open("b"), "c", Spool::kKept - absl::Hours(1)), ElementsAre("2"));
}

TEST_F(SpoolTest, FileDoesNotGrowWithWhatWasDelivered) {
  const auto spool = Open("a");
  spool->Add(EndOf("kept"), "c", now_);
  for (int i = 0; i < 20'000; ++i) {
    const TrialEnd end = EndOf(absl::StrCat(i));
    spool->Add(end, "c", now_);
    spool->Delivered(end.lease());
  }
  EXPECT_LT(fs::file_size(File("a")), 1u << 19);
}

TEST_F(SpoolTest, FolderIsForItsOwnerOnly) {
  Open("a");
  struct stat status = {};
  ASSERT_EQ(stat((folder_ + "/spool").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
}

TEST_F(SpoolTest, FolderThatCannotBeMadeIsNamedWithTheOptionThatHelps) {
  std::ofstream(folder_ + "/file") << "a file";
  const absl::Status status = Spool::Open(folder_ + "/file", "a").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("--cache"));
}

}  // namespace
}  // namespace parzen
