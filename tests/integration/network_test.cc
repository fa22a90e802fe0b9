// A cluster on hosts with cables between them: what becomes of its studies when cables are pulled, lose packets, or
// lead to a coordinator that has moved.
#include "tests/integration/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/integration/store_cluster.h"

namespace parzen {
namespace {

using testing::HasSubstr;

constexpr int kWorkers = 2;
// Hosts of their own have all ports to themselves.
constexpr char kListen[] = "0.0.0.0:7717";
// No case may take longer than about this.
constexpr absl::Duration kShortly = absl::Seconds(25);

class NetworkTest : public testing::Test {
 protected:
  void SetUp() override {
    absl::StatusOr<std::unique_ptr<Network>> made = Network::Make(kWorkers);
    if (!made.ok()) return Skip(made.status());
    network_ = *std::move(made);
  }

  static void Skip(const absl::Status& why) {
    std::cerr << "NOT TESTED: there can be no such network here: " << why.message() << std::endl;
    GTEST_SKIP() << "NOT TESTED: " << why.message();
  }

  // A study of trials that do nothing for so long.
  void CreateStudy(int trials, double seconds) const {
    const std::string file = folder_ + "/s.textproto";
    std::ofstream(file) << "name: \"s\" objective { direction: MINIMIZE } function { sleep { seconds: " << seconds
                        << " } } parameter { name: \"x\" float { low: 0 high: 1 } } search { sampler { random {} } "
                        << "trials: " << trials << " seed: 1 }";
    const Finished created = RunToEnd({ParzenBinary(), "study", "create", file, "--db", db_});
    ASSERT_EQ(created.code, 0) << created.err;
  }
  std::unique_ptr<Process> StartCoordinator(int lease_seconds) const {
    std::vector<std::string> command = {ParzenBinary(), "coordinator", "--db",    db_,
                                        "--listen",     kListen,       "--lease", absl::StrCat(lease_seconds)};
    if (keys_.empty()) command.push_back("--insecure");
    if (!keys_.empty()) command.insert(command.end(), {"--tls", keys_});
    auto coordinator = std::make_unique<Process>(network_->OnCoordinatorHost(command));
    coordinator->WaitForLine("listening on ");
    return coordinator;
  }
  // Named "worker-0" and so on; returns when it is connected.
  std::unique_ptr<Process> StartWorker(int worker) const {
    std::vector<std::string> command = {ParzenBinary(),  "worker",
                                        "--coordinator", absl::StrCat(Network::kCoordinator, ":7717"),
                                        "--name",        absl::StrCat("worker-", worker),
                                        "--cache",       absl::StrCat(folder_, "/cache-", worker)};
    if (!keys_.empty()) command.insert(command.end(), {"--tls", keys_});
    auto started = std::make_unique<Process>(network_->OnWorkerHost(worker, command));
    started->WaitForLine("connected to ");
    return started;
  }
  void MakeKeys() {
    keys_ = folder_ + "/keys";
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"init", keys_}, {"coordinator", keys_, "--host", Network::kCoordinator}, {"worker", keys_}}) {
      std::vector<std::string> command = {ParzenBinary(), "cert"};
      command.insert(command.end(), words.begin(), words.end());
      const Finished made = RunToEnd(command);
      ASSERT_EQ(made.code, 0) << made.err;
    }
  }

  // The one number that the query returns.
  int64_t Count(const std::string& sql) const {
    int64_t count = -1;
    const std::vector<std::string> rows = Rows(db_, sql);
    return rows.size() == 1 && absl::SimpleAtoi(rows[0], &count) ? count : -1;
  }
  // Attempts of a worker that have ended with its report.
  int64_t EndedBy(int worker) const {
    return Count(
        absl::StrCat("SELECT count(*) FROM parzen_attempts JOIN parzen_workers USING (worker_id) "
                     "WHERE ended_by_worker AND name = 'worker-",
                     worker, "'"));
  }
  int64_t Complete() const { return Count("SELECT count(*) FROM trials WHERE state = 'COMPLETE'"); }
  bool WaitUntilComplete(int64_t trials) const {
    return WaitUntil([&] { return Complete() == trials; }, kShortly);
  }
  // Every trial is complete, by one attempt that was acknowledged; nothing is left open.
  void ExpectExactly(int64_t budget) const {
    EXPECT_EQ(Rows(db_, "SELECT count(*), count(DISTINCT number), min(number), max(number) FROM trials"),
              std::vector<std::string>{absl::StrCat(budget, "|", budget, "|0|", budget - 1)});
    EXPECT_EQ(Complete(), budget);
    EXPECT_EQ(Count("SELECT count(*) FROM parzen_attempts WHERE state = 'OPEN'"), 0);
    EXPECT_EQ(Count("SELECT count(*) FROM parzen_attempts WHERE state = 'ENDED' AND ended_by_worker"), budget);
    EXPECT_EQ(Count("SELECT count(DISTINCT trial_id) FROM parzen_attempts WHERE state = 'ENDED'"), budget);
    EXPECT_EQ(Count("SELECT count(*) FROM trial_values"), budget);
  }

  const std::string folder_ = FreshFolder();
  const std::string db_ = folder_ + "/s.db";
  std::string keys_;  // their folder; empty without TLS
  std::unique_ptr<Network> network_;
};

