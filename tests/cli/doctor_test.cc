#include "cli/doctor.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "coordinator/file_lock.h"
#include "nlohmann/json.hpp"
#include "studies/store/store.h"

namespace parzen {
namespace {

using testing::HasSubstr;

const absl::Time kNoon = absl::FromUnixSeconds(1'795'176'000);

const Finding& FindingOf(const Findings& findings, const std::string& check) {
  static const Finding none = {"none", Severity::kFail, "no such check", ""};
  for (const Finding& finding : findings) {
    if (finding.check == check) return finding;
  }
  return none;
}

class DoctorTest : public testing::Test {
 protected:
  DoctorTest()
      : folder_(absl::StrCat(testing::TempDir(), "/doctor_", getpid(), "_", counter_++)), db_(folder_ + "/s.db") {
    std::filesystem::create_directory(folder_);
  }
  ~DoctorTest() override {
    chmod(folder_.c_str(), 0755);
    std::filesystem::remove_all(folder_);
  }
  void MakeDatabase() { ASSERT_TRUE(Store::Open(db_, Store::Mode::kCreate).ok()); }

  static inline int counter_ = 0;
  const std::string folder_;
  const std::string db_;
};

TEST_F(DoctorTest, MachineThatRunsTheTestsFailsInNothing) {
  const Findings findings = ExamineMachine();
  EXPECT_EQ(CountOf(findings, Severity::kFail), 0);
  EXPECT_EQ(FindingOf(findings, "processor").severity, Severity::kOk);
}

TEST_F(DoctorTest, SoundDatabaseIsWell) {
  MakeDatabase();
  const Findings findings = ExamineDatabase(db_);
  EXPECT_EQ(CountOf(findings, Severity::kFail), 0) << RenderFindings(findings);
  EXPECT_THAT(FindingOf(findings, "database").found, HasSubstr("of this version"));
  EXPECT_EQ(FindingOf(findings, "writers").found, "no coordinator has it");
}

TEST_F(DoctorTest, DatabaseThatIsNotThereYetIsNoTrouble) {
  EXPECT_EQ(CountOf(ExamineDatabase(db_), Severity::kFail), 0);
  EXPECT_NE(access(db_.c_str(), F_OK), 0) << "it was made";
}

TEST_F(DoctorTest, FolderThatIsNotThereIsTrouble) {
  EXPECT_EQ(FindingOf(ExamineDatabase(folder_ + "/none/s.db"), "database").severity, Severity::kFail);
}

TEST_F(DoctorTest, CoordinatorThatHasTheDatabaseIsNamedAndNotDisturbed) {
  MakeDatabase();
  const absl::StatusOr<FileLock> lock = FileLock::Acquire(db_);
  ASSERT_TRUE(lock.ok());
  EXPECT_THAT(FindingOf(ExamineDatabase(db_), "writers").found, HasSubstr(absl::StrCat("pid ", getpid())));
  EXPECT_TRUE(absl::IsAborted(FileLock::Acquire(db_).status())) << "the lock is gone";
}

TEST_F(DoctorTest, FileThatIsNoDatabaseSaysWhatItIs) {
  std::ofstream(db_) << std::string(5000, 'x');
  EXPECT_EQ(FindingOf(ExamineDatabase(db_), "database").severity, Severity::kFail);
}

TEST_F(DoctorTest, DatabaseThatWasCutShortIsDamaged) {
  MakeDatabase();
  std::filesystem::resize_file(db_, std::filesystem::file_size(db_) / 2);
  EXPECT_GT(CountOf(ExamineDatabase(db_), Severity::kFail), 0);
}

TEST_F(DoctorTest, SizeOfTheDatabaseIsThatOfItsFileAndItsLog) {
  MakeDatabase();
  std::filesystem::resize_file(db_, 3 << 20);
  std::ofstream(db_ + "-wal").close();
  std::filesystem::resize_file(db_ + "-wal", 100 << 20);
  EXPECT_THAT(FindingOf(ExamineDatabase(db_), "database").found, HasSubstr("103.0 MiB"));
}

TEST_F(DoctorTest, LargeLogIsAWarning) {
  MakeDatabase();
  std::ofstream(db_ + "-wal").close();
  std::filesystem::resize_file(db_ + "-wal", 100 << 20);
  EXPECT_EQ(FindingOf(ExamineDatabase(db_), "write-ahead log").severity, Severity::kWarn);
}

TEST_F(DoctorTest, DataFolderThatCannotBeReadFails) {
  const Findings findings = ExamineDataFolders({folder_, folder_ + "/none"});
  EXPECT_EQ(findings[0].severity, Severity::kOk);
  EXPECT_EQ(findings[1].severity, Severity::kFail);
  EXPECT_THAT(findings[1].found, HasSubstr("No such file"));
}

TEST_F(DoctorTest, CacheFolderSaysWhatItHolds) {
  std::ofstream(folder_ + "/a").close();
  std::filesystem::resize_file(folder_ + "/a", 3 << 20);
  EXPECT_THAT(ExamineCacheFolder(folder_)[0].found, HasSubstr("holds 3.0 MiB"));
  EXPECT_EQ(ExamineCacheFolder(folder_ + "/not/yet")[0].severity, Severity::kOk);
  EXPECT_EQ(ExamineCacheFolder("/proc/none")[0].severity, Severity::kFail);
}

TEST_F(DoctorTest, CoordinatorNobodyAskedForMayBeAway) {
  SourceOptions nobody;
  nobody.coordinator = absl::StrCat("unix:/tmp/parzen-nobody-", getpid());  // a socket's path is short
  EXPECT_EQ(ExamineCoordinator(nobody, /*wanted=*/false)[0].severity, Severity::kOk);
  EXPECT_EQ(ExamineCoordinator(nobody, /*wanted=*/true)[0].severity, Severity::kFail);
}

TEST_F(DoctorTest, PortThatAnotherProgramHasIsAWarning) {
  const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where = {};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  ASSERT_EQ(bind(other, reinterpret_cast<const sockaddr*>(&where), size), 0);
  getsockname(other, reinterpret_cast<sockaddr*>(&where), &size);
  SourceOptions taken;
  taken.coordinator = absl::StrCat("127.0.0.1:", ntohs(where.sin_port));
  const Finding finding = ExamineCoordinator(taken, /*wanted=*/false)[0];
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_THAT(finding.found, HasSubstr("the port is in use"));
  close(other);
  EXPECT_THAT(ExamineCoordinator(taken, /*wanted=*/false)[0].found, HasSubstr("a coordinator can"));
}

TEST_F(DoctorTest, OtherVersionAndOtherTimeAreWarnings) {
  CoordinatorRecord record;
  record.set_version("0.0.1");
  record.set_clock_micros(absl::ToUnixMicros(kNoon + absl::Seconds(30)));
  record.set_free_bytes(int64_t{1} << 40);
  Findings findings;
  ExamineCoordinatorRecord(record, kNoon, findings);
  EXPECT_EQ(FindingOf(findings, "version").severity, Severity::kWarn);
  EXPECT_EQ(FindingOf(findings, "coordinator's clock").severity, Severity::kWarn);
  EXPECT_THAT(FindingOf(findings, "coordinator's clock").found, HasSubstr("30.0 s ahead of ours"));
  EXPECT_EQ(FindingOf(findings, "coordinator's disk").severity, Severity::kOk);
}

TEST_F(DoctorTest, ClockThatIsFarOffFails) {
  CoordinatorRecord record;
  record.set_version(kVersion);
  record.set_clock_micros(absl::ToUnixMicros(kNoon - absl::Hours(1)));
  Findings findings;
  ExamineCoordinatorRecord(record, kNoon, findings);
  EXPECT_EQ(FindingOf(findings, "version").severity, Severity::kOk);
  EXPECT_EQ(FindingOf(findings, "coordinator's clock").severity, Severity::kFail);
}

TEST_F(DoctorTest, CertificateThatEndsSoonIsAWarning) {
  CoordinatorRecord record;
  record.set_version(kVersion);
  record.set_clock_micros(absl::ToUnixMicros(kNoon));
  record.set_certificate_expires(
      absl::FormatTime("%Y-%m-%d %H:%M:%E6S", kNoon + absl::Hours(24 * 29), absl::UTCTimeZone()));
  Findings findings;
  ExamineCoordinatorRecord(record, kNoon, findings);
  EXPECT_EQ(FindingOf(findings, "coordinator's certificate").severity, Severity::kWarn);
  EXPECT_EQ(FindingOf(findings, "coordinator's certificate").found, "valid until 2026-12-19");
}

TEST_F(DoctorTest, CertificatesThatAreNotThereFail) {
  EXPECT_TRUE(ExamineCertificates({}, Role::kClient, kNoon).empty());
  const Findings findings = ExamineCertificates(TlsFilesIn(folder_, Role::kClient), Role::kClient, kNoon);
  EXPECT_EQ(findings[0].severity, Severity::kFail);
  EXPECT_THAT(findings[0].found, HasSubstr("client.crt"));
}

TEST_F(DoctorTest, WorkerThatIsDifferentIsNamed) {
  ListWorkersResponse workers;
  WorkerRecord& alice = *workers.add_worker();
  alice.set_name("alice");
  alice.set_version(kVersion);
  WorkerRecord& bob = *workers.add_worker();
  bob.set_name("bob");
  bob.set_version("0.0.1");
  bob.set_clock_ahead_seconds(-8);
  Findings findings;
  ExamineWorkers(workers, kVersion, findings);
  EXPECT_EQ(FindingOf(findings, "workers' versions").found, "bob (0.0.1)");
  EXPECT_THAT(FindingOf(findings, "workers' clocks").found, HasSubstr("bob's clock is 8.0 s behind"));
}

TEST_F(DoctorTest, FailureStandsOutForPeopleAndIsPlainForPrograms) {
  const Findings findings = {{"disk", Severity::kFail, "0 free", "make room"}, {"cores", Severity::kOk, "2", ""}};
  EXPECT_THAT(RenderFindings(findings), HasSubstr("disk   FAIL"));
  EXPECT_THAT(RenderFindings({{"disk", Severity::kWarn, "low", std::string(300, 'x')}}),
              HasSubstr(std::string(300, 'x')));
  const auto rows = nlohmann::json::parse(FindingTable(findings).Render(Format::kJson));
  EXPECT_EQ(rows[0]["state"], "fail");
  EXPECT_TRUE(rows[1]["what to do"].is_null());
}

}  // namespace
}  // namespace parzen
