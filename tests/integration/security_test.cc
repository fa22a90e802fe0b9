// Certificates as a user makes and uses them: real processes, and an address that is not localhost's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "nlohmann/json.hpp"
#include "tests/integration/process.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kStudy[] = R"(
  name: "walk" objective { direction: MINIMIZE } function { branin {} }
  parameter { name: "x" float { low: -5 high: 10 } } parameter { name: "y" float { low: 0 high: 15 } }
  search { sampler { random {} } trials: 30 seed: 1 }
)";

class SecurityTest : public testing::Test {
 protected:
  Finished Parzen(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), ParzenBinary());
    return RunToEnd(arguments);
  }
  // The four commands of the help.
  void MakeKeys() const {
    for (const std::vector<std::string>& command :
         std::vector<std::vector<std::string>>{{"cert", "init", keys_},
                                               {"cert", "coordinator", keys_, "--host", "127.0.0.2"},
                                               {"cert", "worker", keys_, "--name", "gpu-7", "--out", worker_keys_},
                                               {"cert", "client", keys_}}) {
      const Finished made = Parzen(command);
      EXPECT_EQ(made.code, 0) << made.err;
    }
  }
  std::unique_ptr<Process> StartCoordinator() {
    auto coordinator = std::make_unique<Process>(std::vector<std::string>{
        ParzenBinary(), "coordinator", "--db", folder_ + "/s.db", "--listen", "127.0.0.2:0", "--tls", keys_});
    const std::string line = coordinator->WaitForLine("listening on ");
    address_ = line.substr(line.rfind(' ') + 1);
    return coordinator;
  }
  static mode_t ModeOf(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777;
  }

  const std::string folder_ = FreshFolder();
  const std::string keys_ = folder_ + "/keys";
  const std::string worker_keys_ = folder_ + "/for-workers";
  std::string address_;
};

TEST_F(SecurityTest, AStudyRunsOverTlsFromKeysToResult) {
  MakeKeys();
  const std::unique_ptr<Process> coordinator = StartCoordinator();
  Process worker({ParzenBinary(), "worker", "--coordinator", address_, "--tls", worker_keys_});
  const std::string file = folder_ + "/walk.textproto";
  std::ofstream(file) << kStudy;
  const Finished created = Parzen({"study", "create", file, "--coordinator", address_, "--tls", keys_});
  ASSERT_EQ(created.code, 0) << created.err;
  const Finished watched = Parzen({"study", "watch", "walk", "--coordinator", address_, "--tls", keys_});
  EXPECT_EQ(watched.code, 0) << watched.err;
  const Finished trials = Parzen({"trial", "list", "walk", "-f", "json", "--coordinator", address_, "--tls", keys_});
  EXPECT_EQ(nlohmann::json::parse(trials.out).size(), 30u) << trials.err;
  worker.Signal(SIGTERM);
  EXPECT_EQ(worker.Wait(), 0) << worker.output();
}

TEST_F(SecurityTest, AWorkerWarnsOfItsCertificatesEnd) {
  ASSERT_EQ(Parzen({"cert", "init", keys_}).code, 0);
  ASSERT_EQ(Parzen({"cert", "worker", keys_, "--name", "gpu-7", "--out", worker_keys_, "--days", "5"}).code, 0);
  Process worker({ParzenBinary(), "worker", "--coordinator", "127.0.0.2:1", "--tls", worker_keys_});
  EXPECT_THAT(worker.WaitForLine("ends in"), HasSubstr("worker.crt ends in"));
}

TEST_F(SecurityTest, WrongKeysAreToldWhatWouldBeRight) {
  MakeKeys();
  const std::unique_ptr<Process> coordinator = StartCoordinator();
  const Finished plain = Parzen({"study", "list", "--coordinator", address_});
  EXPECT_EQ(plain.code, 3);
  EXPECT_THAT(plain.err, HasSubstr("give --tls"));
  const Finished plain_worker = Parzen({"worker", "--coordinator", address_});
  EXPECT_EQ(plain_worker.code, 3);
  EXPECT_THAT(plain_worker.err, HasSubstr("give --tls"));
  const Finished no_client = Parzen({"study", "list", "--coordinator", address_, "--tls", worker_keys_});
  EXPECT_EQ(no_client.code, 2);
  EXPECT_THAT(no_client.err, HasSubstr("client.crt: cannot be read"));
  const Finished client_as_worker = Parzen({"worker", "--coordinator", address_, "--tls-cert", keys_ + "/client.crt",
                                            "--tls-key", keys_ + "/client.key", "--tls-ca", keys_ + "/ca.crt"});
  EXPECT_EQ(client_as_worker.code, 2);
  EXPECT_THAT(client_as_worker.err, HasSubstr("is a certificate of role client; one of role worker is needed"));
}

