// What an operator does with a running cluster: looks at it, drains a worker, reads logs, asks the doctor.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;

class OperationsTest : public testing::Test {
 protected:
  OperationsTest()
      : folder_(FreshFolder()), address_(absl::StrCat("unix:", folder_, "/socket")), db_(folder_ + "/s.db") {}

  std::unique_ptr<Process> StartCoordinator(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {ParzenBinary(), "coordinator", "--db", db_, "--listen", address_};
    arguments.insert(arguments.end(), more.begin(), more.end());
    auto coordinator = std::make_unique<Process>(arguments);
    coordinator->WaitForLine("listening on ");
    return coordinator;
  }
  std::unique_ptr<Process> StartWorker(const std::string& name) {
    auto worker = std::make_unique<Process>(
        std::vector<std::string>{ParzenBinary(), "worker", "--coordinator", address_, "--name", name});
    worker->WaitForLine("connected");
    return worker;
  }
  Finished Parzen(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), ParzenBinary());
    return RunToEnd(arguments);
  }
  nlohmann::json Workers(const std::string& source, const std::string& place) {
    const Finished listed = Parzen({"worker", "list", "--all", source, place, "-f", "json"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    return nlohmann::json::parse(listed.out);
  }

  const std::string folder_;
  const std::string address_;
  const std::string db_;
};

TEST_F(OperationsTest, WorkersAreListedByCoordinatorAndDatabaseAlike) {
  const auto coordinator = StartCoordinator();
  const auto alice = StartWorker("alice");
  const nlohmann::json asked = Workers("--coordinator", address_);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0]["name"], "alice");
  EXPECT_EQ(asked[0]["state"], "connected");
  EXPECT_EQ(asked[0]["pid"], alice->pid());
  EXPECT_EQ(Workers("--db", db_), asked);
}

TEST_F(OperationsTest, WorkersOfAKilledCoordinatorWereSeenLast) {
  const auto coordinator = StartCoordinator();
  const auto alice = StartWorker("alice");
  coordinator->Signal(SIGKILL);
  coordinator->Wait();
  EXPECT_EQ(Workers("--db", db_)[0]["state"], "last seen");
}

TEST_F(OperationsTest, StudyThatNoWorkerCanDoSaysWhatItWaitsFor) {
  const auto coordinator = StartCoordinator();
  const std::string file = folder_ + "/s.textproto";
  std::ofstream(file) << R"(name: "s" function { sphere {} } objective { direction: MINIMIZE }
    parameter { name: "x" float { low: 0 high: 1 } } search { trials: 3 } placement { label: "gpu" })";
  const Finished alone = Parzen({"study", "create", file, "--coordinator", address_});
  EXPECT_EQ(alone.code, 0) << alone.err;
  EXPECT_THAT(alone.out, HasSubstr("The study waits for a worker: none is connected"));
  const auto alice = StartWorker("alice");
  const Finished shown = Parzen({"study", "show", "s", "--coordinator", address_});
  EXPECT_THAT(shown.out, HasSubstr("The study waits for a worker with --label gpu: none that is connected has it."));
  Process watch({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
  watch.WaitForLine("waits for a worker with --label gpu");
  watch.Signal(SIGINT);
  watch.Wait();
  coordinator->Signal(SIGKILL);
  coordinator->Wait();
  Process of_file({ParzenBinary(), "study", "watch", "s", "--db", db_});
  of_file.WaitForLine("0/3");
  of_file.Signal(SIGINT);
  of_file.Wait();
  EXPECT_THAT(of_file.output(), testing::Not(HasSubstr("waits for a worker")));
}

TEST_F(OperationsTest, WatchThatLosesItsCoordinatorDoesNotBlameTls) {
  const auto coordinator = StartCoordinator();
  const std::string file = folder_ + "/s.textproto";
  std::ofstream(file) << R"(name: "s" function { sphere {} } objective { direction: MINIMIZE }
    parameter { name: "x" float { low: 0 high: 1 } } search { trials: 3 })";
  EXPECT_EQ(Parzen({"study", "create", file, "--coordinator", address_}).code, 0);
  Process watch({ParzenBinary(), "study", "watch", "s", "--coordinator", address_});
  watch.WaitForLine("0/3");
  coordinator->Signal(SIGKILL);
  EXPECT_THAT(watch.WaitForLine("trying again"), testing::Not(HasSubstr("--tls")));
  watch.Signal(SIGINT);
  watch.Wait();
}

