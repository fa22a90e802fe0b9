// Files of earlier versions become files of this one with everything that they hold.
#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using Mode = Store::Mode;

// Our tables as versions 1 and 2 made them (which differ in views only), with a study, a trial, a worker, an attempt.
constexpr char kOlderTables[] = R"sql(
CREATE TABLE parzen_version (id INTEGER PRIMARY KEY CHECK (id = 1), schema_version INTEGER NOT NULL);
CREATE TABLE parzen_studies (study_id INTEGER PRIMARY KEY, spec TEXT NOT NULL, budget INTEGER NOT NULL,
  space_finished INTEGER NOT NULL DEFAULT 0, final_result TEXT, created DATETIME NOT NULL);
CREATE TABLE parzen_files (study_id INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL,
  path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (study_id, position)) WITHOUT ROWID;
CREATE TABLE parzen_workers (worker_id TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL,
  slots INTEGER NOT NULL, threads INTEGER NOT NULL, embedded INTEGER NOT NULL, first_seen DATETIME NOT NULL,
  last_seen DATETIME NOT NULL) WITHOUT ROWID;
CREATE TABLE parzen_attempts (trial_id INTEGER NOT NULL, attempt INTEGER NOT NULL, token TEXT NOT NULL UNIQUE,
  request_id TEXT UNIQUE, worker_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('OPEN', 'ENDED', 'LOST', 'RELEASED')), embedded INTEGER NOT NULL,
  started DATETIME NOT NULL, ended DATETIME, reason TEXT, PRIMARY KEY (trial_id, attempt)) WITHOUT ROWID;
CREATE TABLE parzen_artifacts (artifact_id INTEGER PRIMARY KEY, trial_id INTEGER NOT NULL, name TEXT NOT NULL,
  media_type TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE (trial_id, name));
CREATE TABLE parzen_events (event_id INTEGER PRIMARY KEY, study_id INTEGER NOT NULL, trial_id INTEGER,
  time DATETIME NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL);
CREATE VIEW parzen_best AS SELECT 'of an earlier version' AS study;
INSERT INTO studies VALUES (1, 's');
INSERT INTO study_directions VALUES (1, 'MAXIMIZE', 1, 0);
INSERT INTO version_info VALUES (1, 12, '5.0.0');
INSERT INTO alembic_version VALUES ('v3.2.0.a');
INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', '2026-11-20 12:00:00.000000', '2026-11-20 12:00:01.000000');
INSERT INTO trial_values VALUES (1, 1, 0, 0.5, 'FINITE');
INSERT INTO parzen_studies VALUES (1, 'name: "s" objective { metric: "value" direction: MAXIMIZE }', 9, 1, NULL,
  '2026-11-20 12:00:00.000000');
INSERT INTO parzen_workers VALUES ('w', 'alice', 'host', 7, 1, 1, 0, '2026-11-20 12:00:00.000000',
  '2026-11-20 12:00:01.000000');
INSERT INTO parzen_attempts VALUES (1, 1, 'token', 'request', 'w', 'ENDED', 0, '2026-11-20 12:00:00.000000',
  '2026-11-20 12:00:01.000000', 'well done');
)sql";

class MigrationTest : public StoreTest, public testing::WithParamInterface<int> {
 protected:
  MigrationTest() {
    EXPECT_EQ(RunSql(Path(), FileText("tests/testdata/optuna_schema.sql")), absl::OkStatus());
    EXPECT_EQ(RunSql(Path(), kOlderTables), absl::OkStatus());
    EXPECT_EQ(RunSql(Path(), absl::StrCat("INSERT INTO parzen_version VALUES (1, ", GetParam(), ")")),
              absl::OkStatus());
  }
  void ExpectEverythingIsThere() {
    const auto study = GetStudy("s");
    ASSERT_TRUE(study.ok()) << study.status();
    EXPECT_EQ(study->budget(), 9);
    EXPECT_FALSE(study->stopped());
    EXPECT_EQ(study->best().value(0), 0.5);
    const auto trial = GetTrial("s", 0);
    ASSERT_TRUE(trial.ok()) << trial.status();
    EXPECT_EQ(trial->attempt(0).worker(), "alice");
    EXPECT_EQ(trial->attempt(0).reason(), "well done");
    EXPECT_FALSE(trial->attempt(0).asked());
    EXPECT_THAT(Query(Path(), "SELECT disconnected FROM parzen_workers"), ElementsAre("2026-11-20 12:00:01.000000"));
    EXPECT_THAT(Query(Path(), "SELECT study, number FROM parzen_best"), ElementsAre("s|0"));
    EXPECT_THAT(Query(Path(), "SELECT schema_version FROM parzen_version"), ElementsAre("5"));
  }
};

TEST_P(MigrationTest, AWriterKeepsEverything) {
  Open(Mode::kReadWrite);
  ExpectEverythingIsThere();
}

TEST_P(MigrationTest, AReaderBringsTheFileUpToDateWhereItMay) {
  Open(Mode::kReadOnly);
  ExpectEverythingIsThere();
}

TEST_P(MigrationTest, AReaderThatMayNotSaysWhatToRun) {
  // Without the table, it cannot be brought up to date.
  ASSERT_EQ(RunSql(Path(), "ALTER TABLE parzen_workers RENAME TO others"), absl::OkStatus());
  EXPECT_THAT(OpenError(Path(), Mode::kReadOnly),
              IsError(absl::StatusCode::kFailedPrecondition, "parzen db upgrade --db"));
}

TEST_P(MigrationTest, AMigrationThatFailsHalfWayIsDoneAgainFromTheStart) {
  // The second of its statements has no table to work on; the first one must be taken back with it.
  ASSERT_EQ(RunSql(Path(), "ALTER TABLE parzen_workers RENAME TO others"), absl::OkStatus());
  EXPECT_FALSE(OpenError(Path(), Mode::kReadWrite).ok());
  EXPECT_THAT(Query(Path(), "SELECT count(*) FROM pragma_table_info('parzen_studies') WHERE name = 'stopped'"),
              ElementsAre("0"));
  ASSERT_EQ(RunSql(Path(), "ALTER TABLE others RENAME TO parzen_workers"), absl::OkStatus());
  Open(Mode::kReadWrite);
  ExpectEverythingIsThere();
}

INSTANTIATE_TEST_SUITE_P(Versions, MigrationTest, testing::Values(1, 2));

}  // namespace
}  // namespace parzen
