// Hunts what is lost or doubled when a process dies at a bad moment, the disk fills up, or others use the file.
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Nothing may grow a file beyond `bytes` while this lives: a full disk of this process's own.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    old_handler_ = signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit = {bytes, old_limit_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &old_limit_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  sighandler_t old_handler_;
  rlimit old_limit_;
};

class DurabilityTest : public StoreTest {
 protected:
  // Another process does `work` on the file and is then killed, at once and without a chance to clean up. False when it
  // did not come so far.
  bool KilledAfter(const std::function<bool(Store& store)>& work) {
    const pid_t child = fork();
    if (child == 0) {
      const auto store = Store::Open(Path(), Store::Mode::kCreate);
      if (!store.ok() || !work(**store)) _exit(1);
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

  static bool Insert(Store& store, int64_t number) {
    const auto space = SearchSpace::Create(ForestSpec("s"));
    return store.InsertTrial(1, number, *space, ForestPoint(0.1), kNoon).ok();
  }

  std::vector<std::string> Numbers() { return Query(Path(), "SELECT number FROM trials ORDER BY number"); }
};

TEST_F(DurabilityTest, WhatWasCommittedSurvivesAKill) {
  EXPECT_TRUE(KilledAfter([](Store& store) {
    return store.Begin().ok() && store.CreateStudy(ForestSpec("s"), {}, 3, kNoon).ok() && Insert(store, 0) &&
           store.Commit().ok();
  }));
  Open(Store::Mode::kReadWrite);
  EXPECT_EQ(store().FindStudy("s")->budget, 3);
  EXPECT_THAT(Numbers(), ElementsAre("0"));
}

TEST_F(DurabilityTest, WhatWasNotCommittedIsGoneAfterAKill) {
  Open();
  CreateStudy(ForestSpec("s"));
  Close();
  EXPECT_TRUE(KilledAfter([](Store& store) {
    return store.Begin().ok() && Insert(store, 0) && store.Commit().ok() && store.Begin().ok() && Insert(store, 1) &&
           store.MoveTrial(1, COMPLETE, {0.5}, kNoon).ok();
  }));
  Open(Store::Mode::kReadWrite);
  EXPECT_THAT(Numbers(), ElementsAre("0"));
  EXPECT_EQ(GetTrial("s", 0)->state(), RUNNING);
}

TEST_F(DurabilityTest, AKilledWritersLockIsGoneWithIt) {
  Open();
  CreateStudy(ForestSpec("s"));
  Close();
  EXPECT_TRUE(KilledAfter([](Store& store) { return store.Begin().ok() && Insert(store, 0); }));
  Open(Store::Mode::kReadWrite);
  AddTrial(1, ForestPoint(0.1));
  EXPECT_THAT(Numbers(), ElementsAre("0"));
}

TEST_F(DurabilityTest, AReaderSeesWhatAKilledWriterLeftInItsLog) {
  EXPECT_TRUE(KilledAfter([](Store& store) {
    return store.Begin().ok() && store.CreateStudy(ForestSpec("s"), {}, 3, kNoon).ok() && store.Commit().ok();
  }));
  Open(Store::Mode::kReadOnly);
  EXPECT_EQ(store().FindStudy("s")->budget, 3);
}

TEST_F(DurabilityTest, ProcessesThatMakeOneFileAtOnceEndWithOneSchema) {
  constexpr int kProcesses = 6;
  int start[2];
  ASSERT_EQ(pipe(start), 0);
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    children.push_back(fork());
    if (children.back() != 0) continue;
    close(start[1]);
    char byte;
    while (read(start[0], &byte, 1) > 0) continue;  // until the parent closes its end
    const auto store = Store::Open(Path(), Store::Mode::kCreate);
    const bool done = store.ok() && (*store)->Begin().ok() &&
                      (*store)->CreateStudy(ForestSpec(absl::StrCat("s", i)), {}, 0, kNoon).ok() &&
                      (*store)->Commit().ok();
    _exit(done ? 0 : 1);
  }
  close(start[0]);
  close(start[1]);
  for (const pid_t child : children) {
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  Open(Store::Mode::kReadWrite);
  EXPECT_THAT(*store().LoadStudies(), SizeIs(kProcesses));
  EXPECT_THAT(Query(Path(), "PRAGMA integrity_check"), ElementsAre("ok"));
  EXPECT_THAT(Query(Path(), "SELECT * FROM version_info"), SizeIs(1));
}

TEST_F(DurabilityTest, TwoStoresOnOneFileSeeEachOthersCommits) {
  Open();
  CreateStudy(ForestSpec("s"));
  const auto other = Store::Open(Path(), Store::Mode::kReadWrite);
  ASSERT_TRUE(other.ok());
  AddTrial(1, ForestPoint(0.1));
  ListTrialsRequest all;
  all.set_study("s");
  EXPECT_THAT(StudyReader(**other).ListTrials(all)->trial(), SizeIs(1));
  ASSERT_EQ((*other)->Begin(), absl::OkStatus());
  EXPECT_TRUE(Insert(**other, 1));
  EXPECT_THAT(*ListTrials("s", 0, 10), SizeIs(1));  // not yet committed
  EXPECT_EQ((*other)->Commit(), absl::OkStatus());
  EXPECT_THAT(*ListTrials("s", 0, 10), SizeIs(2));
}

TEST_F(DurabilityTest, AReaderDoesNotWaitForAWriter) {
  Open();
  CreateStudy(ForestSpec("s"));
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  EXPECT_TRUE(Insert(store(), 0));
  const auto reader = StudyReader::Open(Path());
  ASSERT_TRUE(reader.ok()) << reader.status();
  GetStudyRequest request;
  request.set_study("s");
  EXPECT_EQ((*reader)->GetStudy(request)->running(), 0);
}

TEST_F(DurabilityTest, AWriterWaitsForAnother) {
  Open();
  CreateStudy(ForestSpec("s"));
  Close();
  int locked[2];
  ASSERT_EQ(pipe(locked), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto store = Store::Open(Path(), Store::Mode::kReadWrite);
    bool done = store.ok() && (*store)->Begin().ok() && write(locked[1], "x", 1) == 1;
    for (int number = 0; done && number < 500; ++number) done = Insert(**store, number);
    _exit(done && (*store)->Commit().ok() ? 0 : 1);
  }
  close(locked[1]);
  char byte;
  ASSERT_EQ(read(locked[0], &byte, 1), 1);
  close(locked[0]);
  Open(Store::Mode::kReadWrite);
  ASSERT_EQ(store().Begin(), absl::OkStatus());
  EXPECT_TRUE(Insert(store(), 500));
  EXPECT_EQ(store().Commit(), absl::OkStatus());
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(DurabilityTest, AFullDiskStoresNothingAndGoesOnWhenThereIsRoom) {
  Open();
  const int64_t study_id = CreateStudy(ForestSpec("s"));
  const int64_t trial_id = AddTrial(study_id, ForestPoint(0.1));
  {
    const FullDisk full(FileText(absl::StrCat(Path(), "-wal")).size() + 100);
    ASSERT_EQ(store().Begin(), absl::OkStatus());
    EXPECT_EQ(store().MoveTrial(trial_id, COMPLETE, {0.5}, kNoon), absl::OkStatus());
    EXPECT_THAT(store().Commit(), IsError(absl::StatusCode::kResourceExhausted, Path()));
    EXPECT_EQ(GetTrial("s", 0)->state(), RUNNING);
  }
  Move(trial_id, COMPLETE, {0.5});
  EXPECT_EQ(GetTrial("s", 0)->state(), COMPLETE);
}

TEST_F(DurabilityTest, ADiskThatFillsUpInTheMiddleOfATransactionLosesAllOfIt) {
  Open();
  const int64_t trial_id = AddTrial(CreateStudy(ForestSpec("s")), ForestPoint(0.1));
  const std::string large(32 << 20, 'x');  // more than the page cache holds, so that it reaches the disk before Commit
  {
    const FullDisk full(1 << 20);
    ASSERT_EQ(store().Begin(), absl::OkStatus());
    EXPECT_EQ(store().SetTrialUserAttribute(trial_id, "small", "1"), absl::OkStatus());
    EXPECT_THAT(store().PutArtifact(trial_id, "model", "x", large),
                IsError(absl::StatusCode::kResourceExhausted, Path()));
    EXPECT_THAT(store().SetTrialUserAttribute(trial_id, "after", "1"),
                IsError(absl::StatusCode::kResourceExhausted, ""));
    EXPECT_THAT(store().Commit(), IsError(absl::StatusCode::kResourceExhausted, ""));
  }
  EXPECT_THAT(GetTrial("s", 0)->user_attribute(), SizeIs(0));
  Transact([&] { return store().PutArtifact(trial_id, "model", "x", large); });
}

}  // namespace
}  // namespace parzen
