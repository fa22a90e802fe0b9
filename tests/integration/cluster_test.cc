// Real processes over real sockets and a real database file, killed where it hurts: the study must end with exactly its
// trials, none of them running, and everything that was acknowledged still there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "studies/store/study_reader.h"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Each trial takes some tenths of a second, so that a kill on its first line lands in mid-trial.
std::string StudyText(const std::string& name, int trials) {
  return absl::StrCat(R"(name: ")", name, R"("
    objective { metric: "validation_accuracy" direction: MAXIMIZE }
    train {
      dataset { digits { train: 3000 test: 0 } }
      random_forest { trees: 300 }
    }
    parameter { name: "min_samples_leaf" sets: "random_forest.min_samples_leaf" int { low: 1 high: 4 } }
    parameter { name: "max_features" sets: "random_forest.max_features" categorical { choice: "sqrt" choice: "40" } }
    search { sampler { random {} } trials: )",
                      trials, " seed: 11 }\n");
}

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() : folder_(FreshFolder()), address_(absl::StrCat("unix:", folder_, "/socket")), db_(folder_ + "/s.db") {}

  std::unique_ptr<Process> StartCoordinator() {
    auto coordinator = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "coordinator", "--db", db_, "--listen", address_, "--lease", "3"});
    coordinator->WaitForLine("listening on ");
    return coordinator;
  }
  std::unique_ptr<Process> StartWorker(const std::string& name) {
    auto worker = std::make_unique<Process>(std::vector<std::string>{
        ParzenBinary(), "worker", "--coordinator", address_, "--name", name, "--slots", "1", "--threads", "1"});
    worker->WaitForLine("connected");
    return worker;
  }
  void CreateStudy(const std::string& name, int trials) { CreateStudy(name, StudyText(name, trials)); }
  void CreateStudy(const std::string& name, const std::string& text) {
    const std::string file = absl::StrCat(folder_, "/", name, ".textproto");
    std::ofstream(file) << text;
    const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--coordinator", address_});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  // Watches the study until it is finished.
  void WaitUntilFinished(const std::string& name) {
    const Finished watched = RunToEnd({ParzenBinary(), "study", "watch", name, "--coordinator", address_});
    ASSERT_EQ(watched.code, 0) << watched.err;
  }
  std::vector<TrialRecord> Trials(const std::string& name) {
    const auto reader = StudyReader::Open(db_);
    EXPECT_TRUE(reader.ok()) << reader.status();
    std::vector<TrialRecord> trials;
    for (int64_t number = 0;; ++number) {
      GetTrialRequest request;
      request.set_study(name);
      request.set_number(number);
      absl::StatusOr<TrialRecord> trial = (*reader)->GetTrial(request);
      if (!trial.ok()) return trials;
      trials.push_back(*std::move(trial));
    }
  }
  static void ExpectAllComplete(const std::vector<TrialRecord>& trials, size_t expected) {
    ASSERT_EQ(trials.size(), expected);
    for (const TrialRecord& trial : trials) {
      EXPECT_EQ(trial.state(), COMPLETE) << trial.ShortDebugString();
      EXPECT_EQ(trial.attempt(trial.attempt_size() - 1).state(), ENDED);
    }
  }

  const std::string folder_;
  const std::string address_;
  const std::string db_;
};

TEST_F(ClusterTest, WorkerKilledInMidTrialLosesItsTrialToTheOther) {
  const auto coordinator = StartCoordinator();
  auto doomed = StartWorker("doomed");
  CreateStudy("s", 6);
  doomed->WaitForLine("trial 0 starts");
  doomed->Signal(SIGKILL);
  EXPECT_EQ(doomed->Wait(), -SIGKILL);
  const auto survivor = StartWorker("survivor");
  WaitUntilFinished("s");

  const std::vector<TrialRecord> trials = Trials("s");
  ExpectAllComplete(trials, 6);
  ASSERT_EQ(trials[0].attempt_size(), 2);
  EXPECT_EQ(trials[0].attempt(0).state(), LOST);
  EXPECT_EQ(trials[0].attempt(0).worker(), "doomed");
  EXPECT_EQ(trials[0].attempt(1).worker(), "survivor");
}

