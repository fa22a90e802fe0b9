// The study database, and the folders that files are in.
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/doctor.h"
#include "coordinator/file_lock.h"
#include "studies/store/database_care.h"
#include "studies/store/disk_room.h"
#include "studies/store/schema.h"
#include "studies/store/sqlite.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kMiB = 1 << 20;

std::string Size(int64_t bytes) {
  const double mebibytes = static_cast<double>(bytes) / kMiB;
  return mebibytes < 1024 ? absl::StrFormat("%.1f MiB", mebibytes) : absl::StrFormat("%.1f GiB", mebibytes / 1024);
}

Finding Failed(const std::string& check, const absl::Status& status, const std::string& advice) {
  return {check, Severity::kFail, std::string(status.message()), advice};
}

std::string FolderOf(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// Whether a file can be made in the folder: tried, since permissions do not tell of quotas and read-only mounts.
bool CanMakeFileIn(const std::string& folder) {
  std::string name = absl::StrCat(folder, "/.parzen-doctor-XXXXXX");
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) return false;
  close(descriptor);
  unlink(name.c_str());
  return true;
}

// The name of a file system that several machines share; nullopt for others.
std::optional<std::string> NetworkFileSystem(const std::string& folder) {
  static const std::map<uint32_t, std::string> names = {
      {NFS_SUPER_MAGIC, "NFS"}, {SMB_SUPER_MAGIC, "SMB"}, {0xff534d42, "CIFS"},   {0xfe534d42, "SMB2"},
      {AFS_SUPER_MAGIC, "AFS"}, {0x00c36400, "Ceph"},     {0x0bd00bd0, "Lustre"}, {0x47504653, "GPFS"},
      {0x19830326, "BeeGFS"},   {V9FS_MAGIC, "9P"}};
  struct statfs disk;
  if (statfs(folder.c_str(), &disk) != 0) return std::nullopt;
  const auto name = names.find(static_cast<uint32_t>(disk.f_type));
  return name == names.end() ? std::nullopt : std::optional(name->second);
}

Finding Disk(const std::string& path) {
  constexpr int64_t kLittle = 1024 * kMiB, kTooLittle = 16 * kMiB;
  const int64_t free = FreeBytes(path);
  const std::string found = absl::StrCat(Size(free), " free");
  if (free >= kLittle) return {"disk", Severity::kOk, found, ""};
  return {"disk", free < kTooLittle ? Severity::kFail : Severity::kWarn, found,
          "make room: work stops when the disk is full, and goes on when it is not"};
}

Finding FileSystem(const std::string& path) {
  const std::optional<std::string> network = NetworkFileSystem(FolderOf(path));
  if (!network.has_value()) return {"file system", Severity::kOk, "local", ""};
  return {"file system", Severity::kWarn, absl::StrCat(FolderOf(path), " is on ", *network),
          "put the database on a local disk: its log and locks do not work between machines there"};
}

Finding Log(int64_t bytes) {
  constexpr int64_t kLarge = 64 * kMiB;
  if (bytes < kLarge) return {"write-ahead log", Severity::kOk, Size(bytes), ""};
  return {"write-ahead log", Severity::kWarn, Size(bytes),
          "end the program that has been reading the database for long; the log is cut after that"};
}

// Nobody is shut out longer than the look takes.
Finding Writer(Database& database, const std::string& holder) {
  const std::string who = holder.empty() ? "no coordinator has it" : absl::StrCat("a coordinator has it: ", holder);
  absl::Status status = database.Execute("BEGIN IMMEDIATE");
  if (status.ok()) status = database.Execute("ROLLBACK");
  if (status.ok()) return {"writers", Severity::kOk, who, ""};
  return {"writers", Severity::kFail, absl::StrCat(status.message(), "; ", who),
          "end the program that writes to it; `fuser FILE` names those that have it open"};
}

