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
    return written.ok() ? (*upload)->Finish("alice", kNow) : written;
  }
  static bool IsThere(const FileStore& store, const std::string& digest) { return fs::exists(store.PathOf(digest)); }
  size_t FilesIn(const std::string& folder) {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
  }

  static constexpr absl::Duration kNow = absl::Hours(5);
  static inline const absl::Duration kLater = kNow + FileStore::kClaimLasts;
  static inline int counter_ = 0;
  const std::string root_;
  const std::string folder_ = root_ + "/store";
};

TEST_F(FileStoreTest, AnUploadIsThereOnceItIsFinished) {
  FileStore store(folder_);
  const std::string digest = DigestOf("hello");
  EXPECT_FALSE(store.Claim(digest, "bob", kNow));
  EXPECT_TRUE(Store(store, "hello", digest).ok());
  EXPECT_TRUE(store.Claim(digest, "bob", kNow));
  EXPECT_EQ(Read(store.PathOf(digest)), "hello");
  EXPECT_EQ(fs::status(store.PathOf(digest)).permissions(), fs::perms::owner_read);
}

TEST_F(FileStoreTest, OtherBytesThanAnnouncedAreRefused) {
  FileStore store(folder_);
  const std::string digest = DigestOf("hello");
  const absl::Status refusal = Store(store, "hullo", digest);
  EXPECT_TRUE(absl::IsInvalidArgument(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr(DigestOf("hullo")));
  EXPECT_FALSE(IsThere(store, digest));
  EXPECT_EQ(FilesIn(folder_), 0u);
}

TEST_F(FileStoreTest, MoreOrFewerBytesThanAnnouncedAreRefused) {
  FileStore store(folder_);
  auto upload = *store.Begin(DigestOf("hello"), 5);
  EXPECT_TRUE(absl::IsInvalidArgument(upload->Write("hello!")));
  upload = *store.Begin(DigestOf("hello"), 5);
  EXPECT_TRUE(upload->Write("hell").ok());
  EXPECT_THAT(std::string(upload->Finish("alice", kNow).message()), HasSubstr("broke off after 4 of 5 bytes"));
  upload.reset();
  EXPECT_EQ(FilesIn(folder_), 0u);
}

TEST_F(FileStoreTest, AFileThatCannotFitIsRefusedBeforeItIsSent) {
  FileStore store(folder_);
  EXPECT_TRUE(absl::IsResourceExhausted(store.Begin(DigestOf(""), int64_t{1} << 60).status()));
}

TEST_F(FileStoreTest, UploadsAtTheSameTimeLeaveEachOtherRoom) {
  FileStore store(folder_);
  const auto half = static_cast<int64_t>(fs::space(root_).available / 10 * 6);
  auto first = *store.Begin(DigestOf("1"), half);
  const absl::Status refusal = store.Begin(DigestOf("2"), half).status();
  EXPECT_TRUE(absl::IsResourceExhausted(refusal)) << refusal;
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("other uploads need"));
  EXPECT_TRUE(first->Write("some").ok());
  first.reset();  // what it does not write any more is free
  EXPECT_TRUE(store.Begin(DigestOf("2"), half).ok());
}

TEST_F(FileStoreTest, WhatAKilledUploadLeftIsRemovedAtTheNextStart) {
  FileStore store(folder_);
  EXPECT_TRUE(Store(store, "kept", DigestOf("kept")).ok());
  Write("store/upload-0123", "half of a f");
  FileStore again(folder_);
  EXPECT_EQ(FilesIn(folder_), 1u);
  EXPECT_TRUE(IsThere(again, DigestOf("kept")));
}

TEST_F(FileStoreTest, OnlyWhatNobodyNamesOrIsAboutToNameIsSwept) {
  FileStore store(folder_);
  const std::string named = DigestOf("named"), claimed = DigestOf("claimed"), expired = DigestOf("expired");
  for (const char* bytes : {"named", "claimed", "expired"}) ASSERT_TRUE(Store(store, bytes, DigestOf(bytes)).ok());
  Write("store/README", "somebody's note");
  EXPECT_EQ(store.Sweep({}, kNow), 0) << "whoever uploaded them creates its study soon";
  EXPECT_TRUE(store.Claim(claimed, "bob", kNow + absl::Seconds(1)));
  EXPECT_EQ(store.Sweep({named}, kLater), 1);
  EXPECT_TRUE(IsThere(store, named));
  EXPECT_TRUE(IsThere(store, claimed));
  EXPECT_FALSE(IsThere(store, expired));
  EXPECT_EQ(FilesIn(folder_), 3u);
}

TEST_F(FileStoreTest, ACreatedStudyEndsItsClientsClaimAndNoOtherOne) {
  FileStore store(folder_);
  const std::string digest = DigestOf("shared");
  ASSERT_TRUE(Store(store, "shared", digest).ok());  // claimed by alice
  ASSERT_TRUE(store.Claim(digest, "bob", kNow));
  store.Hold(digest, "bob");
  store.Release(digest, "bob");
  EXPECT_EQ(store.Sweep({}, kNow), 0) << "alice has yet to create hers";
  store.Hold(digest, "alice");
  store.Hold(digest, "alice");
  store.Release(digest, "alice");
  EXPECT_EQ(store.Sweep({}, kLater + absl::Hours(1)), 0) << "one of her studies is being stored still";
  store.Release(digest, "alice");
  store.Release(digest, "alice");  // of nothing
  EXPECT_EQ(store.Sweep({}, kNow), 1);
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
