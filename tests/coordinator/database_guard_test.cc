// The moments that a real file system does not offer at will: what happens to the file while the guard has it closed.
#include "coordinator/database_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "studies/store/sqlite.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class DatabaseGuardTest : public testing::Test {
 protected:
  DatabaseGuardTest()
      : folder_(absl::StrCat(testing::TempDir(), "/guard_", getpid(), "_", counter_++)), db_(folder_ + "/s.db") {
    fs::create_directory(folder_);
    absl::StatusOr<FileLock> lock = FileLock::Acquire(db_);
    store_ = *Store::Open(db_, Store::Mode::kCreate);
    guard_ = *DatabaseGuard::Create(*store_, *std::move(lock));
    EXPECT_EQ(store_->database().Execute("INSERT INTO studies (study_name) VALUES ('kept')"), absl::OkStatus());
  }
  ~DatabaseGuardTest() override {
    store_.reset();
    guard_.reset();
    fs::remove_all(folder_);
  }

  // The log's index is found deleted, and `happens` before all connections are closed to begin with a new one.
  absl::Status CheckWhile(const std::function<void()>& happens) {
    guard_->set_around_reopen([happens](const DatabaseGuard::Reopening& reopen) {
      happens();
      return reopen();
    });
    fs::remove(db_ + "-shm");
    absl::Status status = guard_->Check();
    guard_->set_around_reopen([](const DatabaseGuard::Reopening& reopen) { return reopen(); });
    return status;
  }
  static std::string StudyIn(const std::string& file) {
    absl::StatusOr<Database> database = Database::Open(file, Database::Mode::kReadWrite);
    if (!database.ok()) return std::string(database.status().message());
    std::string name = "none";
    Statement& select = *database->Prepare("SELECT study_name FROM studies");
    EXPECT_EQ(select.ForEach([&] {
      name = select.Text(0);
      return absl::OkStatus();
    }),
              absl::OkStatus());
    return name;
  }

  static inline int counter_ = 0;
  const std::string folder_;
  const std::string db_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<DatabaseGuard> guard_;
};

TEST_F(DatabaseGuardTest, AFolderThatIsDeletedWhileTheFileIsClosedIsFilledAgainWithEverything) {
  EXPECT_FALSE(CheckWhile([this] { fs::remove_all(folder_); }).ok());
  const absl::Status gone = guard_->Check();
  EXPECT_TRUE(absl::IsNotFound(gone)) << gone;
  EXPECT_THAT(gone.message(), HasSubstr("do not stop this coordinator"));
  fs::create_directory(folder_);
  EXPECT_EQ(guard_->Check(), absl::OkStatus());
  EXPECT_EQ(store_->database().Execute("UPDATE studies SET study_name = 'kept and used'"), absl::OkStatus());
  EXPECT_EQ(guard_->Check(), absl::OkStatus());
  store_.reset();
  guard_.reset();
  EXPECT_EQ(StudyIn(db_), "kept and used");
}

TEST_F(DatabaseGuardTest, AFileThatIsReplacedWhileItIsClosedIsRescued) {
  EXPECT_FALSE(CheckWhile([this] { fs::remove_all(folder_); }).ok());
  fs::create_directory(folder_);
  ASSERT_TRUE(Store::Open(db_, Store::Mode::kCreate).ok());
  const absl::Status other = guard_->Check();
  EXPECT_TRUE(absl::IsUnavailable(other)) << other;
  EXPECT_THAT(other.message(), AllOf(HasSubstr("what it held was kept as /"), HasSubstr("s.db.rescued;")));
  EXPECT_EQ(StudyIn(db_ + ".rescued"), "kept");
}

TEST_F(DatabaseGuardTest, AFileThatIsMovedAwayWhileItIsClosedIsUsedAgainOnceItIsBack) {
  EXPECT_FALSE(CheckWhile([this] { fs::rename(folder_, folder_ + ".away"); }).ok());
  EXPECT_THAT(guard_->Check().message(), HasSubstr("was moved away while it could not be opened; move it back"));
  fs::rename(folder_ + ".away", folder_);
  EXPECT_EQ(guard_->Check(), absl::OkStatus());
  EXPECT_EQ(store_->database().Execute("UPDATE studies SET study_name = 'kept and used'"), absl::OkStatus());
}

}  // namespace
}  // namespace parzen
