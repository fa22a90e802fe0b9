#include "studies/store/sqlite.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;

class SqliteTest : public StoreTest {
 protected:
  Database Connect(Database::Mode mode = Database::Mode::kCreate) {
    auto database = Database::Open(Path(), mode);
    EXPECT_TRUE(database.ok()) << database.status();
    return *std::move(database);
  }

  static absl::Status Insert(Database& database, absl::string_view text) {
    return database.Prepare("INSERT INTO t VALUES (?)")->get().BindText(1, text).Run();
  }

  static std::vector<std::string> Texts(Database& database) {
    std::vector<std::string> texts;
    Statement& query = *database.Prepare("SELECT x FROM t");
    EXPECT_EQ(query.ForEach([&] { return texts.push_back(query.Text(0)), absl::OkStatus(); }), absl::OkStatus());
    return texts;
  }
};

TEST_F(SqliteTest, WhatIsBoundIsReadBack) {
  Database database = Connect();
  Statement& query = *database.Prepare("SELECT ?, ?, ?, ?, ?");
  const std::string bytes("a\0b", 3);
  query.BindAll({int64_t{-7}, 0.1, "it's \"quoted\" \u00e9", Blob{bytes}, std::monostate()});
  EXPECT_EQ(query.ForEach([&] {
    EXPECT_EQ(query.Int(0), -7);
    EXPECT_EQ(query.Double(1), 0.1);
    EXPECT_EQ(query.Text(2), "it's \"quoted\" \u00e9");
    EXPECT_EQ(query.Text(3), bytes);
    EXPECT_TRUE(query.IsNull(4));
    return absl::OkStatus();
  }),
            absl::OkStatus());
}

TEST_F(SqliteTest, AStatementWithoutEndGoesOnAsLongAsItMay) {
  Database database = Connect();
  int asked = 0;
  database.SetGoesOn([&asked] { return ++asked < 10; });
  EXPECT_EQ(database.CheckGoesOn(), absl::OkStatus());
  Statement& query =
      *database.Prepare("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c");
  EXPECT_TRUE(absl::IsCancelled(query.Run()));
  EXPECT_EQ(asked, 10);
  EXPECT_TRUE(absl::IsCancelled(database.CheckGoesOn()));
  database.SetGoesOn(nullptr);
  EXPECT_EQ(database.CheckGoesOn(), absl::OkStatus());
  EXPECT_EQ(database.Prepare("SELECT 1")->get().Run(), absl::OkStatus());
}

TEST_F(SqliteTest, AnEmptyTextIsNotNull) {
  Database database = Connect();
  Statement& query = *database.Prepare("SELECT ?1 IS NULL, ?2 IS NULL");
  query.BindText(1, absl::string_view()).BindBlob(2, absl::string_view());
  EXPECT_TRUE(*query.Step());
  EXPECT_EQ(query.Int(0), 0);
  EXPECT_EQ(query.Int(1), 0);
}

TEST_F(SqliteTest, APreparedStatementComesBackUnbound) {
  Database database = Connect();
  database.Prepare("SELECT ?")->get().BindInt(1, 5);
  Statement& again = *database.Prepare("SELECT ?");
  EXPECT_TRUE(*again.Step());
  EXPECT_TRUE(again.IsNull(0));
}

TEST_F(SqliteTest, AParameterThatDoesNotExistIsAnErrorOfTheNextStep) {
  Database database = Connect();
  EXPECT_FALSE(database.Prepare("SELECT ?")->get().BindInt(2, 5).Run().ok());
  EXPECT_TRUE(database.Prepare("SELECT ?")->get().BindInt(1, 5).Run().ok());
}

TEST_F(SqliteTest, ARowThatFailsEndsTheReadAndFreesTheFile) {
  Database database = Connect();
  ASSERT_EQ(database.Execute("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)"), absl::OkStatus());
  EXPECT_EQ(database.Prepare("SELECT x FROM t")->get().ForEach([] { return absl::AbortedError("enough"); }).message(),
            "enough");
  EXPECT_EQ(database.Execute("DROP TABLE t"), absl::OkStatus());  // refused while a row is open
}

TEST_F(SqliteTest, ASnapshotDoesNotSeeWhatOthersCommitMeanwhile) {
  Database writer = Connect();
  ASSERT_EQ(writer.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)"), absl::OkStatus());
  Database reader = Connect();
  {
    const Snapshot snapshot(reader);
    EXPECT_THAT(Texts(reader), ElementsAre());
    ASSERT_EQ(Insert(writer, "late"), absl::OkStatus());
    EXPECT_THAT(Texts(reader), ElementsAre());
  }
  EXPECT_THAT(Texts(reader), ElementsAre("late"));
}

TEST_F(SqliteTest, AFullDiskIsResourceExhausted) {
  Database database = Connect();
  ASSERT_EQ(database.Execute("CREATE TABLE t (x); PRAGMA max_page_count = 3"), absl::OkStatus());
  EXPECT_THAT(Insert(database, std::string(20000, 'x')), IsError(absl::StatusCode::kResourceExhausted, Path()));
}

TEST_F(SqliteTest, ALockedFileIsUnavailable) {
  Database holder = Connect();
  ASSERT_EQ(holder.Execute("CREATE TABLE t (x); BEGIN IMMEDIATE"), absl::OkStatus());
  Database other = Connect();
  ASSERT_EQ(other.Execute("PRAGMA busy_timeout = 0"), absl::OkStatus());
  EXPECT_THAT(Insert(other, "x"), IsError(absl::StatusCode::kUnavailable, "locked by another writer"));
}

TEST_F(SqliteTest, AReadOnlyConnectionCannotWrite) {
  ASSERT_EQ(Connect().Execute("CREATE TABLE t (x)"), absl::OkStatus());
  Database database = Connect(Database::Mode::kReadOnly);
  EXPECT_THAT(Insert(database, "x"), IsError(absl::StatusCode::kPermissionDenied, Path()));
}

TEST_F(SqliteTest, ARowThatIsThereAlreadyIsAlreadyExists) {
  Database database = Connect();
  ASSERT_EQ(database.Execute("CREATE TABLE t (x UNIQUE)"), absl::OkStatus());
  ASSERT_EQ(Insert(database, "x"), absl::OkStatus());
  EXPECT_THAT(Insert(database, "x"), IsError(absl::StatusCode::kAlreadyExists, "t.x"));
}

TEST_F(SqliteTest, AnUnexpectedErrorShowsTheStatement) {
  Database database = Connect();
  ASSERT_EQ(database.Execute("CREATE TABLE t (x NOT NULL)"), absl::OkStatus());
  EXPECT_THAT(database.Prepare("INSERT INTO t VALUES (NULL)")->get().Run(),
              IsError(absl::StatusCode::kInternal, "INSERT INTO t VALUES (NULL)"));
  EXPECT_THAT(database.Prepare("SELECT y FROM t").status(), IsError(absl::StatusCode::kInternal, "no such column: y"));
}

}  // namespace
}  // namespace parzen
