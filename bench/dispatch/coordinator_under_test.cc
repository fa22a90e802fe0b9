#include "bench/dispatch/coordinator_under_test.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "rpc/channel.h"
#include "rpc/grpc_status.h"

namespace parzen {
namespace {

absl::StatusOr<absl::Time> ParseColumn(const std::string& text) {
  absl::Time time;
  if (absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, &time, nullptr)) return time;
  return absl::InternalError(absl::StrCat("\"", text, "\" is no time of a trial"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoordinatorUnderTest>> CoordinatorUnderTest::Start(const std::string& parzen,
                                                                                  const std::string& folder,
                                                                                  const std::string& http) {
  const std::string database = absl::StrCat(folder, "/dispatch_bench.db");
  if (std::filesystem::exists(database)) {
    return absl::AlreadyExistsError(absl::StrCat(database, " exists already; remove it, or choose another --folder"));
  }
  std::unique_ptr<CoordinatorUnderTest> started(new CoordinatorUnderTest(database));
  std::vector<std::string> argv = {parzen, "coordinator", "--db", database, "--listen", "127.0.0.1:0"};
  if (!http.empty()) argv.insert(argv.end(), {"--http", http});
  ASSIGN_OR_RETURN(started->process_, ChildProcess::Start(argv));
  ASSIGN_OR_RETURN(started->address_, started->process_->ReadAfter("listening on "));
  started->stub_ = StudyService::NewStub(DialCoordinator(started->address_));
  return started;
}

CoordinatorUnderTest::~CoordinatorUnderTest() {
  process_.reset();
  for (const char* const suffix : {"", "-wal", "-shm", ".lock"}) unlink((database_ + suffix).c_str());
}

absl::Status CoordinatorUnderTest::CreateStudy(const StudySpec& spec) {
  grpc::ClientContext context;
  CreateStudyRequest request;
  *request.mutable_spec() = spec;
  StudySummary reply;
  return FromGrpc(stub_->CreateStudy(&context, request, &reply));
}

absl::StatusOr<absl::Duration> CoordinatorUnderTest::StudyLength(const std::string& study, int64_t trials) {
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();
  int64_t complete = 0;
  ListTrialsResponse page;
  page.set_more(true);
  for (int64_t from = 0; page.more(); from += page.trial_size()) {
    grpc::ClientContext context;
    ListTrialsRequest request;
    request.set_study(study);
    request.set_from_number(from);
    RETURN_IF_ERROR(FromGrpc(stub_->ListTrials(&context, request, &page)));
    for (const TrialRecord& trial : page.trial()) {
      if (trial.state() != COMPLETE) continue;
      ++complete;
      ASSIGN_OR_RETURN(const absl::Time started, ParseColumn(trial.started()));
      ASSIGN_OR_RETURN(const absl::Time completed, ParseColumn(trial.completed()));
      first = std::min(first, started);
      last = std::max(last, completed);
    }
  }
  if (complete < trials) return absl::UnavailableError(absl::StrCat(complete, " of ", trials, " trials are complete"));
  if (complete > trials) return absl::InternalError(absl::StrCat(complete, " trials are complete, not ", trials));
  return last - first;
}

absl::StatusOr<int64_t> CoordinatorUnderTest::Commits() const {
  // The write-ahead log's index counts them: iChange, the third word of its header.
  uint32_t commits = 0;
  std::ifstream index(database_ + "-shm", std::ios::binary);
  if (!index.seekg(8) || !index.read(reinterpret_cast<char*>(&commits), sizeof(commits))) {
    return absl::InternalError(absl::StrCat(database_, "-shm cannot be read"));
  }
  return commits;
}

absl::StatusOr<SyncTimes> MeasureSync(const std::string& folder) {
  constexpr size_t kRounds = 200;
  const std::string path = absl::StrCat(folder, "/dispatch_bench.sync");
  const int file = open(path.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
  if (file < 0) return absl::InternalError(absl::StrCat(path, " cannot be made"));
  std::vector<absl::Duration> times;
  const std::array<char, 4096> page = {};
  bool written = true;
  while (written && times.size() < kRounds) {
    written = write(file, page.data(), page.size()) == static_cast<ssize_t>(page.size());
    const absl::Time start = absl::Now();
    written = written && fdatasync(file) == 0;
    times.push_back(absl::Now() - start);
  }
  close(file);
  unlink(path.c_str());
  if (!written) return absl::InternalError(absl::StrCat(path, " cannot be written"));
  std::sort(times.begin(), times.end());
  return SyncTimes{times[kRounds / 2], times[kRounds * 99 / 100]};
}

}  // namespace parzen
