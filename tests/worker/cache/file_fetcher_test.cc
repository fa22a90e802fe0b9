// Fetching files from a coordinator that fails in every way it can: a real service, played by the test.
#include "worker/cache/file_fetcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/sha256.h"
#include "rpc/channel.h"
#include "worker/task_fetcher.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

constexpr int64_t kChunk = 4 << 10;

// Serves one file, and does what `on_chunk` says before each chunk.
class FakeCoordinator final : public WorkerService::Service {
 public:
  explicit FakeCoordinator(std::string bytes) : bytes_(std::move(bytes)) {
    manifest_.set_sha256(absl::BytesToHexString(Sha256Of(bytes_)));
    manifest_.set_bytes(static_cast<int64_t>(bytes_.size()));
    manifest_.set_chunk_bytes(kChunk);
    for (int64_t i = 0; i < Chunks(); ++i) manifest_.add_chunk_sha256(Sha256Of(Chunk(i)));
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }

  grpc::Status GetFileManifest(grpc::ServerContext*, const FileManifestRequest*, FileManifest* reply) override {
    ++manifests_;
    if (missing_) return grpc::Status(grpc::StatusCode::NOT_FOUND, "no study here uses it");
    *reply = manifest_;
    return grpc::Status::OK;
  }
  grpc::Status FetchFile(grpc::ServerContext*, const FetchFileRequest* request,
                         grpc::ServerWriter<FileChunk>* writer) override {
    fetched_from_.push_back(request->first_chunk());
    for (int64_t i = request->first_chunk(); i < Chunks(); ++i) {
      FileChunk chunk;
      chunk.set_index(i);
      chunk.set_data(Chunk(i));
      if (!on_chunk_(chunk)) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "cut off");
      if (!writer->Write(chunk)) return grpc::Status::CANCELLED;
      ++chunks_sent_;
    }
    return grpc::Status::OK;
  }

  int64_t Chunks() const { return (static_cast<int64_t>(bytes_.size()) + kChunk - 1) / kChunk; }
  std::string Chunk(int64_t i) const { return bytes_.substr(i * kChunk, kChunk); }
  std::string address() const { return absl::StrCat("127.0.0.1:", port_); }
  const std::string& sha256() const { return manifest_.sha256(); }

  FileManifest manifest_;
  bool missing_ = false;
  std::function<bool(FileChunk&)> on_chunk_ = [](FileChunk&) { return true; };  // false: the connection breaks
  std::vector<int64_t> fetched_from_;
  int manifests_ = 0;
  int chunks_sent_ = 0;

 private:
  const std::string bytes_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

std::string Numbers(int count) {
  std::string bytes = "label,x\n";
  for (int i = 0; i < count; ++i) absl::StrAppend(&bytes, i % 2 == 0 ? "a," : "b,", i, "\n");
  return bytes;
}

class FileFetcherTest : public testing::Test {
 protected:
  FileFetcherTest()
      : folder_(absl::StrCat(testing::TempDir(), "/fetch_", getpid(), "_", counter_++)), coordinator_(kBytes) {
    auto cache = DiskCache::Open(folder_, int64_t{1} << 30);
    EXPECT_TRUE(cache.ok()) << cache.status();
    cache_ = *std::move(cache);
    fetcher_ = NewFetcher();
  }
  ~FileFetcherTest() override { fs::remove_all(folder_); }

  std::unique_ptr<FileFetcher> NewFetcher() {
    return std::make_unique<FileFetcher>(*cache_, [this] { return DialCoordinator(coordinator_.address()); });
  }
  absl::Status Fetch() { return fetcher_->Get(coordinator_.sha256(), stop_).status(); }
  std::string InCache(const std::string& ending = "") {
    std::stringstream bytes;
    bytes << std::ifstream(absl::StrCat(folder_, "/files/", coordinator_.sha256(), ending)).rdbuf();
    return bytes.str();
  }
  void PutIntoCache(const std::string& ending, const std::string& bytes) {
    const std::string path = absl::StrCat(folder_, "/files/", coordinator_.sha256(), ending);
    fs::remove(path);
    std::ofstream(path) << bytes;
  }

  static inline const std::string kBytes = Numbers(5000);
  static inline int counter_ = 0;
  const std::string folder_;
  FakeCoordinator coordinator_;
  std::unique_ptr<DiskCache> cache_;
  std::unique_ptr<FileFetcher> fetcher_;
  Stop stop_;
};

TEST_F(FileFetcherTest, AFileIsFetchedOnce) {
  EXPECT_FALSE(fetcher_->FindChecked(coordinator_.sha256()).has_value());
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  EXPECT_TRUE(fetcher_->FindChecked(coordinator_.sha256()).has_value());
  ASSERT_TRUE(Fetch().ok());
  fetcher_ = NewFetcher();  // as another worker of the machine, later
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(coordinator_.chunks_sent_, coordinator_.Chunks());
  EXPECT_EQ(coordinator_.manifests_, 1);
}

