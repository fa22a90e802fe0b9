// Real workers whose slots and whose selves are killed, stopped and drained.
#include <gmock/gmock.h>
#include <poll.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "studies/store/study_reader.h"
#include "tests/integration/process.h"
#include "worker/objectives/file_descriptor.h"
#include "worker/slots/process_tree.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class SlotsTest : public testing::Test {
 protected:
  SlotsTest() : folder_(FreshFolder()), address_(absl::StrCat("unix:", folder_, "/socket")), db_(folder_ + "/s.db") {}

  std::unique_ptr<Process> StartCoordinator() const {
    auto coordinator = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", db_, "--listen", address_, "--lease", "30"});
    coordinator->WaitForLine("listening on ");
    return coordinator;
  }
  std::unique_ptr<Process> StartWorker(const std::string& name) const {
    auto worker = std::make_unique<Process>(std::vector<std::string>{ParzenBinary(), "worker", "--coordinator",
                                                                     address_, "--name", name, "--slots", "1",
                                                                     "--threads", "1", "--cache", folder_ + "/cache"});
    worker->WaitForLine("connected");
    return worker;
  }
  void CreateStudy(const std::string& work, int trials) const {
    const std::string file = absl::StrCat(folder_, "/s.textproto");
    std::ofstream(file) << absl::StrCat(R"(name: "s"
      objective { metric: "value" direction: MINIMIZE }
      function { )",
                                        work, R"( }
      parameter { name: "x" float { low: 0 high: 1 } }
      search { sampler { random {} } trials: )",
                                        trials, " seed: 11 }\n");
    const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--coordinator", address_});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  void WaitUntilFinished() const {
    const Finished watched = RunToEnd({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
    ASSERT_EQ(watched.code, 0) << watched.err;
  }
  TrialRecord Trial(int64_t number) const {
    const auto reader = StudyReader::Open(db_);
    GetTrialRequest request;
    request.set_study("s");
    request.set_number(number);
    absl::StatusOr<TrialRecord> trial = (*reader)->GetTrial(request);
    EXPECT_TRUE(trial.ok()) << trial.status();
    return trial.value_or(TrialRecord());
  }

  const std::string folder_;
  const std::string address_;
  const std::string db_;
};

TEST_F(SlotsTest, ResultOfAWorkerThatWasKilledWhileTheCoordinatorWasDownIsDeliveredByTheNext) {
  auto coordinator = StartCoordinator();
  auto killed = StartWorker("killed");
  CreateStudy("sleep { seconds: 0.5 }", 1);
  killed->WaitForLine("trial 0 starts");
  coordinator->Signal(SIGKILL);
  killed->WaitForLine("waits for the coordinator");
  killed->Signal(SIGKILL);
  EXPECT_EQ(killed->Wait(), -SIGKILL);
  coordinator = StartCoordinator();
  const auto next = StartWorker("next");
  WaitUntilFinished();

  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), COMPLETE);
  ASSERT_EQ(trial.attempt_size(), 1) << trial.ShortDebugString();
  EXPECT_EQ(trial.attempt(0).worker(), "killed");
}

TEST_F(SlotsTest, KilledWorkerTakesItsSlotsWithIt) {
  const auto coordinator = StartCoordinator();
  auto killed = StartWorker("killed");
  CreateStudy("sleep { seconds: 3600 }", 1);
  killed->WaitForLine("trial 0 starts");
  const std::vector<pid_t> slots = Descendants(killed->pid());
  ASSERT_EQ(slots.size(), 1u);
  const FileDescriptor slot = OpenProcess(slots[0]);
  killed->Signal(SIGKILL);
  EXPECT_EQ(killed->Wait(), -SIGKILL);
  constexpr int kPatienceMilliseconds = 60'000;
  pollfd ended{slot.get(), POLLIN, 0};
  EXPECT_EQ(poll(&ended, 1, kPatienceMilliseconds), 1);
}

TEST_F(SlotsTest, TerminatedWorkerEndsItsTrialTakesNoOtherAndLeaves) {
  const auto coordinator = StartCoordinator();
  auto leaving = StartWorker("leaving");
  CreateStudy("sleep { seconds: 0.5 }", 2);
  leaving->WaitForLine("trial 0 starts");
  leaving->Signal(SIGTERM);
  leaving->WaitForLine("draining");
  leaving->WaitForLine("worker leaving ends: it was drained");
  EXPECT_EQ(leaving->Wait(), 0) << leaving->output();
  EXPECT_EQ(Trial(0).state(), COMPLETE);
  const auto staying = StartWorker("staying");
  WaitUntilFinished();
  EXPECT_EQ(Trial(1).attempt(Trial(1).attempt_size() - 1).worker(), "staying");
}

TEST_F(SlotsTest, SecondSignalGivesTheTrialOfADrainingWorkerBack) {
  const auto coordinator = StartCoordinator();
  auto leaving = StartWorker("leaving");
  CreateStudy("sleep { seconds: 3600 }", 1);
  leaving->WaitForLine("trial 0 starts");
  leaving->Signal(SIGTERM);
  leaving->WaitForLine("draining");
  leaving->Signal(SIGINT);
  leaving->WaitForLine("another Ctrl-C ends at once");
  leaving->WaitForLine("ends: it was stopped");
  EXPECT_EQ(leaving->Wait(), 0) << leaving->output();
  EXPECT_EQ(Trial(0).attempt(0).state(), RELEASED);
}

// coreutils' timeout sends SIGTERM to the process and to its group. Here it comes more often, for the system merges
// signals that nobody has taken yet, and in one burst, for only what comes at once is one request.
TEST_F(SlotsTest, SigtermThatComesTwiceAtOnceStillLetsTheTrialEnd) {
  const auto coordinator = StartCoordinator();
  auto leaving = StartWorker("leaving");
  CreateStudy("sleep { seconds: 2 }", 1);
  leaving->WaitForLine("trial 0 starts");
  constexpr int kBurst = 1000;
  for (int i = 0; i < kBurst; ++i) leaving->Signal(SIGTERM);
  leaving->WaitForLine("draining");
  EXPECT_EQ(leaving->Wait(), 0) << leaving->output();
  EXPECT_EQ(Trial(0).attempt(0).state(), ENDED);
}

TEST_F(SlotsTest, SlotThatIsKilledCostsOneAttemptAndTheWorkerGoesOn) {
  const auto coordinator = StartCoordinator();
  auto worker = StartWorker("worker");
  CreateStudy("sleep { seconds: 0.5 }", 2);
  worker->WaitForLine("trial 0 starts");
  const std::vector<pid_t> slots = Descendants(worker->pid());
  ASSERT_EQ(slots.size(), 1u);
  kill(slots[0], SIGKILL);
  EXPECT_THAT(worker->WaitForLine("slot was killed"), HasSubstr("SIGKILL"));
  WaitUntilFinished();
  const TrialRecord trial = Trial(0);
  EXPECT_EQ(trial.state(), COMPLETE);
  EXPECT_EQ(trial.attempt_size(), 2) << trial.ShortDebugString();
}

TEST_F(SlotsTest, SlotCannotBeStartedByHand) {
  const Finished slot = RunToEnd({ParzenBinary(), "slot", "--threads=1"});
  EXPECT_EQ(slot.code, 2);
  EXPECT_THAT(slot.err, HasSubstr("parzen worker --help"));
}

}  // namespace
}  // namespace parzen
