// The cache on disk: what is in use stays, what is not goes, and makers do not get in each other's way.
#include "worker/cache/disk_cache.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "worker/cache/section_file.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DiskCacheTest : public testing::Test {
 protected:
  DiskCacheTest() : folder_(absl::StrCat(testing::TempDir(), "/cache_", getpid(), "_", counter_++)) {}
  ~DiskCacheTest() override { fs::remove_all(folder_); }

  std::unique_ptr<DiskCache> Open(int64_t max_bytes) {
    auto cache = DiskCache::Open(folder_, max_bytes);
    EXPECT_TRUE(cache.ok()) << cache.status();
    return *std::move(cache);
  }
  // Makes an entry of whole blocks, last used at that second.
  void Make(DiskCache& cache, const std::string& name, size_t bytes, time_t used = 0) {
    auto entry = cache.FindOrMake(name, stop_);
    ASSERT_TRUE(entry.ok() && entry->making.has_value());
    const std::string data(bytes, 'x');
    ASSERT_EQ(write(entry->making->descriptor(), data.data(), bytes), static_cast<ssize_t>(bytes));
    const auto kept = cache.Keep(*std::move(entry->making), name);
    ASSERT_TRUE(kept.ok()) << kept.status();
    const struct timespec times[2] = {{used, 0}, {0, UTIME_OMIT}};
    if (used > 0) futimens(kept->descriptor(), times);
  }
  bool IsThere(const std::string& name) { return fs::exists(absl::StrCat(folder_, "/", name)); }

  static constexpr size_t kBlock = 64 << 10;
  static inline int counter_ = 0;
  const std::string folder_;
  const Stop stop_;
};

TEST_F(DiskCacheTest, AnEntryIsThereOnceItIsKept) {
  const auto cache = Open(1 << 30);
  EXPECT_FALSE(cache->Find("files/a").has_value());
  {
    auto entry = cache->FindOrMake("files/a", stop_);
    ASSERT_TRUE(entry.ok());
    ASSERT_TRUE(entry->making.has_value());
    EXPECT_FALSE(cache->Find("files/a").has_value());
  }
  Make(*cache, "files/a", 3);
  EXPECT_TRUE(cache->Find("files/a").has_value());
  EXPECT_TRUE(cache->FindOrMake("files/a", stop_)->found.has_value());
  EXPECT_EQ(fs::status(folder_).permissions(), fs::perms::owner_all);
}

TEST_F(DiskCacheTest, TheLeastRecentlyUsedGoFirst) {
  const auto cache = Open(4 * kBlock);
  for (int i = 0; i < 4; ++i) Make(*cache, absl::StrCat("files/", i), kBlock, 1000 + i);
  cache->Find("files/0");  // used just now
  EXPECT_TRUE(cache->MakeRoom(2 * kBlock).ok());
  EXPECT_TRUE(IsThere("files/0"));
  EXPECT_FALSE(IsThere("files/1"));
  EXPECT_FALSE(IsThere("files/2"));
  EXPECT_TRUE(IsThere("files/3"));
}

TEST_F(DiskCacheTest, WhatIsInUseStaysHoweverOldItIs) {
  const auto cache = Open(2 * kBlock);
  Make(*cache, "files/old", kBlock, 1000);
  Make(*cache, "prepared/new", kBlock, 2000);
  auto used = cache->Find("files/old");
  const struct timespec times[2] = {{1000, 0}, {0, UTIME_OMIT}};
  futimens(used->descriptor(), times);
  EXPECT_TRUE(cache->MakeRoom(kBlock).ok());
  EXPECT_TRUE(IsThere("files/old"));
  EXPECT_FALSE(IsThere("prepared/new"));
  EXPECT_TRUE(cache->MakeRoom(10 * kBlock).ok()) << "what is larger than the cache still has its room";
  EXPECT_TRUE(IsThere("files/old"));
  used.reset();
  EXPECT_TRUE(cache->MakeRoom(2 * kBlock).ok());
  EXPECT_FALSE(IsThere("files/old"));
}