TEST_F(OperationsTest, DrainedWorkerEnds) {
  const auto coordinator = StartCoordinator();
  const auto alice = StartWorker("alice");
  const Finished drained = Parzen({"worker", "drain", "alice", "--coordinator", address_});
  EXPECT_EQ(drained.code, 0) << drained.err;
  EXPECT_EQ(drained.out, "alice takes no more trials and ends now\n");
  EXPECT_EQ(alice->Wait(), 0);
  EXPECT_EQ(Parzen({"worker", "drain", "alice", "--coordinator", address_}).code, 2);
}

TEST_F(OperationsTest, DrainWithoutACoordinatorIsUnreachable) {
  const Finished drained = Parzen({"worker", "drain", "alice", "--coordinator", address_});
  EXPECT_EQ(drained.code, 3);
  EXPECT_THAT(drained.err, HasSubstr("no coordinator at"));
}

TEST_F(OperationsTest, JsonLogHasTheWorkersNameBesideTheText) {
  const auto coordinator = StartCoordinator({"--log-format", "json"});
  const auto alice = StartWorker("alice");
  const auto line = nlohmann::json::parse(coordinator->WaitForLine("alice connected"));
  EXPECT_EQ(line["level"], "info");
  EXPECT_EQ(line["worker"], "alice");
  coordinator->Signal(SIGTERM);
  EXPECT_EQ(coordinator->Wait(), 0);
  std::istringstream lines(coordinator->output());
  for (std::string text; std::getline(lines, text);) {
    const bool is_for_people =
        text.empty() || absl::StartsWith(text, "listening on ") || absl::StartsWith(text, "stopping");
    EXPECT_TRUE(is_for_people || nlohmann::json::accept(text)) << text;
  }
}

TEST_F(OperationsTest, LogLevelLeavesOutWhatIsLess) {
  const auto coordinator = StartCoordinator({"--log-level", "error"});
  const auto alice = StartWorker("alice");
  coordinator->Signal(SIGTERM);
  coordinator->Wait();
  EXPECT_THAT(coordinator->output(), testing::Not(HasSubstr("info")));
}

TEST_F(OperationsTest, DoctorFindsAWellClusterWell) {
  const auto coordinator = StartCoordinator();
  const auto alice = StartWorker("alice");
  const Finished examined = Parzen({"doctor", "--db", db_, "--coordinator", address_, "-f", "json"});
  EXPECT_EQ(examined.code, 0) << examined.out << examined.err;
  std::string states;
  for (const auto& row : nlohmann::json::parse(examined.out)) {
    absl::StrAppend(&states, row["check"].get<std::string>(), "=", row["state"].get<std::string>(), "\n");
  }
  for (const char* check : {"coordinator=ok", "health=ok", "version=ok", "workers=ok", "integrity=ok", "writers=ok"}) {
    EXPECT_THAT(states, HasSubstr(check));
  }
}

TEST_F(OperationsTest, DoctorFailsWithoutTheCoordinatorThatWasNamed) {
  const Finished examined = Parzen({"doctor", "--db", db_, "--coordinator", address_});
  EXPECT_EQ(examined.code, 1);
  EXPECT_THAT(examined.out, HasSubstr("FAIL"));
  EXPECT_THAT(examined.err, HasSubstr("failed"));
}

}  // namespace
}  // namespace parzen
