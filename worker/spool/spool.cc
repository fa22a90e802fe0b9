#include "worker/spool/spool.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

constexpr char kEnding[] = ".ends";
// Emptied, or written anew, only beyond this: either costs more than some entries.
constexpr int64_t kUntidy = int64_t{1} << 18;

absl::Status MakeFolder(const std::string& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot make the folder \"", path, "\": ", std::strerror(errno), "; --cache names another place"));
}

std::vector<std::string> SpoolFiles(const std::string& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end; file.increment(error)) {
    if (absl::EndsWith(file->path().native(), kEnding)) paths.push_back(file->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const std::string& folder, const std::string& worker_id) {
  const std::string spool = absl::StrCat(folder, "/spool");
  RETURN_IF_ERROR(MakeFolder(spool));
  absl::StatusOr<SpoolFile> file = SpoolFile::Create(absl::StrCat(spool, "/", worker_id, kEnding));
  if (!file.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file.status().message(), "; --cache names another place"));
  }
  return std::unique_ptr<Spool>(new Spool(spool, *std::move(file)));
}

Spool::~Spool() {
  if (ends_.empty()) file_.Remove();
}

bool Spool::Add(const TrialEnd& end, const std::string& cluster_id, absl::Time now) {
  SpoolEntry entry;
  *entry.mutable_end() = end;
  entry.set_cluster_id(cluster_id);
  entry.set_unix_micros(absl::ToUnixMicros(now));
  const bool written = Write(entry);
  ends_[end.lease().token()] = std::move(entry);
  return written;
}

void Spool::Delivered(const Lease& lease) {
  if (ends_.erase(lease.token()) == 0) return;
  SpoolEntry entry;
  *entry.mutable_delivered() = lease;
  Write(entry);
  Tidy();
}

bool Spool::Write(const SpoolEntry& entry) {
  const absl::Status there = file_.IsThere() ? absl::OkStatus() : MakeAgain();
  const absl::Status written = there.ok() ? file_.Append(entry) : there;
  if (!written.ok() && !std::exchange(warned_, true)) {
    spdlog::warn("{}; results that are not acknowledged yet would be lost if the worker were killed",
                 std::string(written.message()));
  }
  return written.ok();
}

absl::Status Spool::MakeAgain() {
  RETURN_IF_ERROR(MakeFolder(fs::path(folder_).parent_path()));
  RETURN_IF_ERROR(MakeFolder(folder_));
  ASSIGN_OR_RETURN(file_, SpoolFile::Create(file_.path()));
  for (const auto& [token, entry] : ends_) RETURN_IF_ERROR(file_.Append(entry));
  return absl::OkStatus();
}

void Spool::Tidy() {
  if (file_.bytes() < kUntidy) return;
  int64_t live = 0;
  for (const auto& [token, entry] : ends_) live += static_cast<int64_t>(entry.ByteSizeLong());
  if (4 * live > file_.bytes()) return;
  const absl::Status tidied = ends_.empty() ? file_.Clear() : file_.Replace(ends_);
  if (!tidied.ok()) spdlog::warn("{}", std::string(tidied.message()));
}

std::vector<TrialEnd> Spool::Adopt(const std::string& cluster_id, absl::Time now) {
  std::vector<TrialEnd> ends;
  std::vector<std::string> paths = SpoolFiles(folder_);
  if (paths.size() > kMostFiles) paths.resize(kMostFiles);
  for (const std::string& path : paths) {
    if (path != file_.path()) AdoptFile(path, cluster_id, now, ends);
  }
  return ends;
}

void Spool::AdoptFile(const std::string& path, const std::string& cluster_id, absl::Time now,
                      std::vector<TrialEnd>& ends) {
  const auto warn = [](const absl::Status& status) { spdlog::warn("{}", std::string(status.message())); };
  absl::StatusOr<std::optional<SpoolFile>> opened = SpoolFile::OpenAbandoned(path);
  if (!opened.ok()) return warn(opened.status());
  if (!opened->has_value()) return;
  SpoolFile& file = **opened;
  absl::StatusOr<SpoolFile::Contents> contents = file.Read();
  if (!contents.ok()) return warn(contents.status());
  SpoolFile::Ends kept;
  bool all_written = true;  // what leaves the other file is in ours
  for (auto& [token, entry] : contents->ends) {
    if (now - absl::FromUnixMicros(entry.unix_micros()) > kKept) {
      spdlog::warn("a trial's result in \"{}\" has waited for more than a week and is dropped", path);
    } else if (entry.cluster_id() == cluster_id) {
      all_written = Write(entry) && all_written;
      ends.push_back(entry.end());
      ends_[token] = std::move(entry);
    } else if (contents->damaged) {
      all_written = Write(entry) && all_written;
      ends_[token] = std::move(entry);
    } else {
      kept[token] = std::move(entry);
    }
  }
  if (!all_written) return;  // the other file is the only one
  if (contents->damaged) {
    spdlog::warn("\"{}\" is damaged: its results up to there are taken", file.SetAside());
  } else if (kept.empty()) {
    file.Remove();
  } else if (const absl::Status replaced = file.Replace(kept); !replaced.ok()) {
    warn(replaced);
  }
}

}  // namespace parzen
