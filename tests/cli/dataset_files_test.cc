#include "cli/dataset_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace parzen {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class DatasetFilesTest : public testing::Test {
 protected:
  DatasetFilesTest()
      : root_(std::filesystem::path(testing::TempDir()) /
              testing::UnitTest::GetInstance()->current_test_info()->name()) {}
  ~DatasetFilesTest() override { std::filesystem::remove_all(root_); }

  std::string Folder(const std::string& name) const {
    std::filesystem::create_directories(root_ / name);
    return (root_ / name).string();
  }
  std::string Write(const std::string& folder, const std::string& name, const std::string& bytes) const {
    const std::string path = Folder(folder) + "/" + name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  const std::filesystem::path root_;
};

TEST_F(DatasetFilesTest, FoldersAreTheStudysOwnThenDataThenTheEnvironments) {
  EXPECT_THAT(DataFolders("studies/a.textproto", {"x", "y"}, "e::f"), ElementsAre("studies", "x", "y", "e", "f"));
  EXPECT_THAT(DataFolders("a.textproto", {}, ""), ElementsAre("."));
}

TEST_F(DatasetFilesTest, FirstFolderThatHasTheFileWins) {
  Write("b", "d.csv", "second");
  const std::string first = Write("a", "d.csv", "first");
  EXPECT_EQ(*FindDataFile("d.csv", {Folder("none"), Folder("a"), Folder("b")}), first);
}

TEST_F(DatasetFilesTest, AbsoluteNameStandsForItself) {
  const std::string path = Write("a", "d.csv", "");
  EXPECT_EQ(*FindDataFile(path, {Folder("b")}), path);
}

TEST_F(DatasetFilesTest, NameMayHaveFolders) {
  const std::string path = Write("a/deep", "d.csv", "");
  EXPECT_EQ(*FindDataFile("deep/d.csv", {Folder("a")}), path);
}

TEST_F(DatasetFilesTest, MissingFileIsNamedWithEveryPlaceLookedAt) {
  const absl::Status status = FindDataFile("d.csv", {Folder("a"), Folder("b")}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("no file \"d.csv\""), HasSubstr(Folder("a") + "/d.csv"),
                                                   HasSubstr(Folder("b") + "/d.csv"), HasSubstr("--data")));
}

TEST_F(DatasetFilesTest, AllMissingFilesAreNamedAtOnce) {
  Write("a", "there.idx", "abc");
  TrainSpec train;
  Idx& idx = *train.mutable_dataset()->mutable_idx();
  idx.set_images("images.idx");
  idx.set_labels("labels.idx");
  idx.set_test_images("there.idx");
  const absl::Status status = FindDatasetFiles(train, {Folder("a")}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("no file \"images.idx\""), HasSubstr("\nno file \"labels.idx\"")));
}

TEST_F(DatasetFilesTest, AllStoredFilesThatAreMissingAreNamedAtOnce) {
  std::vector<DatasetFile> files(2);
  files[0].set_name("a.csv");
  files[1].set_name("b.csv");
  const absl::Status status = FindStoredFiles(files, {Folder("a")}).status();
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("file \"a.csv\""), HasSubstr("file \"b.csv\"")));
}

TEST_F(DatasetFilesTest, FolderInPlaceOfAFileIsRefused) {
  EXPECT_EQ(FindDataFile("b", {Folder("a"), root_.string(), Folder("b")}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(DatasetFilesTest, FilesCarryTheirSizeAndSha256) {
  Write("a", "d.csv", "abc");
  TrainSpec train;
  train.mutable_dataset()->mutable_csv()->set_file("d.csv");
  const auto files = FindDatasetFiles(train, {Folder("a")});
  ASSERT_TRUE(files.ok()) << files.status();
  ASSERT_THAT(*files, SizeIs(1));
  EXPECT_EQ((*files)[0].name(), "d.csv");
  EXPECT_EQ((*files)[0].path(), Folder("a") + "/d.csv");
  EXPECT_EQ((*files)[0].bytes(), 3);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ((*files)[0].sha256(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(DatasetFilesTest, NameThatAppearsTwiceIsTakenOnce) {
  Write("a", "d.csv", "abc");
  TrainSpec train;
  train.mutable_dataset()->mutable_csv()->set_file("d.csv");
  train.mutable_dataset()->mutable_csv()->set_test_file("d.csv");
  EXPECT_THAT(*FindDatasetFiles(train, {Folder("a")}), SizeIs(1));
}

TEST_F(DatasetFilesTest, DatasetThatNeedsNoFileHasNone) {
  TrainSpec train;
  train.mutable_dataset()->mutable_digits();
  EXPECT_THAT(*FindDatasetFiles(train, {}), SizeIs(0));
}

TEST_F(DatasetFilesTest, StoredFilesAreFoundByTheirBytes) {
  const std::string right = Write("there/deep", "d.csv", "abc");
  const std::string wrong = Write("here/deep", "d.csv", "abd");
  DatasetFile file;
  file.set_name("deep/d.csv");
  file.set_path("/of/another/machine");
  file.set_sha256("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(FindStoredFiles({file}, {Folder("here"), Folder("there")})->at(0).path(), right);
  const absl::Status status = FindStoredFiles({file}, {Folder("here")}).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr("\"deep/d.csv\""), HasSubstr("/of/another/machine"),
                                                   HasSubstr(wrong), HasSubstr("--data or PARZEN_DATA")));
  file.set_path(right);
  EXPECT_EQ(FindStoredFiles({file}, {})->at(0).path(), right);
}

}  // namespace
}  // namespace parzen
