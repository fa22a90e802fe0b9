#include "studies/store/database_copy.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "studies/store/disk_room.h"
#include "tests/studies/store/store_fixture.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

class DatabaseCopyTest : public StoreTest {
 protected:
  DatabaseCopyTest() : copy_(Path() + ".copy") {
    Open();
    CreateStudy(ForestSpec("s"));
  }
  ~DatabaseCopyTest() override {
    for (const char* const suffix : {"", "-wal", "-shm"}) fs::remove(copy_ + suffix);
  }
  std::vector<std::string> Names(const std::string& path) { return Query(path, "SELECT study_name FROM studies"); }

  const std::string copy_;
};

TEST_F(DatabaseCopyTest, HoldsWhatIsOnlyInTheLogYet) {
  EXPECT_EQ(CopyDatabase(store().database(), copy_), absl::OkStatus());
  EXPECT_THAT(Names(copy_), ElementsAre("s"));
  EXPECT_THAT(Query(copy_, "PRAGMA integrity_check"), ElementsAre("ok"));
}

TEST_F(DatabaseCopyTest, IsMadeOfAFileThatWasDeleted) {
  for (const char* const suffix : {"", "-wal", "-shm"}) fs::remove(Path() + suffix);
  EXPECT_EQ(CopyDatabase(store().database(), copy_), absl::OkStatus());
  EXPECT_EQ(PutInPlace(copy_, fs::canonical(fs::path(Path()).parent_path()) / fs::path(Path()).filename()),
            absl::OkStatus());
  EXPECT_EQ(store().Reopen(), absl::OkStatus());
  CreateStudy(ForestSpec("t"));
  EXPECT_THAT(Names(Path()), ElementsAre("s", "t"));
}

TEST_F(DatabaseCopyTest, ReplacesAnEarlierOneWithItsLeftovers) {
  std::ofstream(copy_) << "no database";
  std::ofstream(copy_ + "-wal") << "no log";
  EXPECT_EQ(CopyDatabase(store().database(), copy_), absl::OkStatus());
  EXPECT_THAT(Names(copy_), ElementsAre("s"));
}

TEST_F(DatabaseCopyTest, ThatCannotBeMadeLeavesNothingBehind) {
  EXPECT_FALSE(CopyDatabase(store().database(), Path() + ".no/folder").ok());
  EXPECT_FALSE(fs::exists(Path() + ".no"));
}

TEST_F(DatabaseCopyTest, IsNotPutInThePlaceOfAnything) {
  EXPECT_EQ(CopyDatabase(store().database(), copy_), absl::OkStatus());
  const auto before = fs::file_size(Path() + "-wal");
  EXPECT_TRUE(absl::IsAlreadyExists(PutInPlace(copy_, Path())));
  EXPECT_EQ(fs::file_size(Path() + "-wal"), before);
}

TEST_F(DatabaseCopyTest, RoomIsFoundAndNothingIsLeftOfLookingForIt) {
  EXPECT_TRUE(HasRoom(copy_));
  EXPECT_FALSE(HasRoom(Path() + ".no/folder"));
  for (const auto& file : fs::directory_iterator(fs::path(Path()).parent_path())) {
    EXPECT_EQ(file.path().string().find(".room-"), std::string::npos) << file.path();
  }
}

}  // namespace
}  // namespace parzen
