// deploy/slurm/parzen.sbatch on a real Slurm of one node: daemons of the test's own, in a folder and on ports of its
// own, without munge. Needs Slurm's programs and root, who alone may start jobs; skips loudly otherwise.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::HasSubstr;

std::string Program(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/"}) {
    if (access(absl::StrCat(folder, name).c_str(), X_OK) == 0) return folder + name;
  }
  return "";
}

std::string MissingForSlurm() {
  if (geteuid() != 0) return "not root";
  for (const char* name : {"slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel"}) {
    if (Program(name).empty()) return absl::StrCat(name, " is not installed (./setup)");
  }
  return "";
}

// A port that was free a moment ago.
int FreePort() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  close(descriptor);
  return ntohs(address.sin_port);
}

std::string HostName() {
  char host[256] = {};
  gethostname(host, sizeof(host) - 1);
  return std::string(host).substr(0, std::string(host).find('.'));
}

class SlurmTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = MissingForSlurm(); !missing.empty()) {
      GTEST_SKIP() << "SKIPPED: no Slurm to try the job script on: " << missing;
    }
    for (const char* folder : {"/state", "/spool"}) std::filesystem::create_directory(folder_ + folder);
    std::ofstream(folder_ + "/slurm.conf") << Configuration();
    setenv("SLURM_CONF", (folder_ + "/slurm.conf").c_str(), 1);
    setenv("PARZEN", ParzenBinary().c_str(), 1);
    setenv("PARZEN_CACHE", (folder_ + "/cache").c_str(), 1);
    setenv("PARZEN_DB", (folder_ + "/s.db").c_str(), 1);
    unsetenv("PARZEN_COORDINATOR");
    controller_ = std::make_unique<Process>(std::vector<std::string>{Program("slurmctld"), "-D", "-v"});
    controller_->WaitForLine("Running as primary controller");
    node_ = std::make_unique<Process>(std::vector<std::string>{Program("slurmd"), "-D", "-v"});
    node_->WaitForLine("slurmd started");
  }
  ~SlurmTest() override {
    // Jobs outlive Slurm's daemons.
    if (controller_ != nullptr) RunToEnd({Program("scancel"), "--full", "--signal=KILL", "--user=root"});
    for (const absl::Time end = absl::Now() + absl::Seconds(30); controller_ != nullptr && absl::Now() < end;) {
      if (RunToEnd({Program("squeue"), "--noheader"}).out.empty()) break;
    }
    for (const auto& daemon : {node_.get(), controller_.get()}) {
      if (daemon == nullptr) continue;
      daemon->Signal(SIGTERM);
      daemon->Wait();
    }
  }

  std::string Configuration() const {
    const std::string host = HostName();
    return absl::StrCat("ClusterName=parzen\nSlurmctldHost=", host, "(127.0.0.1)\nSlurmctldPort=", FreePort(),
                        "\nSlurmdPort=", FreePort(),
                        "\nAuthType=auth/none\nCredType=cred/none\nSlurmUser=root\nSlurmdUser=root\nStateSaveLocation=",
                        folder_, "/state\nSlurmdSpoolDir=", folder_, "/spool\nSlurmctldPidFile=", folder_,
                        "/slurmctld.pid\nSlurmdPidFile=", folder_,
                        "/slurmd.pid\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
                        "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/none\n"
                        "SelectType=select/cons_tres\nSelectTypeParameters=CR_CPU\nMpiDefault=none\nReturnToService=2\n"
                        "SchedulerParameters=sched_interval=1,batch_sched_delay=0\nKillWait=30\nNodeName=",
                        host, " NodeAddr=127.0.0.1 CPUs=", sysconf(_SC_NPROCESSORS_ONLN),
                        " State=UNKNOWN\nPartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n");
  }
  std::string StudyFile(int trials, double seconds) const {
    const std::string file = folder_ + "/study.textproto";
    std::ofstream(file) << "name: \"idle\"\nobjective { metric: \"value\" direction: MINIMIZE }\n"
                        << "function { sleep { seconds: " << seconds << " } }\n"
                        << "parameter { name: \"x\" float { low: 0 high: 1 } }\n"
                        << "search { sampler { random {} } trials: " << trials << " seed: 1 }\n";
    return file;
  }
  Finished Submit(const std::string& study, const std::vector<std::string>& options) {
    std::vector<std::string> arguments = {Program("sbatch"), "--parsable", "--cpus-per-task=1",
                                          absl::StrCat("--output=", folder_, "/job.out"),
                                          absl::StrCat("--chdir=", folder_)};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {TreeFile("deploy/slurm/parzen.sbatch"), study});
    return RunToEnd(arguments);
  }
  // Rows of a listing of the study database.
  nlohmann::json List(const std::vector<std::string>& what) {
    std::vector<std::string> arguments = {ParzenBinary()};
    arguments.insert(arguments.end(), what.begin(), what.end());
    arguments.insert(arguments.end(), {"--db", folder_ + "/s.db", "-f", "json"});
    const Finished listed = RunToEnd(arguments);
    return listed.code == 0 ? nlohmann::json::parse(listed.out) : nlohmann::json::array();
  }
  int64_t Count(const std::string& state) {
    int64_t count = 0;
    for (const auto& trial : List({"trial", "list"})) count += trial["state"] == state;
    return count;
  }

  const std::string folder_ = FreshFolder();
  std::unique_ptr<Process> controller_;
  std::unique_ptr<Process> node_;
};

