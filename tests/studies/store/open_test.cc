// Which files may be opened, and what is said of the others.
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

using Mode = Store::Mode;

// For root, permission bits mean nothing; while this lives they do. Without effect for other users.
class WithoutRootPowers {
 public:
  WithoutRootPowers() {
    syscall(SYS_capget, &header_, saved_);
    __user_cap_data_struct reduced[2] = {saved_[0], saved_[1]};
    reduced[0].effective &= ~((1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH));
    syscall(SYS_capset, &header_, reduced);
  }
  ~WithoutRootPowers() { syscall(SYS_capset, &header_, saved_); }

 private:
  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct saved_[2] = {};
};

class OpenTest : public StoreTest {
 protected:
  absl::Status OpenError(Mode mode) { return StoreTest::OpenError(Path(), mode); }
  using StoreTest::OpenError;

  // A finished study database, closed.
  void MakeDatabase() {
    Open();
    AddComplete(CreateStudy(ForestSpec("s")), 0.5);
    Close();
  }
  std::string Folder() { return std::filesystem::path(Path()).parent_path(); }
};

TEST_F(OpenTest, AMissingFileIsMadeOnlyWhenAsked) {
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kNotFound, Path()));
  EXPECT_THAT(OpenError(Mode::kReadWrite), IsError(absl::StatusCode::kNotFound, "there is no such database"));
  EXPECT_FALSE(std::filesystem::exists(Path()));
  EXPECT_EQ(OpenError(Mode::kCreate), absl::OkStatus());
  EXPECT_EQ(OpenError(Mode::kReadOnly), absl::OkStatus());
}

TEST_F(OpenTest, AMissingFolderIsNamed) {
  EXPECT_THAT(OpenError(Path("nowhere/study.db"), Mode::kCreate),
              IsError(absl::StatusCode::kNotFound, absl::StrCat("the folder ", Path("nowhere"), " does not exist")));
}

TEST_F(OpenTest, AFileInPlaceOfTheFolderIsNamed) {
  WriteFile(Path("plain"), "text");
  EXPECT_THAT(OpenError(Path("plain/study.db"), Mode::kCreate),
              IsError(absl::StatusCode::kNotFound, absl::StrCat(Path("plain"), " is a file, not a folder")));
}

TEST_F(OpenTest, AFolderIsNoDatabase) {
  EXPECT_THAT(OpenError(Folder(), Mode::kCreate), IsError(absl::StatusCode::kFailedPrecondition, "is a folder"));
}

TEST_F(OpenTest, AnEmptyPathIsRefused) {
  EXPECT_THAT(OpenError("", Mode::kCreate), IsError(absl::StatusCode::kInvalidArgument, "--db"));
}

TEST_F(OpenTest, ANameThatLooksLikeAUriIsAFileName) {
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(Folder());
  EXPECT_EQ(OpenError("file:odd?mode=memory", Mode::kCreate), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::exists("file:odd?mode=memory"));
  std::filesystem::current_path(here);
}

TEST_F(OpenTest, AFileThatIsNoDatabaseStaysAsItIs) {
  const std::string text(5000, 'x');
  WriteFile(Path(), text);
  for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite, Mode::kCreate}) {
    EXPECT_THAT(OpenError(mode), IsError(absl::StatusCode::kFailedPrecondition, "is not an SQLite database"));
  }
  EXPECT_EQ(FileText(Path()), text);
}

TEST_F(OpenTest, AnotherProgramsDatabaseStaysAsItIs) {
  ASSERT_EQ(RunSql(Path(), "CREATE TABLE customers (name)"), absl::OkStatus());
  const std::string before = FileText(Path());
  EXPECT_THAT(OpenError(Mode::kCreate),
              IsError(absl::StatusCode::kFailedPrecondition, "holds other tables (customers"));
  EXPECT_EQ(FileText(Path()), before);
}

TEST_F(OpenTest, AnEmptyFileBecomesADatabaseOnlyForAWriter) {
  WriteFile(Path(), "");
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kFailedPrecondition, "is empty"));
  EXPECT_EQ(OpenError(Mode::kReadWrite), absl::OkStatus());
}

