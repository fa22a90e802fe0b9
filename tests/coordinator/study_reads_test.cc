// Reads beside the commit loop: they end when nobody wants them, and hold up nobody.
#include "coordinator/study_reads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "studies/store/store.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Rows without end in the place of the dataset files, none of which is looked for.
constexpr char kWithoutEnd[] =
    "DROP TABLE parzen_files; CREATE VIEW parzen_files AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM "
    "c) SELECT x AS study_id, x AS position, 'n' AS name, 'p' AS path, x || 'th' AS sha256, 1 AS bytes FROM c";
constexpr char kWithEnd[] =
    "DROP VIEW parzen_files; CREATE TABLE parzen_files (study_id, position, name, path, sha256, bytes)";

class StudyReadsTest : public testing::Test {
 protected:
  StudyReadsTest() : path_(absl::StrCat(testing::TempDir(), "/study_reads_", getpid(), "_", counter_++, ".db")) {
    store_ = *Store::Open(path_, Store::Mode::kCreate);
    Open(absl::Minutes(5));
  }
  ~StudyReadsTest() override {
    reads_.reset();
    store_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) unlink((path_ + suffix).c_str());
  }
  void Open(absl::Duration longest) { reads_ = *StudyReads::Open(path_, longest); }
  void Execute(const std::string& sql) { EXPECT_TRUE(store_->database().Execute(sql).ok()); }

  // A read that does not end by itself.
  struct Endless {
    absl::Notification began;
    std::atomic<bool> wanted = true;
    absl::Notification told;
    absl::Status status;
  };
  void Begin(Endless& read) {
    reads_->Post([&read] { return read.wanted.load(); },
                 [&read](StudyReader& reader) {
                   if (!read.began.HasBeenNotified()) read.began.Notify();
                   return reader.DatasetFiles("f").status();
                 },
                 [&read](const absl::Status& status) {
                   read.status = status;
                   read.told.Notify();
                 });
  }
  absl::Status List() {
    absl::Notification told;
    absl::Status result;
    reads_->Post([] { return true; },
                 [](StudyReader& reader) { return reader.ListStudies(ListStudiesRequest()).status(); },
                 [&](const absl::Status& status) {
                   result = status;
                   told.Notify();
                 });
    told.WaitForNotification();
    return result;
  }

  static inline int counter_ = 0;
  const std::string path_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<StudyReads> reads_;
};

TEST_F(StudyReadsTest, OthersReadBesideALongRead) {
  Execute(kWithoutEnd);
  Endless read;
  Begin(read);
  read.began.WaitForNotification();
  EXPECT_TRUE(List().ok());
  EXPECT_FALSE(read.told.HasBeenNotified());
  read.wanted.store(false);
  read.told.WaitForNotification();
}

TEST_F(StudyReadsTest, AReadThatNobodyWaitsForEndsInItsMidst) {
  Execute(kWithoutEnd);
  Endless read;
  Begin(read);
  read.began.WaitForNotification();
  read.wanted.store(false);
  read.told.WaitForNotification();
  EXPECT_TRUE(absl::IsCancelled(read.status)) << read.status;
  EXPECT_TRUE(List().ok());
}

TEST_F(StudyReadsTest, AReadThatTakesTooLongIsToldSo) {
  Execute(kWithoutEnd);
  Open(absl::Milliseconds(1));
  Endless read;
  Begin(read);
  read.told.WaitForNotification();
  EXPECT_TRUE(absl::IsDeadlineExceeded(read.status)) << read.status;
  EXPECT_THAT(std::string(read.status.message()), HasSubstr("not found within 1ms"));
}

TEST_F(StudyReadsTest, FilesAreFoundWhileAllOthersRead) {
  Endless reads[2];
  absl::Notification go_on;
  for (Endless& read : reads) {
    reads_->Post([] { return true; },
                 [&](StudyReader&) {
                   read.began.Notify();
                   go_on.WaitForNotification();
                   return absl::OkStatus();
                 },
                 [&read](const absl::Status&) { read.told.Notify(); });
  }
  for (Endless& read : reads) read.began.WaitForNotification();
  EXPECT_THAT(*reads_->DatasetFiles(""), IsEmpty());
  go_on.Notify();
  for (Endless& read : reads) read.told.WaitForNotification();
}

TEST_F(StudyReadsTest, ReopeningWaitsForNoReadAndTheReadIsDoneAgain) {
  Execute(kWithoutEnd);
  Endless read;
  Begin(read);
  read.began.WaitForNotification();
  EXPECT_TRUE(reads_
                  ->Reopen([&] {
                    Execute(kWithEnd);
                    return absl::OkStatus();
                  })
                  .ok());
  read.told.WaitForNotification();
  EXPECT_TRUE(read.status.ok()) << read.status;
}

TEST_F(StudyReadsTest, WhatCannotBeOpenedAgainIsSaidUntilItCan) {
  const absl::Status gone = absl::UnavailableError("moved away");
  EXPECT_EQ(reads_->Reopen([&] { return gone; }), gone);
  EXPECT_EQ(List(), gone);
  EXPECT_EQ(reads_->DatasetFiles("").status(), gone);
  EXPECT_TRUE(reads_->Reopen([] { return absl::OkStatus(); }).ok());
  EXPECT_TRUE(List().ok());
}

}  // namespace
}  // namespace parzen