TEST_F(FileFetcherTest, OfManyThatWantAFileOneFetchesIt) {
  std::vector<std::thread> workers;
  for (int i = 0; i < 8; ++i) {
    workers.emplace_back([this] { EXPECT_TRUE(NewFetcher()->Get(coordinator_.sha256(), stop_).ok()); });
  }
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(coordinator_.chunks_sent_, coordinator_.Chunks());
}

TEST_F(FileFetcherTest, ABrokenTransferGoesOnWhereItBroke) {
  bool broken = false;
  coordinator_.on_chunk_ = [&](FileChunk& chunk) { return chunk.index() != 7 || std::exchange(broken, true); };
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  EXPECT_THAT(coordinator_.fetched_from_, ElementsAre(0, 7));
  EXPECT_EQ(coordinator_.chunks_sent_, coordinator_.Chunks());
}

TEST_F(FileFetcherTest, AWorkerThatWasKilledGoesOnBehindTheChunksThatAreSound) {
  std::string left = kBytes.substr(0, 9 * kChunk + 100);
  left[5 * kChunk + 1] ^= 1;
  PutIntoCache(".part", left);
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  EXPECT_THAT(coordinator_.fetched_from_, ElementsAre(5));
}

TEST_F(FileFetcherTest, ADamagedChunkIsRefusedAndFetchedAgain) {
  int damaged = 0;
  coordinator_.on_chunk_ = [&](FileChunk& chunk) {
    if (chunk.index() == 3 && ++damaged <= 2) (*chunk.mutable_data())[17] ^= 4;
    return true;
  };
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  EXPECT_THAT(coordinator_.fetched_from_, ElementsAre(0, 3, 3));
}

TEST_F(FileFetcherTest, ChunksOfAnotherOrderOrSizeAreRefused) {
  int wrong = 0;
  coordinator_.on_chunk_ = [&](FileChunk& chunk) {
    if (chunk.index() == 1 && ++wrong == 1) chunk.set_index(2);
    if (chunk.index() == 1 && wrong == 2) chunk.mutable_data()->append("x");
    if (chunk.index() == 1 && wrong == 3) chunk.clear_data();
    return true;
  };
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  EXPECT_THAT(coordinator_.fetched_from_, ElementsAre(0, 1, 1, 1));
}

TEST_F(FileFetcherTest, AChunkThatIsAlwaysDamagedIsGivenUpAndNothingWrongIsKept) {
  coordinator_.on_chunk_ = [](FileChunk& chunk) {
    if (chunk.index() == 2) (*chunk.mutable_data())[0] ^= 1;
    return true;
  };
  const absl::Status given_up = Fetch();
  EXPECT_TRUE(absl::IsDataLoss(given_up));
  EXPECT_THAT(std::string(given_up.message()), HasSubstr("chunk 2"));
  EXPECT_EQ(InCache(), "");
  EXPECT_EQ(InCache(".part"), kBytes.substr(0, 2 * kChunk));
  EXPECT_EQ(coordinator_.fetched_from_.size(), 5u);
}

TEST_F(FileFetcherTest, AListOfChunksThatLiesIsFoundOutAtTheEnd) {
  std::string other = coordinator_.Chunk(4);
  other[0] ^= 1;
  coordinator_.manifest_.set_chunk_sha256(4, Sha256Of(other));
  coordinator_.on_chunk_ = [&](FileChunk& chunk) {
    if (chunk.index() == 4) chunk.set_data(other);
    return true;
  };
  EXPECT_TRUE(absl::IsDataLoss(Fetch()));
  EXPECT_EQ(InCache(), "");
  EXPECT_EQ(InCache(".part"), "");
}

TEST_F(FileFetcherTest, AListOfChunksThatMakesNoSenseIsRefused) {
  coordinator_.manifest_.set_bytes(coordinator_.manifest_.bytes() + kChunk);
  EXPECT_TRUE(absl::IsDataLoss(Fetch()));
  EXPECT_TRUE(coordinator_.fetched_from_.empty());
}

TEST_F(FileFetcherTest, AFileThatNoWorkerTakesIsToldWithTheBoundAndNotTriedAgain) {
  coordinator_.manifest_.set_bytes((int64_t{64} << 30) + 1);
  const absl::Status refused = Fetch();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("at most 68719476736"));
  EXPECT_EQ(coordinator_.manifests_, 1);
}

TEST_F(FileFetcherTest, AFileThatNobodyHasIsNotFoundAtOnce) {
  coordinator_.missing_ = true;
  EXPECT_TRUE(absl::IsNotFound(Fetch()));
  EXPECT_EQ(coordinator_.manifests_, 1);
}

TEST_F(FileFetcherTest, ACoordinatorThatIsAwayIsGivenUpAfterAWhile) {
  coordinator_.on_chunk_ = [](FileChunk&) { return false; };
  EXPECT_TRUE(absl::IsUnavailable(Fetch()));
  EXPECT_EQ(coordinator_.fetched_from_.size(), 5u);
}