TEST_F(ClusterTest, CoordinatorKilledAndStartedAgainEndsTheStudyTheSameWay) {
  auto coordinator = StartCoordinator();
  const auto alice = StartWorker("alice");
  const auto bob = StartWorker("bob");
  CreateStudy("s", 8);
  alice->WaitForLine("starts");
  alice->WaitForLine("starts");  // so one is done and another under way
  Process watcher({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
  watcher.WaitForLine("/8");
  const std::vector<TrialRecord> before = Trials("s");
  coordinator->Signal(SIGKILL);
  EXPECT_EQ(coordinator->Wait(), -SIGKILL);
  watcher.WaitForLine("trying again");
  coordinator = StartCoordinator();
  WaitUntilFinished("s");
  EXPECT_EQ(watcher.Wait(), 0) << watcher.output();

  const std::vector<TrialRecord> trials = Trials("s");
  ExpectAllComplete(trials, 8);
  for (size_t i = 0; i < before.size(); ++i) {
    if (before[i].state() == COMPLETE) {
      EXPECT_EQ(before[i].value(0), trials[i].value(0));
    }
    // The workers kept training and came back with their leases: nothing was trained twice.
    EXPECT_EQ(trials[i].attempt_size(), 1) << trials[i].ShortDebugString();
  }
}

TEST_F(ClusterTest, WorkerStoppedGentlyGivesItsTrialBackAtOnce) {
  const auto coordinator = StartCoordinator();
  auto leaving = StartWorker("leaving");
  CreateStudy("s", 2);
  leaving->WaitForLine("trial 0 starts");
  leaving->Signal(SIGINT);
  EXPECT_EQ(leaving->Wait(), 0) << leaving->output();
  const auto staying = StartWorker("staying");
  WaitUntilFinished("s");

  const std::vector<TrialRecord> trials = Trials("s");
  ExpectAllComplete(trials, 2);
  EXPECT_EQ(trials[0].attempt(0).state(), RELEASED);
}

TEST_F(ClusterTest, HungWorkerLosesItsTrialAndItsLateResultIsNotCounted) {
  const auto coordinator = StartCoordinator();
  auto hung = StartWorker("hung");
  CreateStudy("s", 3);
  hung->WaitForLine("trial 0 starts");
  hung->Signal(SIGSTOP);
  const auto other = StartWorker("other");
  WaitUntilFinished("s");
  hung->Signal(SIGCONT);
  // It finds out that its lease is gone, and lives on.
  hung->Signal(SIGTERM);
  EXPECT_EQ(hung->Wait(), 0) << hung->output();

  const std::vector<TrialRecord> trials = Trials("s");
  ExpectAllComplete(trials, 3);
  ASSERT_EQ(trials[0].attempt_size(), 2);
  EXPECT_EQ(trials[0].attempt(0).state(), LOST);
}

TEST_F(ClusterTest, ResultsDoNotDependOnHowManyWorkersThereWere) {
  const auto coordinator = StartCoordinator();
  CreateStudy("one", 4);
  {
    const auto alone = StartWorker("alone");
    WaitUntilFinished("one");
  }
  CreateStudy("three", 4);
  const auto a = StartWorker("a");
  const auto b = StartWorker("b");
  const auto c = StartWorker("c");
  WaitUntilFinished("three");

  const std::vector<TrialRecord> one = Trials("one");
  const std::vector<TrialRecord> three = Trials("three");
  ASSERT_EQ(one.size(), three.size());
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].value(0), three[i].value(0)) << "trial " << i;
    EXPECT_EQ(one[i].parameter(0).json(), three[i].parameter(0).json()) << "trial " << i;
  }
}

// Long enough for workers to come and go: trials of a few epochs of some hundred milliseconds each.
constexpr char kPausing[] = R"(name: "s"
  objective { metric: "validation_accuracy" direction: MAXIMIZE }
  train {
    dataset { digits { train: 6000 test: 0 } }
    transform { scale { divide_by: 255 } }
    mlp { hidden: 128 dropout: 0.2 batch_norm: true training { epochs: 8 batch_size: 16 } }
  }
  parameter { name: "rate" sets: "mlp.training.learning_rate" float { low: 1e-4 high: 1e-1 log: true } }
  search {
    sampler { random {} }
    pruner { successive_halving { reduction_factor: 2 promote: true } }
    trials: 16 seed: 5
  }
)";

TEST_F(ClusterTest, PausedTrialsGoOnOnAnyWorkerToTheSameBitsWhateverIsKilled) {
  auto coordinator = StartCoordinator();
  auto alice = StartWorker("alice");
  const auto bob = StartWorker("bob");
  CreateStudy("s", kPausing);
  alice->WaitForLine("pauses at step");
  bob->WaitForLine("pauses at step");
  alice->Signal(SIGKILL);
  EXPECT_EQ(alice->Wait(), -SIGKILL);
  coordinator->Signal(SIGKILL);
  EXPECT_EQ(coordinator->Wait(), -SIGKILL);
  coordinator = StartCoordinator();
  const auto carol = StartWorker("carol");
  WaitUntilFinished("s");

  const std::vector<TrialRecord> trials = Trials("s");
  ASSERT_EQ(trials.size(), 16u);
  int complete = 0, moved = 0;
  for (const TrialRecord& trial : trials) {
    EXPECT_TRUE(trial.state() == COMPLETE || trial.state() == PRUNED) << trial.ShortDebugString();
    std::set<std::string> workers;
    for (const AttemptRecord& attempt : trial.attempt()) workers.insert(attempt.worker());
    moved += workers.size() > 1 ? 1 : 0;
    if (trial.state() != COMPLETE) continue;
    ++complete;
    EXPECT_EQ(trial.step_size(), 8);
    // Again from the first epoch to the last, without a pause.
    const Finished replay =
        RunToEnd({ParzenBinary(), "trial", "replay", absl::StrCat(trial.number()), "--db", db_, "-f", "csv"});
    EXPECT_EQ(replay.code, 0) << replay.out << replay.err;
    EXPECT_THAT(replay.out, AllOf(HasSubstr(",same\n"), Not(HasSubstr("differs"))));
  }
  EXPECT_GE(complete, 1);
  EXPECT_GE(moved, 1) << "eight go on from the first rung, with whoever asks then";
}

}  // namespace
}  // namespace parzen
