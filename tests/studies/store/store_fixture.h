// What the store's tests are written in: a database file of the test's own, and the verbs of a coordinator.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/store/sqlite.h"
#include "studies/store/store.h"
#include "studies/store/study_reader.h"

namespace parzen {

MATCHER_P2(IsError, code, text, "") {
  *result_listener << arg.ToString();
  return arg.code() == code && testing::Value(std::string(arg.message()), testing::HasSubstr(text));
}

// A moment whose microseconds are not round.
inline const absl::Time kNoon = absl::FromUnixMicros(1'795'176'000'000'007);  // 2026-11-20 12:00:00.000007

// A study with one objective; parameters: rate (float, log), depth (int) and criterion (GINI or ENTROPY).
StudySpec ForestSpec(const std::string& name, Direction direction = MAXIMIZE);
// Its point with these values.
Point ForestPoint(double share, double depth = 5, double criterion = 0);

// An attempt that is open, and a worker, with nothing more said of them.
StoredAttempt OpenAttempt(int64_t trial_id, int attempt, const std::string& token);
StoredWorker WorkerNamed(const std::string& name);

std::string FileText(const std::string& path);
void WriteFile(const std::string& path, absl::string_view text);

// Runs SQL on a file through a connection of its own, as the sqlite3 shell would. Rows as "a|b|c".
absl::Status RunSql(const std::string& path, const std::string& sql);
std::vector<std::string> Query(const std::string& path, const std::string& sql);

class StoreTest : public testing::Test {
 protected:
  StoreTest();
  ~StoreTest() override;

  // A path in a folder of this test alone; the folder exists, the file does not.
  std::string Path(absl::string_view name = "study.db") const;

  Store& store() { return *store_; }
  void Open(Store::Mode mode = Store::Mode::kCreate);
  void Close() { store_.reset(); }
  absl::Status OpenError(const std::string& path, Store::Mode mode);

  // What people are answered, through the store's own connection.
  absl::StatusOr<StudySummary> GetStudy(const std::string& study);
  absl::StatusOr<std::vector<StudySummary>> ListStudies();
  absl::StatusOr<std::vector<TrialRecord>> ListTrials(const std::string& study, int64_t from_number, int32_t limit);
  absl::StatusOr<TrialRecord> GetTrial(const std::string& study, int64_t number);

  // Begin, `writes`, Commit.
  void Transact(const std::function<absl::Status()>& writes);
  // What `write` alone says in a transaction of its own, which is then rolled back.
  absl::Status Try(const std::function<absl::Status()>& write);

  int64_t CreateStudy(const StudySpec& spec, int64_t budget = 0);
  // The next trial, RUNNING from `at`.
  int64_t AddTrial(int64_t study_id, const Point& point, absl::Time at = kNoon);
  void Move(int64_t trial_id, TrialState to, const std::vector<double>& values = {}, absl::Time at = kNoon);
  int64_t AddComplete(int64_t study_id, double value);

 private:
  std::string folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace parzen
