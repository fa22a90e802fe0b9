// What clients upload: whole or not there, and gone when nobody names it.
#include "coordinator/file_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "coordinator/served_files.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string DigestOf(absl::string_view bytes) { return absl::BytesToHexString(Sha256Of(bytes)); }

class FileStoreTest : public testing::Test {
 protected:
  FileStoreTest() : root_(absl::StrCat(testing::TempDir(), "/files_", getpid(), "_", counter_++)) {
    fs::create_directories(root_);
  }
  ~FileStoreTest() override { fs::remove_all(root_); }

  std::string Write(const std::string& name, const std::string& bytes) {
    const fs::path path = fs::path(root_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << bytes;
    return path.string();
  }
  static std::string Read(const std::string& path) {
    std::stringstream bytes;
    bytes << std::ifstream(path).rdbuf();
    return bytes.str();
  }
  static absl::Status Store(FileStore& store, const std::string& bytes, const std::string& digest) {
    absl::StatusOr<std::unique_ptr<FileStore::Upload>> upload = store.Begin(digest, static_cast<int64_t>(bytes.size()));
    EXPECT_TRUE(upload.ok()) << upload.status();
    const absl::Status written = (*upload)->Write(bytes);
    return written.ok() ? (*upload)->Finish() : written;
  }
  size_t FilesIn(const std::string& folder) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  static inline int counter_ = 0;
  const std::string root_;
  const std::string folder_ = root_ + "/store";
};

TEST_F(FileStoreTest, AnUploadIsThereOnceItIsFinished) {
  FileStore store(folder_);
  const std::string digest = DigestOf("hello");
  EXPECT_FALSE(store.Claim(digest));
  EXPECT_TRUE(Store(store, "hello", digest).ok());
  EXPECT_TRUE(store.Claim(digest));
  EXPECT_EQ(Read(store.PathOf(digest)), "hello");
  EXPECT_EQ(fs::status(store.PathOf(digest)).permissions(), fs::perms::owner_read);
}

TEST_F(FileStoreTest, OtherBytesThanAnnouncedAreRefused) {
  FileStore store(folder_);
  const std::string digest = DigestOf("hello");
  const absl::Status refusal = Store(store, "hullo", digest);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr(DigestOf("hullo")));
  EXPECT_FALSE(store.Claim(digest));
  EXPECT_EQ(FilesIn(folder_), 0u);
}

TEST_F(FileStoreTest, MoreOrFewerBytesThanAnnouncedAreRefused) {
  FileStore store(folder_);
  auto upload = *store.Begin(DigestOf("hello"), 5);
  EXPECT_TRUE(absl::IsInvalidArgument(upload->Write("hello!")));
  upload = *store.Begin(DigestOf("hello"), 5);
  EXPECT_TRUE(upload->Write("hell").ok());
  EXPECT_THAT(std::string(upload->Finish().message()), HasSubstr("broke off after 4 of 5 bytes"));
  upload.reset();
  EXPECT_EQ(FilesIn(folder_), 0u);
}

TEST_F(FileStoreTest, AFileThatCannotFitIsRefusedBeforeItIsSent) {
  FileStore store(folder_);
  EXPECT_TRUE(absl::IsResourceExhausted(store.Begin(DigestOf(""), int64_t{1} << 60).status()));
}

TEST_F(FileStoreTest, WhatAKilledUploadLeftIsRemovedAtTheNextStart) {
  FileStore store(folder_);
  EXPECT_TRUE(Store(store, "kept", DigestOf("kept")).ok());
  Write("store/upload-0123", "half of a f");
  FileStore again(folder_);
  EXPECT_EQ(FilesIn(folder_), 1u);
  EXPECT_TRUE(again.Claim(DigestOf("kept")));
}

