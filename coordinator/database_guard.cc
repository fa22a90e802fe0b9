#include "coordinator/database_guard.h"

#include <unistd.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "studies/store/database_copy.h"

namespace parzen {
namespace {

constexpr int kMaxRescued = 100;

// The first of PATH.rescued, PATH.rescued-2, ... that is free.
absl::StatusOr<std::string> FreeName(const std::string& path) {
  for (int i = 1; i <= kMaxRescued; ++i) {
    std::string name = absl::StrCat(path, ".rescued", i == 1 ? "" : absl::StrCat("-", i));
    if (access(name.c_str(), F_OK) != 0) return name;
  }
  return absl::ResourceExhaustedError(absl::StrCat(path, ".rescued and ", kMaxRescued - 1, " more exist already"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<DatabaseGuard>> DatabaseGuard::Create(Store& store, FileLock lock) {
  RETURN_IF_ERROR(lock.LockFile());
  ASSIGN_OR_RETURN(FileIdentity identity, FileIdentity::Of(store.database().path()));
  auto guard = std::unique_ptr<DatabaseGuard>(new DatabaseGuard(store, std::move(lock), std::move(identity)));
  if (!guard->FindLogs()) RETURN_IF_ERROR(guard->Reopen());
  return guard;
}

bool DatabaseGuard::FindLogs() {
  const auto find = [this](const char* suffix, std::optional<FileIdentity>& log) {
    absl::StatusOr<FileIdentity> found = FileIdentity::Of(absl::StrCat(identity_.path(), suffix));
    log.reset();
    if (found.ok()) log.emplace(*std::move(found));
    return log.has_value();
  };
  const bool has_log = find("-wal", log_);
  return find("-shm", log_index_) && has_log;
}

absl::Status DatabaseGuard::Check() {
  const FileFate fate = identity_.Look();
  if (closed_ && fate == FileFate::kMovedAway) {
    return absl::UnavailableError(
        absl::StrCat(identity_.path(), " was moved away while it could not be opened; move it back"));
  }
  if (fate != FileFate::kMovedAway) is_whole_ = false;
  switch (fate) {
    case FileFate::kThere:
      return CheckLogs();
    case FileFate::kMovedAway:
      return MovedAway();
    case FileFate::kReplaced:
      return Replaced();
    case FileFate::kDeleted:
      return WriteAgain();
  }
  return absl::OkStatus();
}

absl::Status DatabaseGuard::CheckLogs() {
  std::string lost;
  for (const auto* const log : {&log_index_, &log_}) {
    if (!log->has_value()) continue;
    const FileFate fate = (*log)->Look();
    if (fate == FileFate::kMovedAway) {
      return absl::UnavailableError(
          absl::StrCat((*log)->path(), ", which belongs to the database, was moved away; move it back"));
    }
    if (fate != FileFate::kThere) lost = (*log)->path();
  }
  if (!lost.empty()) return BeginNewLogs(lost);
  return reopen_ ? Reopen() : absl::OkStatus();
}

absl::Status DatabaseGuard::BeginNewLogs(const std::string& lost) {
  // Those who opened the database before go on with the old files, and those who opened it since with newer ones:
  // neither would see what we commit from now on, and would write over it.
  if (!lock_.KeepOthersOut()) {
    return absl::UnavailableError(absl::StrCat(
        lost, " was deleted while other programs had the database open; end them, and this coordinator goes on"));
  }
  const absl::Cleanup let_others_in = [this] { lock_.LetOthersIn(); };
  RETURN_IF_ERROR(Reopen([&]() -> absl::Status {
    const absl::Cleanup before_it_is_opened = [this] { lock_.LetOthersIn(); };
    ASSIGN_OR_RETURN(const bool complete, Checkpoint());
    if (!complete) {
      return absl::UnavailableError(absl::StrCat(lost, " was deleted, and what was in the log cannot be moved yet"));
    }
    store_.Close();
    closed_ = true;
    // Whoever put others there did so without knowing what was in ours.
    for (const char* const suffix : {"-wal", "-shm"}) unlink(absl::StrCat(identity_.path(), suffix).c_str());
    return absl::OkStatus();
  }));
  spdlog::warn("{} was deleted; all that was committed is in the database", lost);
  return absl::OkStatus();
}

absl::StatusOr<bool> DatabaseGuard::Checkpoint() {
  ASSIGN_OR_RETURN(Statement & checkpoint, store_.database().Prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  bool complete = false;
  RETURN_IF_ERROR(checkpoint.ForEach([&] {
    complete = checkpoint.Int(0) == 0;
    return absl::OkStatus();
  }));
  return complete;
}

absl::Status DatabaseGuard::MovedAway() {
  if (!is_whole_) {
    // Its log may have stayed behind, and SQLite leaves it alone when it closes a file that was moved.
    const absl::StatusOr<bool> complete = Checkpoint();
    is_whole_ = complete.ok() && *complete;
    // Others may use it under its new name, with another log: what connections remember of it is worth nothing then.
    reopen_ = true;
  }
  return absl::UnavailableError(
      absl::StrCat(identity_.path(), " was moved away; move it back",
                   is_whole_ ? ", or stop this coordinator and start one where it is now"
                             : "; it does not hold everything yet, so start no coordinator where it is now"));
}

absl::Status DatabaseGuard::WriteAgain() {
  const std::string& path = identity_.path();
  const std::string copy = absl::StrCat(path, ".restoring");
  absl::Status status = CopyTo(copy);
  // No other coordinator may find it unlocked at its path.
  if (status.ok()) status = lock_.MoveTo(copy);
  // A log at the path belongs to a connection of ours, or, when there is none, to programs that go on with it.
  if (status.ok()) status = closed_ ? GiveName(copy, path, /*overwrite=*/false) : PutInPlace(copy, path);
  if (!status.ok()) {
    unlink(copy.c_str());
    return absl::Status(status.code(),
                        absl::StrCat(path,
                                     " was deleted and cannot be written again; do not stop this coordinator, "
                                     "which alone has what was in it, before it can: ",
                                     status.message()));
  }
  ASSIGN_OR_RETURN(identity_, FileIdentity::Of(path));
  reopen_ = true;
  spdlog::warn("{} was deleted; it was written again with all that {}", path,
               closed_ ? "was committed by this coordinator" : "it held");
  return Reopen();
}

absl::Status DatabaseGuard::Reopen(const Reopening& before_close) {
  reopen_ = true;
  const auto reopen = [&]() -> absl::Status {
    if (before_close) RETURN_IF_ERROR(before_close());
    return OpenStore();
  };
  RETURN_IF_ERROR(around_reopen_ ? around_reopen_(reopen) : reopen());
  reopen_ = false;
  return absl::OkStatus();
}

absl::Status DatabaseGuard::OpenStore() {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    store_.Close();
    closed_ = true;
    log_.reset();
    log_index_.reset();
    RETURN_IF_ERROR(store_.Reopen());
    closed_ = false;
    if (FindLogs()) return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(identity_.path(), ": its -wal file disappears again and again"));
}

absl::Status DatabaseGuard::CopyTo(const std::string& path) {
  return closed_ ? identity_.CopyTo(path) : CopyDatabase(store_.database(), path);
}

absl::Status DatabaseGuard::Replaced() {
  const std::string& path = identity_.path();
  const bool log_is_ours = log_.has_value() && log_->Look() == FileFate::kThere;
  // It stays so when the copy fails: the log that is removed now has what is in no other file.
  if (rescued_.empty() && (log_is_ours || identity_.HasNoName())) needs_rescue_ = true;
  if (log_is_ours) {
    for (const char* const suffix : {"-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
  }
  if (needs_rescue_) {
    absl::StatusOr<std::string> name = FreeName(path);
    absl::Status status = name.ok() ? CopyTo(*name) : name.status();
    if (!status.ok()) {
      return absl::Status(status.code(), absl::StrCat(path,
                                                      " is another file now; do not stop this coordinator, which alone "
                                                      "has all that was in the earlier one, before it can be kept: ",
                                                      status.message()));
    }
    rescued_ = *std::move(name);
    needs_rescue_ = false;
  }
  std::string kept;
  if (!rescued_.empty()) kept = absl::StrCat("; what it held was kept as ", rescued_);
  return absl::UnavailableError(absl::StrCat(path, " is another file now, and this coordinator writes nothing into it",
                                             kept, "; stop this coordinator and start it on the file that is meant"));
}

}  // namespace parzen