// `log_bytes`: of the write-ahead log, before the file was opened.
void ExamineContent(const std::string& path, int64_t log_bytes, Findings& findings) {
  const std::string holder = CoordinatorOf(path);
  const int64_t file_bytes = FileBytes(path);
  absl::StatusOr<Database> database = Database::Open(path, Database::Mode::kReadWrite);
  if (!database.ok()) {
    const absl::Status why = database.status();
    database = Database::Open(path, Database::Mode::kReadOnly);
    findings.push_back(Failed("database", database.ok() ? why : database.status(),
                              database.ok() ? "a coordinator needs to write it" : "choose another --db"));
    if (!database.ok()) return;
  }
  const absl::StatusOr<FileContent> content = InspectSchema(*database);
  if (!content.ok()) return findings.push_back(Failed("database", content.status(), "choose another --db"));
  const char* const kind = *content == FileContent::kOptuna
                               ? "made by Optuna; parzen's tables come with the first write"
                           : *content == FileContent::kOlder ? "of an earlier parzen; brought up with the first write"
                           : *content == FileContent::kEmpty ? "empty"
                                                             : "of this version";
  findings.push_back({"database", Severity::kOk, absl::StrCat(Size(file_bytes + log_bytes), ", ", kind), ""});
  if (const absl::Status damage = CheckNotDamaged(*database); !damage.ok()) {
    findings.push_back(Failed("integrity", damage, "restore a copy; `parzen db check` says more"));
  } else {
    const bool whole = FileBytes(path) <= kMaxQuickCheckBytes;
    findings.push_back({"integrity", Severity::kOk, whole ? "every page can be read" : "not cut short", ""});
  }
  findings.push_back(Writer(*database, holder));
}

}  // namespace

Findings ExamineDatabase(const std::string& path) {
  Findings findings;
  std::error_code ignored;
  const std::string folder = FolderOf(path);
  if (!fs::is_directory(folder, ignored)) {
    return {
        {"database", Severity::kFail, absl::StrCat("there is no folder ", folder), "make it, or choose another --db"}};
  }
  if (fs::exists(path, ignored)) {
    // Before anybody opens the file, which may tidy it up.
    const int64_t log_bytes = FileBytes(absl::StrCat(path, "-wal"));
    ExamineContent(path, log_bytes, findings);
    findings.push_back(Log(log_bytes));
  } else {
    findings.push_back(
        {"database", Severity::kOk, absl::StrCat(path, " is not there yet; it is made when needed"), ""});
  }
  if (!CanMakeFileIn(folder)) {
    findings.push_back({"database folder", Severity::kFail, absl::StrCat("no file can be made in ", folder),
                        "the log and the lock of the database belong there: give it to the coordinator's user"});
  }
  findings.push_back(Disk(path));
  findings.push_back(FileSystem(path));
  return findings;
}

Findings ExamineDataFolders(const std::vector<std::string>& folders) {
  Findings findings;
  for (const std::string& folder : folders) {
    std::error_code error;
    const fs::directory_iterator files(folder, error);
    if (error) {
      findings.push_back({"data folder", Severity::kFail, absl::StrCat(folder, ": ", error.message()),
                          "name a folder that can be read with --data or PARZEN_DATA"});
    } else {
      findings.push_back({"data folder", Severity::kOk, folder, ""});
    }
  }
  return findings;
}

Findings ExamineCacheFolder(const std::string& folder) {
  std::error_code error;
  fs::path there = fs::absolute(folder, error);
  while (!fs::exists(there, error) && there.has_relative_path()) there = there.parent_path();
  if (!fs::is_directory(there, error) || !CanMakeFileIn(there.string())) {
    return {{"cache folder", Severity::kFail, absl::StrCat("no file can be made in ", there.string()),
             "choose another --cache, or give the folder to the worker's user"}};
  }
  int64_t bytes = 0;
  if (there == fs::absolute(folder, error)) {
    for (auto entry = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, error);
         !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      std::error_code ignored;
      if (entry->is_regular_file(ignored)) bytes += static_cast<int64_t>(entry->file_size(ignored));
    }
  }
  const std::string found = absl::StrCat(folder, ": holds ", Size(bytes), ", can be written");
  if (const std::optional<std::string> shared = NetworkFileSystem(there.string()); shared.has_value()) {
    return {{"cache folder", Severity::kWarn, absl::StrCat(found, ", is on ", *shared),
             "choose a --cache on a disk of this machine: locks between machines are slow there, or missing, and then "
             "what is old is not removed"}};
  }
  return {{"cache folder", Severity::kOk, found, ""}};
}

}  // namespace parzen