TEST_F(DiskCacheTest, WhatAnotherProcessUsesStays) {
  const auto cache = Open(kBlock);
  Make(*cache, "files/a", kBlock, 1000);
  int ready[2], done[2];
  ASSERT_EQ(pipe(ready) + pipe(done), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto mine = DiskCache::Open(folder_, kBlock);
    const auto used = (*mine)->Find("files/a");
    char byte = used.has_value() ? 'y' : 'n';
    if (write(ready[1], &byte, 1) != 1 || read(done[0], &byte, 1) != 1) _exit(1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  EXPECT_TRUE(cache->MakeRoom(kBlock).ok());
  EXPECT_TRUE(IsThere("files/a"));
  ASSERT_EQ(write(done[1], &byte, 1), 1);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(cache->MakeRoom(kBlock).ok());
  EXPECT_FALSE(IsThere("files/a"));
}

TEST_F(DiskCacheTest, OneMakesAndTheOthersWaitForIt) {
  const auto cache = Open(1 << 30);
  auto making = cache->FindOrMake("files/a", stop_);
  ASSERT_TRUE(making->making.has_value());
  bool found = false;
  std::thread other([&] { found = cache->FindOrMake("files/a", stop_)->found.has_value(); });
  ASSERT_TRUE(cache->Keep(*std::move(making->making), "files/a").ok());
  other.join();
  EXPECT_TRUE(found);
}

TEST_F(DiskCacheTest, AMakerThatFailsLeavesItsWorkToTheNext) {
  const auto cache = Open(1 << 30);
  {
    const auto making = cache->FindOrMake("files/a", stop_);
    ASSERT_EQ(write(making->making->descriptor(), "half", 4), 4);
  }
  const auto next = cache->FindOrMake("files/a", stop_);
  ASSERT_TRUE(next->making.has_value());
  char bytes[4];
  EXPECT_EQ(pread(next->making->descriptor(), bytes, 4, 0), 4);
  EXPECT_EQ(std::string(bytes, 4), "half");
}

TEST_F(DiskCacheTest, FoldersThatSomebodyDeletesAreMadeAgain) {
  const auto cache = Open(1 << 30);
  fs::remove_all(folder_);
  Make(*cache, "files/a", 3);
  EXPECT_TRUE(cache->Find("files/a").has_value());
}

TEST_F(DiskCacheTest, WaitingForAMakerEndsWithStop) {
  const auto cache = Open(1 << 30);
  const auto making = cache->FindOrMake("files/a", stop_);
  Stop stop;
  stop.Request();
  EXPECT_TRUE(absl::IsCancelled(cache->FindOrMake("files/a", stop).status()));
}

TEST_F(DiskCacheTest, WaitingForAMakerEndsWithPatience) {
  const auto cache = Open(1 << 30);
  const auto making = cache->FindOrMake("files/a", stop_);
  EXPECT_TRUE(absl::IsDeadlineExceeded(cache->FindOrMake("files/a", stop_, absl::Milliseconds(1)).status()));
}

TEST_F(DiskCacheTest, ADiskWithoutRoomIsToldWithItsFolder) {
  const absl::Status full = Open(1 << 30)->MakeRoom(int64_t{1} << 60);
  EXPECT_TRUE(absl::IsResourceExhausted(full));
  EXPECT_THAT(std::string(full.message()), HasSubstr(fs::path(folder_).filename()));
}

TEST_F(DiskCacheTest, AFolderThatCannotBeMadeIsNamed) {
  std::ofstream(folder_) << "a file";
  EXPECT_THAT(std::string(DiskCache::Open(folder_, 1).status().message()), HasSubstr(fs::path(folder_).filename()));
}

// --- Section files.

SectionFile Written(const std::string& path, const std::vector<float>& numbers, const std::string& text) {
  const int descriptor = open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC, 0600);
  const Bytes sections[] = {BytesOf(absl::MakeConstSpan(numbers)),
                            BytesOf(absl::MakeConstSpan(text.data(), text.size()))};
  EXPECT_TRUE(WriteSections(descriptor, path, sections).ok());
  EXPECT_EQ(fs::file_size(path), static_cast<size_t>(SectionFileBytes(sections)));
  return *SectionFile::Map(descriptor, path);
}

TEST_F(DiskCacheTest, SectionsComeBackAsTheyWere) {
  Open(1);
  const SectionFile file = Written(folder_ + "/s", {1, 2, 3}, "text");
  ASSERT_EQ(file.size(), 2u);
  EXPECT_THAT(file.array<float>(0), testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(std::string(file.array<char>(1).data(), 4), "text");
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.section(1).data()) % 64, 0u);
  EXPECT_EQ(Written(folder_ + "/empty", {}, "").section(0).size(), 0u);
}

TEST_F(DiskCacheTest, EveryByteOfASectionFileIsCheckedForDamage) {
  Open(1);
  const std::string path = folder_ + "/s";
  Written(path, {1, 2, 3}, "text");
  const auto size = fs::file_size(path);
  for (size_t at = 0; at < size; at += at < 32 ? 1 : 13) {
    const int descriptor = open(path.c_str(), O_RDWR);
    char byte;
    ASSERT_EQ(pread(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    const char flipped = static_cast<char>(byte ^ 1);
    ASSERT_EQ(pwrite(descriptor, &flipped, 1, static_cast<off_t>(at)), 1);
    EXPECT_TRUE(absl::IsDataLoss(SectionFile::Map(dup(descriptor), path).status())) << "byte " << at;
    ASSERT_EQ(pwrite(descriptor, &byte, 1, static_cast<off_t>(at)), 1);
    close(descriptor);
  }
  fs::resize_file(path, size - 1);
  EXPECT_TRUE(absl::IsDataLoss(SectionFile::Map(open(path.c_str(), O_RDONLY), path).status()));
  fs::resize_file(path, 0);
  EXPECT_TRUE(absl::IsDataLoss(SectionFile::Map(open(path.c_str(), O_RDONLY), path).status()));
}

}  // namespace
}  // namespace parzen