TEST_F(OpenTest, AnotherVersionOfOptunasSchemaIsNamed) {
  MakeDatabase();
  ASSERT_EQ(RunSql(Path(), "UPDATE alembic_version SET version_num = 'v2.6.0.a'"), absl::OkStatus());
  EXPECT_THAT(OpenError(Mode::kReadWrite),
              IsError(absl::StatusCode::kFailedPrecondition, "schema v2.6.0.a, and v3.2.0.a"));
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kFailedPrecondition, "optuna storage upgrade"));
}

TEST_F(OpenTest, WithoutAnAlembicRowTheSchemasNumberCounts) {
  MakeDatabase();
  ASSERT_EQ(RunSql(Path(), "DELETE FROM alembic_version"), absl::OkStatus());
  EXPECT_EQ(OpenError(Mode::kReadOnly), absl::OkStatus());
  ASSERT_EQ(RunSql(Path(), "UPDATE version_info SET schema_version = 11"), absl::OkStatus());
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kFailedPrecondition, "schema 11, and 12"));
}

TEST_F(OpenTest, ANewerParzensFileIsLeftToIt) {
  MakeDatabase();
  ASSERT_EQ(RunSql(Path(), "UPDATE parzen_version SET schema_version = 99"), absl::OkStatus());
  for (const Mode mode : {Mode::kReadOnly, Mode::kReadWrite}) {
    EXPECT_THAT(OpenError(mode),
                IsError(absl::StatusCode::kFailedPrecondition, "newer parzen (schema 99; this one knows up to 5)"));
  }
}

TEST_F(OpenTest, ADamagedFileIsDataLoss) {
  MakeDatabase();
  std::string bytes = FileText(Path());
  std::fill(bytes.begin() + 100, bytes.begin() + 4096, '\xee');
  WriteFile(Path(), bytes);
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kDataLoss, Path()));
}

TEST_F(OpenTest, AReadOnlyFileCannotBeOpenedForWriting) {
  MakeDatabase();
  chmod(Path().c_str(), 0444);
  const WithoutRootPowers powerless;
  EXPECT_THAT(OpenError(Mode::kReadWrite),
              IsError(absl::StatusCode::kPermissionDenied, absl::StrCat(Path(), " is read-only")));
  EXPECT_EQ(OpenError(Mode::kReadOnly), absl::OkStatus());
}

TEST_F(OpenTest, AReadOnlyFolderSaysWhyItIsNotEnough) {
  MakeDatabase();
  chmod(Folder().c_str(), 0555);
  {
    const WithoutRootPowers powerless;
    EXPECT_THAT(OpenError(Mode::kReadWrite), IsError(absl::StatusCode::kPermissionDenied, "folder"));
    EXPECT_THAT(OpenError(Path("new.db"), Mode::kCreate), IsError(absl::StatusCode::kPermissionDenied, "new.db"));
  }
  chmod(Folder().c_str(), 0755);
}

TEST_F(OpenTest, AReaderNeedsNoWritableFolder) {
  MakeDatabase();
  chmod(Folder().c_str(), 0555);
  {
    const WithoutRootPowers powerless;
    Open(Mode::kReadOnly);
    EXPECT_EQ(ListTrials("s", 0, 10)->size(), 1u);
    Close();
  }
  chmod(Folder().c_str(), 0755);
}

TEST_F(OpenTest, AReaderTakesItsFilesAwayAgain) {
  MakeDatabase();
  Open(Mode::kReadOnly);
  EXPECT_EQ(ListTrials("s", 0, 10)->size(), 1u);
  Close();
  EXPECT_FALSE(std::filesystem::exists(Path() + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(Path() + "-shm"));
}

TEST_F(OpenTest, AFileThatMayNotBeReadIsPermissionDenied) {
  MakeDatabase();
  chmod(Path().c_str(), 0000);
  const WithoutRootPowers powerless;
  EXPECT_THAT(OpenError(Mode::kReadOnly), IsError(absl::StatusCode::kPermissionDenied, Path()));
}

TEST_F(OpenTest, AReaderCannotWrite) {
  MakeDatabase();
  Open(Mode::kReadOnly);
  EXPECT_THAT(store().Begin(), IsError(absl::StatusCode::kPermissionDenied, "opened for reading"));
}

TEST_F(OpenTest, AReaderLeavesTheFileAsItIs) {
  MakeDatabase();
  const std::string before = FileText(Path());
  Open(Mode::kReadOnly);
  EXPECT_EQ(ListTrials("s", 0, 10)->size(), 1u);
  Close();
  EXPECT_EQ(FileText(Path()), before);
}

}  // namespace
}  // namespace parzen