TEST_F(FileStoreTest, OnlyWhatNobodyNamesOrIsAboutToNameIsSwept) {
  FileStore store(folder_);
  const std::string named = DigestOf("named"), claimed = DigestOf("claimed"), released = DigestOf("released");
  for (const char* bytes : {"named", "claimed", "released"}) ASSERT_TRUE(Store(store, bytes, DigestOf(bytes)).ok());
  store.Release(named);
  store.Release(released);
  Write("store/README", "somebody's note");
  EXPECT_EQ(store.Sweep({named}), 1);
  EXPECT_TRUE(store.Claim(named));
  EXPECT_TRUE(store.Claim(claimed));
  EXPECT_FALSE(store.Claim(released));
  EXPECT_EQ(FilesIn(folder_), 3u);
}

TEST_F(FileStoreTest, NamesLeadNowhereButBelowTheFolders) {
  Write("data/sub/in.csv", "x");
  const std::string outside = Write("out.csv", "y");
  fs::create_symlink("../out.csv", root_ + "/data/link_out.csv");
  fs::create_symlink("sub/in.csv", root_ + "/data/link_in.csv");
  fs::create_directory_symlink("..", root_ + "/data/up");
  Write("data_of_others/in.csv", "z");
  const std::vector<std::string> folders = *CanonicalFolders({root_ + "/data"});
  const std::string in = folders[0] + "/sub/in.csv";
  for (const std::string& name :
       {std::string("sub/in.csv"), std::string("sub/../sub/in.csv"), in, std::string("link_in.csv")}) {
    EXPECT_THAT(PathsBelow(folders, name), ElementsAre(in)) << name;
  }
  for (const std::string& name :
       {std::string("../out.csv"), std::string("../../../../../../../../etc/passwd"), std::string("/etc/passwd"),
        outside, std::string("link_out.csv"), std::string("up/out.csv"), std::string("../data_of_others/in.csv"),
        std::string("sub"), std::string("nothing.csv"), std::string(""), std::string("."), std::string(5000, 'a')}) {
    EXPECT_THAT(PathsBelow(folders, name), IsEmpty()) << name;
  }
}

TEST_F(FileStoreTest, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(std::string(CanonicalFolders({root_ + "/no"}).status().message()),
              HasSubstr("/no: there is no such folder"));
}

TEST_F(FileStoreTest, AFileIsFoundByItsBytesAloneAndNotFoundOnceTheyChange) {
  ServedFiles files([] { return false; });
  const std::string wrong = Write("wrong", "abd"), right = Write("right", "abc");
  const auto found = files.Find(DigestOf("abc"), 0, {root_ + "/none", wrong, right});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->path, right);
  EXPECT_EQ(found->manifest->chunk_sha256(0), Sha256Of("abc"));
  Write("right", "other");
  EXPECT_TRUE(absl::IsNotFound(ServedFiles::Open(*found).status()));
  EXPECT_TRUE(absl::IsNotFound(files.Find(DigestOf("abc"), 0, {wrong, right}).status()));
}

TEST_F(FileStoreTest, ManifestsCutFilesIntoMebibytes) {
  ServedFiles files([] { return false; });
  const std::string bytes(2 * kFileChunkBytes + 3, 'x');
  const auto found = files.Find(DigestOf(bytes), 0, {Write("large", bytes)});
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->manifest->bytes(), 2 * kFileChunkBytes + 3);
  ASSERT_EQ(found->manifest->chunk_sha256_size(), 3);
  EXPECT_EQ(found->manifest->chunk_sha256(2), Sha256Of("xxx"));
  const int descriptor = *ServedFiles::Open(*found);
  EXPECT_EQ(*ReadChunk(descriptor, found->path, found->manifest->bytes(), 2), "xxx");
  close(descriptor);
}

TEST_F(FileStoreTest, SearchingEndsWhenItIsAskedTo) {
  ServedFiles files([] { return true; });
  EXPECT_TRUE(absl::IsCancelled(files.Find(DigestOf("abc"), 0, {Write("f", "abc")}).status()));
}

}  // namespace
}  // namespace parzen