TEST_F(SecurityTest, AnAddressOfOthersNeedsCertificates) {
  const Finished refused = Parzen({"coordinator", "--db", folder_ + "/s.db", "--listen", "0.0.0.0:0"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("parzen cert init FOLDER\n  parzen cert coordinator FOLDER --host NAME_OR_IP\n  "
                                     "parzen cert worker FOLDER"));
  Process insecure({ParzenBinary(), "coordinator", "--db", folder_ + "/s.db", "--listen", "0.0.0.0:0", "--insecure"});
  EXPECT_THAT(insecure.WaitForLine("whoever reaches"), HasSubstr("--insecure"));
  insecure.WaitForLine("listening on ");
  insecure.Signal(SIGTERM);
  EXPECT_EQ(insecure.Wait(), 0);
}

TEST_F(SecurityTest, KeysAreForTheirOwnerAndNothingIsOverwritten) {
  MakeKeys();
  for (const std::string& key : {keys_ + "/ca.key", keys_ + "/coordinator.key", worker_keys_ + "/worker.key"}) {
    EXPECT_EQ(ModeOf(key), 0600u) << key;
  }
  const std::string before = ReadFile(keys_ + "/ca.key");
  const Finished again = Parzen({"cert", "init", keys_});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("--force replaces it"));
  EXPECT_EQ(ReadFile(keys_ + "/ca.key"), before);
  EXPECT_EQ(Parzen({"cert", "init", keys_, "--force"}).code, 0);
  EXPECT_THAT(ReadFile(keys_ + "/ca.key"), Not(before));
}

TEST_F(SecurityTest, AnotherAuthoritysFolderIsLeftAlone) {
  MakeKeys();
  const std::string others = folder_ + "/others";
  EXPECT_EQ(Parzen({"cert", "init", others}).code, 0);
  const std::string before = ReadFile(worker_keys_ + "/ca.crt");
  const Finished refused = Parzen({"cert", "client", others, "--out", worker_keys_});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("ca.crt is of another authority"));
  EXPECT_EQ(ReadFile(worker_keys_ + "/ca.crt"), before);
  EXPECT_FALSE(std::filesystem::exists(worker_keys_ + "/client.crt"));
  EXPECT_EQ(Parzen({"cert", "client", keys_, "--out", worker_keys_}).code, 0) << "of the same authority";
  EXPECT_EQ(Parzen({"cert", "client", others, "--out", worker_keys_, "--force"}).code, 0);
  EXPECT_EQ(ReadFile(worker_keys_ + "/ca.crt"), ReadFile(others + "/ca.crt"));
}

TEST_F(SecurityTest, DoctorExaminesTheCertificatesThatAreThere) {
  MakeKeys();
  const Finished well = Parzen({"doctor", "--db", folder_ + "/s.db", "--tls", worker_keys_, "-f", "json"});
  EXPECT_EQ(well.code, 0) << well.out;
  EXPECT_THAT(well.out, AllOf(HasSubstr("worker.crt, of a worker"), HasSubstr("not asked")));
  std::filesystem::remove(worker_keys_ + "/worker.key");
  const Finished keyless = Parzen({"doctor", "--db", folder_ + "/s.db", "--tls", worker_keys_, "-f", "json"});
  EXPECT_EQ(keyless.code, 1) << keyless.out;
  EXPECT_THAT(keyless.out, HasSubstr("worker.key"));
}