// "... trial 7 starts"
std::string NumberOfTrialIn(const std::string& line) {
  const size_t begin = line.find("trial ") + 6;
  return line.substr(begin, line.find(' ', begin) - begin);
}

TEST_F(NetworkTest, AWorkerThatIsCutOffForLessThanItsLeaseLosesNothing) {
  constexpr int64_t kBudget = 16;
  CreateStudy(kBudget, /*seconds=*/0.4);
  const auto coordinator = StartCoordinator(/*lease_seconds=*/6);
  const auto cut_off = StartWorker(0);
  const auto other = StartWorker(1);
  cut_off->WaitForLine(" starts");
  ASSERT_EQ(network_->Unplug(0), absl::OkStatus());
  const int64_t before = EndedBy(1);
  EXPECT_TRUE(WaitUntil([&] { return EndedBy(1) >= before + 3; }, kShortly));  // more than one trial's time
  ASSERT_EQ(network_->Plug(0), absl::OkStatus());
  cut_off->WaitForLine(" starts");
  EXPECT_TRUE(WaitUntilComplete(kBudget)) << coordinator->output() << cut_off->output();
  ExpectExactly(kBudget);
  EXPECT_EQ(Count("SELECT count(*) FROM parzen_attempts"), kBudget);
}

TEST_F(NetworkTest, AWorkerThatIsCutOffForLongerComesBackTooLateAndGoesOn) {
  constexpr int64_t kBudget = 20;
  CreateStudy(kBudget, /*seconds=*/0.7);
  const auto coordinator = StartCoordinator(/*lease_seconds=*/2);
  const auto cut_off = StartWorker(0);
  const auto other = StartWorker(1);
  const std::string number = NumberOfTrialIn(cut_off->WaitForLine(" starts"));
  ASSERT_EQ(network_->Unplug(0), absl::OkStatus());
  const std::string done_again = absl::StrCat(
      "SELECT count(*) FROM parzen_attempts JOIN trials USING (trial_id) JOIN parzen_workers USING (worker_id) "
      "WHERE ended_by_worker AND attempt = 2 AND name = 'worker-1' AND number = ",
      number);
  EXPECT_TRUE(WaitUntil([&] { return Count(done_again) == 1; }, kShortly));
  const int64_t before = EndedBy(0);
  ASSERT_EQ(network_->Plug(0), absl::OkStatus());
  cut_off->WaitForLine("a result came too late");
  EXPECT_TRUE(WaitUntilComplete(kBudget)) << coordinator->output() << cut_off->output();
  EXPECT_GT(EndedBy(0), before);
  ExpectExactly(kBudget);
  EXPECT_EQ(Count("SELECT count(*) FROM parzen_attempts WHERE state = 'LOST'"), 1);
  const Finished why = RunToEnd({ParzenBinary(), "trial", "why", number, "--db", db_});
  EXPECT_EQ(why.code, 0) << why.err;
  EXPECT_THAT(why.out, HasSubstr("a late report was refused"));
}

