// Checks, copies and tidying up of study databases.
#include "studies/store/database_care.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Mode = Database::Mode;

class DatabaseCareTest : public StoreTest {
 protected:
  DatabaseCareTest() {
    Open();
    study_id_ = CreateStudy(ForestSpec("s"));
    const SearchSpace space = *SearchSpace::Create(ForestSpec("s"));
    Transact([&]() -> absl::Status {
      for (int i = 0; i < 200; ++i) {
        const auto trial_id = store().InsertTrial(study_id_, i, space, ForestPoint(0.5), kNoon);
        if (!trial_id.ok()) return trial_id.status();
        if (const absl::Status moved = store().MoveTrial(*trial_id, COMPLETE, {0.5}, kNoon); !moved.ok()) return moved;
      }
      return absl::OkStatus();
    });
  }
  // "part: problem", all of them.
  std::vector<std::string> Problems() {
    Database database = *Database::Open(Path(), Mode::kReadOnly);
    const auto parts = CheckDatabase(database);
    EXPECT_TRUE(parts.ok()) << parts.status();
    std::vector<std::string> problems;
    for (const CheckedPart& part : *parts) {
      for (const std::string& problem : part.problems) problems.push_back(absl::StrCat(part.name, ": ", problem));
    }
    return problems;
  }
  // The only problem that this SQL makes.
  std::string ProblemOf(const std::string& sql) {
    EXPECT_EQ(RunSql(Path(), sql), absl::OkStatus());
    const std::vector<std::string> problems = Problems();
    return problems.size() == 1 ? problems[0] : absl::StrCat(problems.size(), " problems");
  }
  absl::Status BackUpTo(const std::string& path, bool overwrite = false) {
    return BackUp(store().database(), path, overwrite, [](int64_t, int64_t) { return absl::OkStatus(); });
  }
  std::vector<std::string> Files() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(Path()).parent_path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  }

  int64_t study_id_ = 0;
};

TEST_F(DatabaseCareTest, ASoundFileHasNoProblem) {
  EXPECT_THAT(Problems(), IsEmpty());
  EXPECT_EQ(CheckNotDamaged(store().database()), absl::OkStatus());
}

TEST_F(DatabaseCareTest, OverwrittenPagesInTheMiddleAreDataLoss) {
  Close();
  std::string bytes = FileText(Path());
  ASSERT_GT(bytes.size(), 40u * 4096);
  std::fill(bytes.begin() + 20 * 4096, bytes.begin() + 25 * 4096, '\xee');
  WriteFile(Path(), bytes);
  Database database = *Database::Open(Path(), Mode::kReadWrite);
  EXPECT_THAT(CheckNotDamaged(database), IsError(absl::StatusCode::kDataLoss, ".recover"));
  const auto parts = CheckDatabase(database);
  EXPECT_TRUE(!parts.ok() || (parts->size() == 1 && (*parts)[0].wrong > 0));
}

TEST_F(DatabaseCareTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(ProblemOf("UPDATE trials SET number = 500 WHERE number = 7"), HasSubstr("not numbered 0 to 199"));
  ASSERT_EQ(RunSql(Path(), "UPDATE trials SET number = 7 WHERE number = 500"), absl::OkStatus());
  EXPECT_THAT(ProblemOf("UPDATE trials SET state = 'complete' WHERE number = 7"), HasSubstr("state 'complete'"));
  ASSERT_EQ(RunSql(Path(), "UPDATE trials SET state = 'COMPLETE' WHERE number = 7"), absl::OkStatus());
  EXPECT_THAT(ProblemOf("UPDATE trials SET datetime_start = '2026-11-20T12:00:00' WHERE number = 7"),
              HasSubstr("2026-11-20T12:00:00"));
}

