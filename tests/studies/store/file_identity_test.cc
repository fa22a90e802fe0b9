#include "studies/store/file_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

class FileIdentityTest : public testing::Test {
 protected:
  FileIdentityTest() : folder_(absl::StrCat(testing::TempDir(), "/identity_", getpid(), "_", counter_++)) {
    fs::create_directory(folder_);
    Make("file");
  }
  ~FileIdentityTest() override { fs::remove_all(folder_); }
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  void Make(const std::string& name) const { std::ofstream(Path(name)) << name; }

  static inline int counter_ = 0;
  const std::string folder_;
};

TEST_F(FileIdentityTest, AFileThatStaysIsThereWhateverIsWrittenIntoIt) {
  const auto file = FileIdentity::Of(Path("file"));
  ASSERT_TRUE(file.ok()) << file.status();
  std::ofstream(Path("file")) << "other";
  EXPECT_EQ(file->Look(), FileFate::kThere);
}

TEST_F(FileIdentityTest, AFileThatWasMovedIsThereAgainOnceItIsBack) {
  const auto file = FileIdentity::Of(Path("file"));
  fs::rename(Path("file"), Path("elsewhere"));
  EXPECT_EQ(file->Look(), FileFate::kMovedAway);
  fs::rename(Path("elsewhere"), Path("file"));
  EXPECT_EQ(file->Look(), FileFate::kThere);
}

TEST_F(FileIdentityTest, ADeletedFileStaysDeletedThoughAnotherTakesItsName) {
  const auto file = FileIdentity::Of(Path("file"));
  fs::remove(Path("file"));
  EXPECT_EQ(file->Look(), FileFate::kDeleted);
  Make("file");
  EXPECT_EQ(file->Look(), FileFate::kReplaced);
  EXPECT_TRUE(file->HasNoName());
}

TEST_F(FileIdentityTest, ADeletedFileCanStillBeCopied) {
  const auto file = FileIdentity::Of(Path("file"));
  fs::remove(Path("file"));
  Make("other");
  ASSERT_EQ(file->CopyTo(Path("other")), absl::OkStatus());
  std::string text;
  std::ifstream(Path("other")) >> text;
  EXPECT_EQ(text, "file");
}

TEST_F(FileIdentityTest, ACopyThatCannotBeMadeIsAnErrorThatNamesIt) {
  const absl::Status status = FileIdentity::Of(Path("file"))->CopyTo(Path("no folder/copy"));
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.message(), testing::HasSubstr("no folder/copy: cannot be written"));
}

TEST_F(FileIdentityTest, AReplacedFileWithAnotherNameIsNotLost) {
  const auto file = FileIdentity::Of(Path("file"));
  fs::create_hard_link(Path("file"), Path("second name"));
  Make("new");
  fs::rename(Path("new"), Path("file"));
  EXPECT_EQ(file->Look(), FileFate::kReplaced);
  EXPECT_FALSE(file->HasNoName());
}

TEST_F(FileIdentityTest, ALinkIsFollowedToTheFile) {
  fs::create_symlink(Path("file"), Path("link"));
  const auto file = FileIdentity::Of(Path("link"));
  EXPECT_EQ(file->path(), fs::canonical(Path("file")).string());
  fs::remove(Path("link"));
  EXPECT_EQ(file->Look(), FileFate::kThere);
}

TEST_F(FileIdentityTest, NoFileIsNotFound) { EXPECT_TRUE(absl::IsNotFound(FileIdentity::Of(Path("no")).status())); }

}  // namespace
}  // namespace parzen
