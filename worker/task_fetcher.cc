#include "worker/task_fetcher.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "worker/task_files.h"

namespace parzen {
namespace {

constexpr absl::Duration kPause = absl::Seconds(2);

// What ends the trial, whoever tries, or was wanted; anything else gives it back to whoever is next, at once.
bool IsFinal(const absl::Status& status) {
  return status.ok() || absl::IsNotFound(status) || absl::IsInvalidArgument(status) || absl::IsCancelled(status);
}

using GetFile = std::function<absl::StatusOr<DiskCache::Entry>(const std::string& sha256)>;

absl::StatusOr<PlacedTask> PlaceAll(TrialTask task, const GetFile& get) {
  PlacedTask placed;
  if (task.has_train()) {
    TrainTask& train = *task.mutable_train();
    for (DatasetFile& file : *train.mutable_files()) {
      file.clear_path();
      file.set_sha256(absl::AsciiStrToLower(file.sha256()));
    }
    ASSIGN_OR_RETURN(const LocatedDataset located, LocateDataset(train));
    std::set<std::string> named;
    for (const DatasetFile& file : located.files) {
      if (!IsSha256(file.sha256())) {
        return absl::InvalidArgumentError(
            absl::StrCat("the task names the dataset file \"", file.name(), "\" without its SHA-256"));
      }
      named.insert(file.name());
    }
    for (DatasetFile& file : *train.mutable_files()) {
      if (!named.contains(file.name())) continue;
      absl::StatusOr<DiskCache::Entry> entry = get(file.sha256());
      if (!entry.ok()) {
        return absl::Status(entry.status().code(),
                            absl::StrCat("dataset file \"", file.name(), "\": ", entry.status().message()));
      }
      file.set_path(entry->path());
      placed.files.push_back(*std::move(entry));
    }
  }
  placed.task = std::move(task);
  return placed;
}

}  // namespace

TaskFetcher::TaskFetcher(FileFetcher& fetcher, OnPlaced on_placed)
    : fetcher_(fetcher), on_placed_(std::move(on_placed)), thread_([this] { Run(); }) {}

TaskFetcher::~TaskFetcher() {
  Cancel();
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  thread_.join();
}

absl::StatusOr<PlacedTask> TaskFetcher::PlaceNow(const TrialTask& task) {
  return PlaceAll(task, [this](const std::string& sha256) -> absl::StatusOr<DiskCache::Entry> {
    if (auto entry = fetcher_.FindChecked(sha256); entry.has_value()) return *std::move(entry);
    return absl::UnavailableError("not here yet");
  });
}

void TaskFetcher::Place(int64_t ticket, TrialTask task) {
  Work work{.ticket = ticket, .task = std::move(task)};
  absl::MutexLock lock(&mutex_);
  if (cancelled_) work.stop->Request();
  queue_.push_back(std::move(work));
}

void TaskFetcher::Forget(int64_t ticket) {
  {
    absl::MutexLock lock(&mutex_);
    if (current_stop_ != nullptr && current_ == ticket) current_stop_->Request();
    const auto waits = [ticket](const Work& work) { return work.ticket == ticket; };
    if (std::erase_if(queue_, waits) == 0) return;
  }
  on_placed_(ticket, absl::CancelledError("nobody waits for it any more"));
}

void TaskFetcher::Cancel() {
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  if (current_stop_ != nullptr) current_stop_->Request();
  for (const Work& work : queue_) work.stop->Request();
}

void TaskFetcher::Run() {
  for (;;) {
    Work work;
    {
      absl::MutexLock lock(&mutex_);
      const auto any = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ending_ || !queue_.empty(); };
      mutex_.Await(absl::Condition(&any));
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
      current_ = work.ticket;
      current_stop_ = work.stop;
    }
    const Stop& stop = *work.stop;
    absl::StatusOr<PlacedTask> placed =
        PlaceAll(std::move(work.task), [this, &stop](const std::string& sha256) { return fetcher_.Get(sha256, stop); });
    if (!IsFinal(placed.status())) stop.WaitFor(kPause);
    {
      absl::MutexLock lock(&mutex_);
      current_stop_ = nullptr;
    }
    on_placed_(work.ticket, std::move(placed));
  }
}

}  // namespace parzen
