#include "coordinator/database_guard.h"

#include <unistd.h>

#include <utility>

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

absl::StatusOr<std::unique_ptr<DatabaseGuard>> DatabaseGuard::Create(Store& store) {
  ASSIGN_OR_RETURN(FileLock lock, FileLock::Acquire(store.database().path()));
  ASSIGN_OR_RETURN(FileIdentity identity, FileIdentity::Of(store.database().path()));
  auto guard = std::unique_ptr<DatabaseGuard>(new DatabaseGuard(store, std::move(lock), std::move(identity)));
  RETURN_IF_ERROR(guard->Reopen());
  return guard;
}

void DatabaseGuard::FindLog() {
  absl::StatusOr<FileIdentity> log = FileIdentity::Of(absl::StrCat(identity_.path(), "-wal"));
  log_.reset();
  if (log.ok()) log_.emplace(*std::move(log));
}

absl::Status DatabaseGuard::Check() {
  switch (identity_.Look()) {
    case FileFate::kThere:
      return reopen_ ? Reopen() : CheckLog();
    case FileFate::kMovedAway:
      return absl::UnavailableError(absl::StrCat(
          identity_.path(), " was moved away; move it back, or stop this coordinator and start one where it is now"));
    case FileFate::kReplaced:
      return Replaced();
    case FileFate::kDeleted:
      return WriteAgain();
  }
  return absl::OkStatus();
}

absl::Status DatabaseGuard::CheckLog() {
  const FileFate fate = log_.has_value() ? log_->Look() : FileFate::kThere;
  if (fate == FileFate::kThere) return absl::OkStatus();
  if (fate == FileFate::kMovedAway) {
    return absl::UnavailableError(
        absl::StrCat(log_->path(), ", which belongs to the database, was moved away; move it back"));
  }
  // The connection still has it open. Whoever put another one there did so without knowing what is in ours.
  ASSIGN_OR_RETURN(Statement & checkpoint, store_.database().Prepare("PRAGMA wal_checkpoint(TRUNCATE)"));
  bool complete = false;
  RETURN_IF_ERROR(checkpoint.ForEach([&] {
    complete = checkpoint.Int(0) == 0;
    return absl::OkStatus();
  }));
  if (!complete) {
    return absl::UnavailableError(
        absl::StrCat(log_->path(), " was deleted, and what was in it waits for those who read the database; end them"));
  }
  unlink(log_->path().c_str());
  spdlog::warn("{} was deleted; all that it held is in the database", log_->path());
  reopen_ = true;
  return Reopen();
}

absl::Status DatabaseGuard::WriteAgain() {
  const std::string& path = identity_.path();
  const std::string copy = absl::StrCat(path, ".restoring");
  absl::Status status = CopyDatabase(store_.database(), copy);
  // No other coordinator may find it unlocked at its path.
  if (status.ok()) status = lock_.MoveTo(copy);
  if (status.ok()) status = PutInPlace(copy, path);
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
  spdlog::warn("{} was deleted; it was written again with all that it held", path);
  return Reopen();
}

absl::Status DatabaseGuard::Reopen() {
  constexpr int kTries = 10;
  for (int i = 0; i < kTries; ++i) {
    RETURN_IF_ERROR(store_.Reopen());
    FindLog();
    // The log that was found may be a newer one than the connection's. One that is there before and after a connection
    // is opened is that connection's.
    RETURN_IF_ERROR(store_.Reopen());
    if (!log_.has_value() || log_->Look() != FileFate::kThere) continue;
    if (on_reopen_) RETURN_IF_ERROR(on_reopen_());
    reopen_ = false;
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(identity_.path(), ": its -wal file disappears again and again"));
}

absl::Status DatabaseGuard::Replaced() {
  const std::string& path = identity_.path();
  const bool log_is_ours = log_.has_value() && log_->Look() == FileFate::kThere;
  if (log_is_ours) {
    for (const char* const suffix : {"-wal", "-shm"}) unlink(absl::StrCat(path, suffix).c_str());
  }
  if (rescued_.empty() && (log_is_ours || identity_.HasNoName())) {
    ASSIGN_OR_RETURN(const std::string name, FreeName(path));
    RETURN_IF_ERROR(CopyDatabase(store_.database(), name));
    rescued_ = name;
  }
  std::string kept;
  if (!rescued_.empty()) kept = absl::StrCat("; what it held was kept as ", rescued_);
  return absl::UnavailableError(absl::StrCat(path, " is another file now, and this coordinator writes nothing into it",
                                             kept, "; stop this coordinator and start it on the file that is meant"));
}

}  // namespace parzen