TEST_F(SlurmTest, JobSearchesTheStudyToItsEnd) {
  const Finished job = Submit(StudyFile(/*trials=*/6, /*seconds=*/0.05), {"--wait"});
  EXPECT_EQ(job.code, 0) << job.err << ReadFile(folder_ + "/job.out");
  EXPECT_EQ(Count("COMPLETE"), 6) << ReadFile(folder_ + "/job.out");
  EXPECT_EQ(List({"worker", "list"}).size(), 0u) << "a worker is still connected";
}

TEST_F(SlurmTest, JobWhoseWorkersEndDoesNotWaitForTheStudy) {
  setenv("PARZEN_WORKER_OPTIONS", "--no-such-option", 1);
  const Finished job = Submit(StudyFile(/*trials=*/6, /*seconds=*/0.05), {"--wait"});
  unsetenv("PARZEN_WORKER_OPTIONS");
  EXPECT_EQ(job.code, 2) << job.err << ReadFile(folder_ + "/job.out");
  EXPECT_THAT(ReadFile(folder_ + "/job.out"), HasSubstr("ended before the study did"));
}

TEST_F(SlurmTest, JobThatIsToldToEndGivesItsTrialsBackAndTheNextOneGoesOn) {
  setenv("PARZEN_GRACE", "0", 1);
  const std::string study = StudyFile(/*trials=*/4, /*seconds=*/3);
  Finished job = Submit(study, {});
  ASSERT_EQ(job.code, 0) << job.err;
  const std::string id = job.out.substr(0, job.out.find('\n'));
  for (const absl::Time end = absl::Now() + absl::Seconds(60); absl::Now() < end && Count("RUNNING") == 0;) {
  }
  ASSERT_EQ(Count("RUNNING"), 1) << ReadFile(folder_ + "/job.out");
  // What Slurm does before the time is up (--signal=B:TERM@300).
  ASSERT_EQ(RunToEnd({Program("scancel"), "--batch", "--signal=TERM", id}).code, 0);
  for (const absl::Time end = absl::Now() + absl::Seconds(60); absl::Now() < end && Count("RUNNING") > 0;) {
  }
  EXPECT_EQ(Count("RUNNING"), 0) << ReadFile(folder_ + "/job.out");
  unsetenv("PARZEN_GRACE");
  job = Submit(study, {"--wait"});
  EXPECT_EQ(job.code, 0) << job.err << ReadFile(folder_ + "/job.out");
  EXPECT_EQ(Count("COMPLETE"), 4);
  int64_t lost = 0;
  for (const auto& worker : List({"worker", "list", "--all"})) lost += worker["lost"].get<int64_t>();
  EXPECT_EQ(lost, 0);
}

}  // namespace
}  // namespace parzen
