#include "coordinator/study_reads.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"

namespace parzen {

absl::StatusOr<std::unique_ptr<StudyReads>> StudyReads::Open(const std::string& path, absl::Duration longest) {
  std::unique_ptr<StudyReads> reads(new StudyReads(longest));
  absl::MutexLock lock(&reads->mutex_);
  for (Connection& connection : reads->connections_) {
    ASSIGN_OR_RETURN(connection.reader, StudyReader::Open(path));
  }
  return reads;
}

void StudyReads::Post(IsWanted is_wanted, Work work, Done done) {
  const absl::Duration until = ReadClock().steady + longest_;
  queue_.Post([this, until, is_wanted = std::move(is_wanted), work = std::move(work), done = std::move(done)] {
    done(Run(0, kThreads, until, is_wanted, work));
  });
}

absl::StatusOr<std::vector<DatasetFile>> StudyReads::DatasetFiles(const std::string& sha256) {
  std::vector<DatasetFile> files;
  const auto always = [] { return true; };
  RETURN_IF_ERROR(Run(kThreads, kThreads + 1, absl::InfiniteDuration(), always, [&](StudyReader& reader) {
    absl::StatusOr<std::vector<DatasetFile>> found = reader.DatasetFiles(sha256);
    if (found.ok()) files = *std::move(found);
    return found.status();
  }));
  return files;
}

absl::Status StudyReads::Run(size_t first, size_t end, absl::Duration until, const IsWanted& is_wanted,
                             const Work& work) {
  for (;;) {
    ASSIGN_OR_RETURN(Connection* const connection, Take(first, end));
    const auto is_late = [&] { return ReadClock().steady > until; };
    absl::Status status = absl::CancelledError("nobody waits for the answer any more");
    bool ended_for_reopening = false;
    if (is_wanted() && !is_late()) {
      connection->reader->SetGoesOn([&] { return !reopening_.load() && !is_late() && is_wanted(); });
      status = work(*connection->reader);
      connection->reader->SetGoesOn(nullptr);
      ended_for_reopening = absl::IsCancelled(status) && reopening_.load();
    }
    GiveBack(*connection);
    if (status.ok() || !absl::IsCancelled(status)) return status;
    if (is_late()) {
      return absl::DeadlineExceededError(
          absl::StrCat("the answer was not found within ", absl::FormatDuration(longest_), "; ask for less at a time"));
    }
    if (!ended_for_reopening || !is_wanted()) return status;
  }
}

absl::StatusOr<StudyReads::Connection*> StudyReads::Take(size_t first, size_t end) {
  Connection* free = nullptr;
  const auto find = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    free = nullptr;
    for (size_t i = first; i < end && free == nullptr; ++i) {
      if (!connections_[i].in_use) free = &connections_[i];
    }
    return !reopening_.load() && free != nullptr;
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&find));
  RETURN_IF_ERROR(opened_);
  free->in_use = true;
  return free;
}

void StudyReads::GiveBack(Connection& connection) {
  absl::MutexLock lock(&mutex_);
  connection.in_use = false;
}

absl::Status StudyReads::Reopen(const std::function<absl::Status()>& reopen_others) {
  const auto all_free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::none_of(connections_.begin(), connections_.end(), [](const Connection& c) { return c.in_use; });
  };
  absl::MutexLock lock(&mutex_);
  reopening_.store(true);
  mutex_.Await(absl::Condition(&all_free));
  for (Connection& connection : connections_) connection.reader->Close();
  opened_ = reopen_others();
  for (Connection& connection : connections_) {
    if (opened_.ok()) opened_ = connection.reader->Reopen();
  }
  reopening_.store(false);
  return opened_;
}

}  // namespace parzen