TEST_F(NetworkTest, NothingIsLostOrDoubledWhereAFifthOfThePacketsIs) {
  constexpr int64_t kBudget = 40;
  const auto coordinator = StartCoordinator(/*lease_seconds=*/5);
  const auto first = StartWorker(0);
  const auto second = StartWorker(1);
  for (int worker = 0; worker < kWorkers; ++worker) {
    if (const absl::Status lossy = network_->LosePackets(worker, 20); !lossy.ok()) return Skip(lossy);
  }
  CreateStudy(kBudget, /*seconds=*/0.1);
  EXPECT_TRUE(WaitUntilComplete(kBudget)) << coordinator->output() << first->output() << second->output();
  ExpectExactly(kBudget);
  for (int worker = 0; worker < kWorkers; ++worker) {
    const absl::StatusOr<int64_t> lost = network_->LostPackets(worker);
    ASSERT_TRUE(lost.ok()) << lost.status();
    EXPECT_GT(*lost, 10);
    EXPECT_GT(EndedBy(worker), 0);
  }
}

// Its host goes silent with it, as one without power does: no connection is told. The name is in the hosts file only,
// and no DNS server answers.
TEST_F(NetworkTest, WorkersFindACoordinatorThatHasMovedBehindItsName) {
  constexpr int64_t kBudget = 16;
  MakeKeys();
  CreateStudy(kBudget, /*seconds=*/0.3);
  auto coordinator = StartCoordinator(/*lease_seconds=*/10);
  const auto first = StartWorker(0);
  const auto second = StartWorker(1);
  first->WaitForLine(" starts");
  second->WaitForLine(" starts");
  for (int worker = 0; worker < kWorkers; ++worker) ASSERT_EQ(network_->Unplug(worker), absl::OkStatus());
  coordinator->Signal(SIGKILL);
  coordinator->Wait();
  ASSERT_EQ(network_->MoveCoordinator("10.77.0.2"), absl::OkStatus());
  for (int worker = 0; worker < kWorkers; ++worker) ASSERT_EQ(network_->Plug(worker), absl::OkStatus());
  coordinator = StartCoordinator(/*lease_seconds=*/10);
  EXPECT_TRUE(WaitUntilComplete(kBudget)) << coordinator->output() << first->output() << second->output();
  ExpectExactly(kBudget);
  EXPECT_EQ(Count("SELECT count(*) FROM parzen_attempts"), kBudget);  // what was held, was held on to
}

// They have nothing to say that would fail.
TEST_F(NetworkTest, IdleWorkersFindACoordinatorThatHasMoved) {
  auto coordinator = StartCoordinator(/*lease_seconds=*/10);
  const auto first = StartWorker(0);
  const auto second = StartWorker(1);
  for (int worker = 0; worker < kWorkers; ++worker) ASSERT_EQ(network_->Unplug(worker), absl::OkStatus());
  coordinator->Signal(SIGKILL);
  coordinator->Wait();
  ASSERT_EQ(network_->MoveCoordinator("10.77.0.2"), absl::OkStatus());
  for (int worker = 0; worker < kWorkers; ++worker) ASSERT_EQ(network_->Plug(worker), absl::OkStatus());
  coordinator = StartCoordinator(/*lease_seconds=*/10);
  first->WaitForLine("connected to ");
  second->WaitForLine("connected to ");
  CreateStudy(/*trials=*/4, /*seconds=*/0.1);
  EXPECT_TRUE(WaitUntilComplete(4)) << coordinator->output() << first->output() << second->output();
  ExpectExactly(4);
}

}  // namespace
}  // namespace parzen