TEST_F(DatabaseCareTest, WhatOptunaCannotReadIsNamed) {
  EXPECT_THAT(ProblemOf("UPDATE trial_values SET value_type = 'INF_POS' WHERE trial_id = 3"),
              HasSubstr("values: trial_id 3"));
  ASSERT_EQ(RunSql(Path(), "UPDATE trial_values SET value_type = 'FINITE' WHERE trial_id = 3"), absl::OkStatus());
  EXPECT_THAT(ProblemOf("DELETE FROM trial_values WHERE trial_id = 3"), HasSubstr("0 values for 1 objectives"));
  ASSERT_EQ(RunSql(Path(),
                   "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (3, 0, 1, "
                   "'FINITE')"),
            absl::OkStatus());
  EXPECT_THAT(ProblemOf("UPDATE trial_params SET param_value = 9 WHERE trial_id = 3 AND param_name = 'criterion'"),
              HasSubstr("\"criterion\": a category that does not exist"));
}

TEST_F(DatabaseCareTest, RowsThatBelongToNothingAreCounted) {
  EXPECT_THAT(ProblemOf("INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (999, 'k', '1')"),
              HasSubstr("trial_user_attributes of trial_id 999"));
}

TEST_F(DatabaseCareTest, ACopyOfAFileInUseIsPlainAndWhole) {
  const std::string copy = Path("copy.db");
  ASSERT_EQ(store().Begin(), absl::OkStatus());  // what is not committed is not copied
  ASSERT_EQ(store().SetBudget(study_id_, 77), absl::OkStatus());
  Database other = *Database::Open(Path(), Mode::kReadOnly);
  EXPECT_EQ(BackUp(other, copy, false, [](int64_t, int64_t) { return absl::OkStatus(); }), absl::OkStatus());
  store().Rollback();
  EXPECT_EQ(FileText(copy)[18], 1) << "not in write-ahead logging";
  EXPECT_THAT(Query(copy, "SELECT (SELECT count(*) FROM trials), budget FROM parzen_studies"), ElementsAre("200|0"));
  for (const std::string& name : Files()) EXPECT_THAT(name, testing::Not(HasSubstr("partial")));
}

TEST_F(DatabaseCareTest, ACopyOverwritesOnlyWhenTold) {
  const std::string copy = Path("copy.db");
  WriteFile(copy, "precious");
  EXPECT_THAT(BackUpTo(copy), IsError(absl::StatusCode::kAlreadyExists, "--force"));
  EXPECT_EQ(FileText(copy), "precious");
  EXPECT_EQ(BackUpTo(copy, /*overwrite=*/true), absl::OkStatus());
  EXPECT_THAT(Query(copy, "SELECT count(*) FROM trials"), ElementsAre("200"));
  EXPECT_THAT(BackUpTo(Path(), true), IsError(absl::StatusCode::kInvalidArgument, "the database itself"));
}

TEST_F(DatabaseCareTest, ACopyDoesNotOverwriteWhatWasMadeMeanwhile) {
  const std::string copy = Path("copy.db");
  EXPECT_THAT(BackUp(store().database(), copy, false,
                     [&](int64_t, int64_t) {
                       WriteFile(copy, "precious");
                       return absl::OkStatus();
                     }),
              IsError(absl::StatusCode::kAlreadyExists, "meanwhile"));
  EXPECT_EQ(FileText(copy), "precious");
}

TEST_F(DatabaseCareTest, ACopyThatIsStoppedLeavesNothing) {
  const std::vector<std::string> before = Files();
  EXPECT_THAT(BackUp(store().database(), Path("copy.db"), false,
                     [](int64_t, int64_t) { return absl::CancelledError("stopped"); }),
              IsError(absl::StatusCode::kCancelled, "stopped"));
  EXPECT_THAT(Files(), testing::UnorderedElementsAreArray(before));
}

TEST_F(DatabaseCareTest, VacuumGivesBackTheRoomOfDeletedStudies) {
  Transact([&] { return store().DeleteStudy(study_id_); });
  const auto vacuumed = Vacuum(store().database());
  ASSERT_TRUE(vacuumed.ok()) << vacuumed.status();
  EXPECT_LT(vacuumed->bytes_after, vacuumed->bytes_before);
  EXPECT_THAT(Problems(), IsEmpty());
}

}  // namespace
}  // namespace parzen
