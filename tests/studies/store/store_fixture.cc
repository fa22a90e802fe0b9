#include "tests/studies/store/store_fixture.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"

namespace parzen {

StudySpec ForestSpec(const std::string& name, Direction direction) {
  StudySpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        objective { metric: "validation_accuracy" }
        train {
          dataset { digits {} }
          random_forest {}
        }
        parameter {
          name: "share"
          sets: "split.validation"
          float { low: 0.001 high: 0.5 log: true }
        }
        parameter {
          name: "depth"
          sets: "random_forest.max_depth"
          int { low: 1 high: 20 }
        }
        parameter {
          name: "criterion"
          sets: "random_forest.criterion"
          categorical { choice: "GINI" choice: "ENTROPY" }
        }
      )pb",
      &spec));
  spec.set_name(name);
  spec.mutable_objective(0)->set_direction(direction);
  return spec;
}

Point ForestPoint(double share, double depth, double criterion) { return {share, depth, criterion}; }

StoredAttempt OpenAttempt(int64_t trial_id, int attempt, const std::string& token) {
  StoredAttempt row;
  row.trial_id = trial_id;
  row.attempt = attempt;
  row.token = token;
  row.worker_id = "w";
  return row;
}

StoredWorker WorkerNamed(const std::string& name) {
  StoredWorker row;
  row.worker_id = "w";
  row.name = name;
  return row;
}

std::string FileText(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  EXPECT_FALSE(text.str().empty()) << path;
  return text.str();
}

void WriteFile(const std::string& path, absl::string_view text) {
  std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

absl::Status RunSql(const std::string& path, const std::string& sql) {
  absl::StatusOr<Database> database = Database::Open(path, Database::Mode::kCreate);
  return database.ok() ? database->Execute(sql) : database.status();
}

std::vector<std::string> Query(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK) << path;
  std::vector<std::string> rows;
  const auto add_row = [](void* into, int columns, char** texts, char**) {
    std::vector<std::string> row;
    for (int i = 0; i < columns; ++i) row.push_back(texts[i] == nullptr ? "NULL" : texts[i]);
    static_cast<std::vector<std::string>*>(into)->push_back(absl::StrJoin(row, "|"));
    return 0;
  };
  EXPECT_EQ(sqlite3_exec(connection, sql.c_str(), add_row, &rows, nullptr), SQLITE_OK) << sqlite3_errmsg(connection);
  sqlite3_close(connection);
  return rows;
}

StoreTest::StoreTest() {
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  folder_ = absl::StrCat(testing::TempDir(), test->test_suite_name(), ".", test->name());
  std::filesystem::remove_all(folder_);
  std::filesystem::create_directories(folder_);
}

StoreTest::~StoreTest() {
  store_.reset();
  std::filesystem::remove_all(folder_);
}

std::string StoreTest::Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }

void StoreTest::Open(Store::Mode mode) {
  store_.reset();
  absl::StatusOr<std::unique_ptr<Store>> store = Store::Open(Path(), mode);
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

absl::Status StoreTest::OpenError(const std::string& path, Store::Mode mode) {
  return Store::Open(path, mode).status();
}

void StoreTest::Transact(const std::function<absl::Status()>& writes) {
  ASSERT_EQ(store_->Begin(), absl::OkStatus());
  ASSERT_EQ(writes(), absl::OkStatus());
  ASSERT_EQ(store_->Commit(), absl::OkStatus());
}

absl::Status StoreTest::Try(const std::function<absl::Status()>& write) {
  EXPECT_EQ(store_->Begin(), absl::OkStatus());
  const absl::Status status = write();
  store_->Rollback();
  return status;
}

int64_t StoreTest::CreateStudy(const StudySpec& spec, int64_t budget) {
  int64_t study_id = 0;
  Transact([&] {
    const auto created = store_->CreateStudy(spec, {}, budget, kNoon);
    study_id = created.value_or(0);
    return created.status();
  });
  return study_id;
}

int64_t StoreTest::AddTrial(int64_t study_id, const Point& point, absl::Time at) {
  const auto space = SearchSpace::Create(ForestSpec("any"));
  EXPECT_TRUE(space.ok()) << space.status();
  const auto trials = store_->LoadTrials(study_id, *space);
  EXPECT_TRUE(trials.ok()) << trials.status();
  int64_t trial_id = 0;
  Transact([&] {
    const auto inserted = store_->InsertTrial(study_id, trials->size(), *space, point, at);
    trial_id = inserted.value_or(0);
    return inserted.status();
  });
  return trial_id;
}

void StoreTest::Move(int64_t trial_id, TrialState to, const std::vector<double>& values, absl::Time at) {
  Transact([&] { return store_->MoveTrial(trial_id, to, values, at); });
}

int64_t StoreTest::AddComplete(int64_t study_id, double value) {
  const int64_t trial_id = AddTrial(study_id, ForestPoint(0.1));
  Move(trial_id, COMPLETE, {value});
  return trial_id;
}

absl::StatusOr<StudySummary> StoreTest::GetStudy(const std::string& study) {
  GetStudyRequest request;
  request.set_study(study);
  return StudyReader(store()).GetStudy(request);
}

absl::StatusOr<std::vector<StudySummary>> StoreTest::ListStudies() {
  absl::StatusOr<ListStudiesResponse> studies = StudyReader(store()).ListStudies(ListStudiesRequest());
  if (!studies.ok()) return studies.status();
  return std::vector<StudySummary>(studies->study().begin(), studies->study().end());
}

absl::StatusOr<std::vector<TrialRecord>> StoreTest::ListTrials(const std::string& study, int64_t from_number,
                                                               int32_t limit) {
  ListTrialsRequest request;
  request.set_study(study);
  request.set_from_number(from_number);
  request.set_limit(limit);
  absl::StatusOr<ListTrialsResponse> page = StudyReader(store()).ListTrials(request);
  if (!page.ok()) return page.status();
  return std::vector<TrialRecord>(page->trial().begin(), page->trial().end());
}

absl::StatusOr<TrialRecord> StoreTest::GetTrial(const std::string& study, int64_t number) {
  GetTrialRequest request;
  request.set_study(study);
  request.set_number(number);
  return StudyReader(store()).GetTrial(request);
}

}  // namespace parzen
