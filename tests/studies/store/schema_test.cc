// The tables of a file that this program makes, against what Optuna makes itself.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;

// One blank for every run of white space.
std::string Normalised(const std::string& sql) {
  std::string text;
  for (const char c : sql) {
    const bool blank = c == ' ' || c == '\n' || c == '\t';
    if (!blank || (!text.empty() && text.back() != ' ')) text += blank ? ' ' : c;
  }
  return text;
}

class SchemaTest : public StoreTest {
 protected:
  // Name -> normalised definition of everything that Optuna's part of a file defines.
  static std::map<std::string, std::string> OptunaObjects(const std::string& path) {
    std::map<std::string, std::string> objects;
    for (const std::string& name :
         Query(path, "SELECT name FROM sqlite_master WHERE name NOT LIKE 'parzen%' AND tbl_name NOT LIKE 'parzen%'")) {
      objects[name] =
          Normalised(Query(path, absl::StrCat("SELECT sql FROM sqlite_master WHERE name = '", name, "'"))[0]);
    }
    return objects;
  }

  std::string ReferenceFile() {
    const std::string path = Path("reference.db");
    EXPECT_EQ(RunSql(path, FileText("tests/testdata/optuna_schema.sql")), absl::OkStatus());
    return path;
  }
};

TEST_F(SchemaTest, OptunasTablesAndIndexesAreOptunasWordForWord) {
  Open();
  EXPECT_EQ(OptunaObjects(Path()), OptunaObjects(ReferenceFile()));
}

TEST_F(SchemaTest, TheVersionRowsAreThoseThatOptunaLooksFor) {
  Open();
  EXPECT_THAT(Query(Path(), "SELECT * FROM version_info"), ElementsAre("1|12|5.0.0"));
  EXPECT_THAT(Query(Path(), "SELECT * FROM alembic_version"), ElementsAre("v3.2.0.a"));
}

TEST_F(SchemaTest, TheHeaderStaysAsOptunaLeavesIt) {
  Open();
  EXPECT_THAT(Query(Path(), "PRAGMA application_id"), ElementsAre("0"));
  EXPECT_THAT(Query(Path(), "PRAGMA user_version"), ElementsAre("0"));
  EXPECT_THAT(Query(Path(), "PRAGMA encoding"), ElementsAre("UTF-8"));
}

TEST_F(SchemaTest, WritesGoThroughAWriteAheadLog) {
  Open();
  EXPECT_THAT(Query(Path(), "PRAGMA journal_mode"), ElementsAre("wal"));
}

TEST_F(SchemaTest, EverythingOfOursIsNamedSo) {
  Open();
  EXPECT_THAT(Query(Path(), "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name LIKE 'parzen_%'"),
              IsSupersetOf({"parzen_version", "parzen_studies", "parzen_files", "parzen_workers", "parzen_attempts",
                            "parzen_artifacts", "parzen_progress", "parzen_events", "parzen_trials", "parzen_best",
                            "parzen_params"}));
}

TEST_F(SchemaTest, OpeningAgainChangesNothing) {
  Open();
  const std::vector<std::string> before = Query(Path(), "SELECT * FROM sqlite_master");
  Open(Store::Mode::kReadWrite);
  EXPECT_EQ(Query(Path(), "SELECT * FROM sqlite_master"), before);
  EXPECT_THAT(Query(Path(), "SELECT * FROM parzen_version"), ElementsAre("1|5"));
}

TEST_F(SchemaTest, TheNextNumberIsFoundThroughAnIndex) {
  Open();
  EXPECT_THAT(Query(Path(), "EXPLAIN QUERY PLAN SELECT max(number) FROM trials WHERE study_id = 1"),
              ElementsAre(testing::HasSubstr("COVERING INDEX parzen_trials_number")));
}

TEST_F(SchemaTest, AStudyThatOptunaDeletesTakesOurRowsWithIt) {
  Open();
  const int64_t study_id = CreateStudy(ForestSpec("gone"));
  const int64_t trial_id = AddTrial(study_id, ForestPoint(0.1));
  Transact([&] { return store().PutArtifact(trial_id, "curve", "text/plain", "1 2 3"); });
  Transact([&] { return store().AppendEvent(study_id, trial_id, "refused", "late", kNoon); });
  Transact([&] { return store().InsertAttempt(OpenAttempt(trial_id, 1, "t"), kNoon); });

  ASSERT_EQ(RunSql(Path(), "DELETE FROM trials; DELETE FROM studies"), absl::OkStatus());
  for (const char* const table : {"parzen_studies", "parzen_attempts", "parzen_artifacts", "parzen_events"}) {
    EXPECT_THAT(Query(Path(), absl::StrCat("SELECT * FROM ", table)), IsEmpty()) << table;
  }
}

TEST_F(SchemaTest, AStudyThatGetsADeletedOnesIdInheritsNothing) {
  Open();
  const int64_t deleted = CreateStudy(ForestSpec("old"), 5);
  ASSERT_EQ(RunSql(Path(), "DELETE FROM studies; INSERT INTO studies (study_name) VALUES ('new')"), absl::OkStatus());
  const auto study = store().FindStudy("new");
  ASSERT_TRUE(study.ok()) << study.status();
  EXPECT_EQ(study->study_id, deleted);
  EXPECT_FALSE(study->spec.has_value());
  EXPECT_EQ(study->budget, 0);
}

}  // namespace
}  // namespace parzen