TEST_F(SecurityTest, CertificatesAreShown) {
  MakeKeys();
  const Finished shown = Parzen({"cert", "show", keys_ + "/coordinator.crt", "-f", "json"});
  const nlohmann::json record = nlohmann::json::parse(shown.out).at(0);
  EXPECT_EQ(record.at("role"), "coordinator");
  EXPECT_EQ(record.at("hosts"), "127.0.0.2, localhost, 127.0.0.1, ::1");
  EXPECT_EQ(record.at("days_left"), 364);
  EXPECT_EQ(
      nlohmann::json::parse(Parzen({"cert", "show", worker_keys_ + "/worker.crt", "-f", "json"}).out).at(0).at("name"),
      "gpu-7");
  EXPECT_EQ(Parzen({"cert", "show", keys_ + "/ca.key"}).code, 2);
  std::vector<std::string> files;
  for (const auto& row : nlohmann::json::parse(Parzen({"cert", "show", keys_, "-f", "json"}).out)) {
    files.push_back(row.at("file").get<std::string>() + " " + row.at("role").get<std::string>());
  }
  EXPECT_THAT(files, testing::ElementsAre("ca.crt authority", "client.crt client", "coordinator.crt coordinator"));
  std::ofstream(keys_ + "/bad.crt") << "no certificate";
  std::ofstream(keys_ + "/empty.crt").flush();
  const Finished with_bad = Parzen({"cert", "show", keys_, "-f", "json"});
  EXPECT_EQ(with_bad.code, 2);
  EXPECT_EQ(nlohmann::json::parse(with_bad.out).size(), 3u);
  EXPECT_THAT(with_bad.err, AllOf(HasSubstr(keys_ + "/bad.crt: "), HasSubstr(keys_ + "/empty.crt: ")));
  const Finished none = Parzen({"cert", "show", FreshFolder()});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("has no certificate"));
}

// Logs are kept, and read by others than those who may act.
TEST_F(SecurityTest, TheTokenOfTheDashboardIsMadeForItsOwnerAndNeverLogged) {
  const std::string file = folder_ + "/token";
  const std::vector<std::string> command = {ParzenBinary(), "coordinator", "--db",        folder_ + "/s.db", "--listen",
                                            "127.0.0.1:0",  "--http",      "127.0.0.1:0", "--http-token",    file};
  Process coordinator(command);
  EXPECT_THAT(coordinator.WaitForLine("can act there"), AllOf(HasSubstr(file), HasSubstr("made just now")));
  coordinator.WaitForLine("/#token=TOKEN");
  coordinator.Signal(SIGINT);
  EXPECT_EQ(coordinator.Wait(), 0) << coordinator.output();
  const std::string token = ReadFile(file).substr(0, 64);
  EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_EQ(token.size(), 64u);
  EXPECT_THAT(coordinator.output(), Not(HasSubstr(token)));
  EXPECT_EQ(ModeOf(file), 0600u);

  ASSERT_EQ(chmod(file.c_str(), 0644), 0);
  const Finished refused = RunToEnd(command);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("--http-token " + file), HasSubstr("chmod 600")));
  const Finished without_http = Parzen({"coordinator", "--db", folder_ + "/s.db", "--http-token", file + "2"});
  EXPECT_EQ(without_http.code, 2);
  EXPECT_THAT(without_http.err, HasSubstr("--http-token: is for --http"));
  EXPECT_EQ(access((file + "2").c_str(), F_OK), -1) << "nothing was made for it";
}

TEST_F(SecurityTest, ReplacedKeysAreTakenUpWithoutARestart) {
  MakeKeys();
  const std::unique_ptr<Process> coordinator = StartCoordinator();
  EXPECT_EQ(Parzen({"cert", "init", keys_, "--force"}).code, 0);
  EXPECT_EQ(Parzen({"cert", "coordinator", keys_, "--host", "127.0.0.2", "--days", "20", "--force"}).code, 0);
  EXPECT_EQ(Parzen({"cert", "client", keys_, "--force"}).code, 0);
  coordinator->WaitForLine("was replaced; new connections use it");
  EXPECT_THAT(coordinator->WaitForLine("ends in "), HasSubstr("coordinator.crt ends in 19 days"));
  EXPECT_EQ(Parzen({"study", "list", "--coordinator", address_, "--tls", keys_}).code, 0);
}

}  // namespace
}  // namespace parzen
