// `parzen coordinator` as a child on a database of its own, and what can be seen of it from outside. Threads:
// externally synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bench/dispatch/child_process.h"
#include "proto/coordinator.grpc.pb.h"

namespace parzen {

class CoordinatorUnderTest {
 public:
  // On a free port, with a fresh database in `folder`; serves the dashboard where `http` says, "": nowhere.
  // AlreadyExists: there is one of that name.
  static absl::StatusOr<std::unique_ptr<CoordinatorUnderTest>> Start(const std::string& parzen,
                                                                     const std::string& folder,
                                                                     const std::string& http = "");
  // Ends it and deletes the database.
  ~CoordinatorUnderTest();

  const std::string& address() const { return address_; }
  const ChildProcess& process() const { return *process_; }

  absl::Status CreateStudy(const StudySpec& spec);
  // From the start of the study's first trial to the end of its last one, as the database has them. Unavailable while
  // fewer than `trials` are complete; Internal when the budget was not met exactly.
  absl::StatusOr<absl::Duration> StudyLength(const std::string& study, int64_t trials);
  // Transactions that changed the database, each with one fsync or more.
  absl::StatusOr<int64_t> Commits() const;

 private:
  explicit CoordinatorUnderTest(std::string database) : database_(std::move(database)) {}

  const std::string database_;
  std::unique_ptr<ChildProcess> process_;
  std::string address_;
  std::unique_ptr<StudyService::Stub> stub_;
};

// How long one page appended to a file in `folder` takes to reach the disk: quantiles of 200.
struct SyncTimes {
  absl::Duration median;
  absl::Duration p99;
};
absl::StatusOr<SyncTimes> MeasureSync(const std::string& folder);

}  // namespace parzen