TEST_F(FileFetcherTest, FetchingEndsWithStop) {
  coordinator_.on_chunk_ = [this](FileChunk& chunk) {
    if (chunk.index() == 3) stop_.Request();
    return true;
  };
  EXPECT_TRUE(absl::IsCancelled(Fetch()));
}

TEST_F(FileFetcherTest, AFileThatWasDamagedInTheCacheIsFetchedAgain) {
  PutIntoCache("", "something else");
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
  PutIntoCache("", kBytes.substr(1));  // under the eyes of a worker that has checked it
  ASSERT_TRUE(Fetch().ok());
  EXPECT_EQ(InCache(), kBytes);
}

TEST_F(FileFetcherTest, EmptyFilesHaveNoChunks) {
  FakeCoordinator empty("");
  FileFetcher fetcher(*cache_, [&] { return DialCoordinator(empty.address()); });
  EXPECT_TRUE(fetcher.Get(empty.sha256(), stop_).ok());
}

// --- Tasks.

class TaskFetcherTest : public FileFetcherTest {
 protected:
  TrialTask Task() {
    TrialTask task;
    task.mutable_train()->mutable_spec()->mutable_dataset()->mutable_csv()->set_file("../../etc/passwd");
    DatasetFile& file = *task.mutable_train()->add_files();
    file.set_name("../../etc/passwd");
    file.set_path("/etc/passwd");
    file.set_sha256(coordinator_.sha256());
    return task;
  }
  // What the fetcher tells of a task.
  absl::StatusOr<PlacedTask> Place(const TrialTask& task) {
    absl::StatusOr<PlacedTask> result = absl::UnknownError("not told");
    Stop told;
    TaskFetcher fetcher(*fetcher_, [&](int64_t ticket, absl::StatusOr<PlacedTask> placed) {
      EXPECT_EQ(ticket, 7);
      result = std::move(placed);
      told.Request();
    });
    fetcher.Place(7, task);
    told.WaitFor(absl::InfiniteDuration());
    return result;
  }
};

TEST_F(TaskFetcherTest, ATasksPathsAreThoseOfTheCacheWhateverItSays) {
  const auto placed = Place(Task());
  ASSERT_TRUE(placed.ok()) << placed.status();
  EXPECT_THAT(placed->task.train().files(0).path(), EndsWith(absl::StrCat("/files/", coordinator_.sha256())));
  EXPECT_EQ(placed->files.size(), 1u);
}

TEST_F(TaskFetcherTest, WhatIsHereNeedsNoWaiting) {
  TaskFetcher fetcher(*fetcher_, [](int64_t, const absl::StatusOr<PlacedTask>&) {});
  EXPECT_TRUE(absl::IsUnavailable(fetcher.PlaceNow(Task()).status()));
  ASSERT_TRUE(Fetch().ok());
  EXPECT_TRUE(fetcher.PlaceNow(Task()).ok());
  EXPECT_TRUE(fetcher.PlaceNow(TrialTask()).ok());
}

TEST_F(TaskFetcherTest, WhatMaySucceedLaterIsToldAfterAPause) {
  fs::remove_all(folder_);
  std::ofstream(folder_) << "no folder any more, and none can be made";
  const auto before = std::chrono::steady_clock::now();
  EXPECT_TRUE(absl::IsInternal(Place(Task()).status()));
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::seconds(1));
}

TEST_F(TaskFetcherTest, ATaskThatNobodyWaitsForIsForgottenAtOnceWhetherItsTurnHasComeOrNot) {
  struct Gate {
    absl::Notification reached, open;
  };
  const auto gate = std::make_shared<Gate>();
  coordinator_.on_chunk_ = [gate](FileChunk&) {
    if (!gate->reached.HasBeenNotified()) gate->reached.Notify();
    gate->open.WaitForNotification();
    return true;
  };
  absl::Notification first, second;
  TaskFetcher fetcher(*fetcher_, [&](int64_t ticket, const absl::StatusOr<PlacedTask>& placed) {
    EXPECT_TRUE(absl::IsCancelled(placed.status())) << placed.status();
    (ticket == 1 ? first : second).Notify();
  });
  fetcher.Place(1, Task());
  gate->reached.WaitForNotification();
  fetcher.Place(2, Task());
  fetcher.Forget(2);
  EXPECT_TRUE(second.HasBeenNotified());
  EXPECT_FALSE(first.HasBeenNotified());
  fetcher.Forget(1);
  EXPECT_TRUE(first.WaitForNotificationWithTimeout(absl::Seconds(30)));
  fetcher.Forget(1);  // no more
  gate->open.Notify();
}

TEST_F(TaskFetcherTest, AFileWithoutItsDigestIsNotOpened) {
  TrialTask task = Task();
  task.mutable_train()->clear_files();
  EXPECT_TRUE(absl::IsInvalidArgument(Place(task).status()));
  task = Task();
  task.mutable_train()->mutable_files(0)->set_sha256("../../etc/passwd");
  EXPECT_TRUE(absl::IsInvalidArgument(Place(task).status()));
}

}  // namespace
}  // namespace parzen
