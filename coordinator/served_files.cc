#include "coordinator/served_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

// What is known of files takes this much at most: 64 MiB of digests, and as many small files.
constexpr int64_t kMaxKnownChunks = int64_t{2} << 20;
constexpr size_t kMaxKnownFiles = 10'000;

int OpenToRead(const std::string& path) { return open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); }

}  // namespace

absl::StatusOr<std::vector<std::string>> CanonicalFolders(const std::vector<std::string>& folders) {
  std::vector<std::string> canonical;
  for (const std::string& folder : folders) {
    std::error_code error;
    const fs::path path = fs::canonical(folder, error);
    if (error || !fs::is_directory(path, error)) {
      return absl::InvalidArgumentError(absl::StrCat("--data ", folder, ": there is no such folder"));
    }
    canonical.push_back(path.string());
  }
  return canonical;
}

std::vector<std::string> PathsBelow(const std::vector<std::string>& folders, const std::string& name) {
  std::vector<std::string> paths;
  if (name.empty()) return paths;
  for (const std::string& folder : folders) {
    std::error_code error;
    const fs::path path = fs::canonical(fs::path(folder) / name, error);  // an absolute name stands for itself
    if (error || !fs::is_regular_file(path, error)) continue;
    if (absl::StartsWith(path.string(), folder == "/" ? folder : folder + "/")) paths.push_back(path.string());
  }
  return paths;
}

absl::StatusOr<ServedFiles::Found> ServedFiles::Find(absl::string_view sha256, int64_t bytes,
                                                     const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    const int descriptor = OpenToRead(path);
    if (descriptor < 0) continue;
    const auto close_file = absl::MakeCleanup([descriptor] { close(descriptor); });
    struct stat info;
    if (fstat(descriptor, &info) != 0 || (bytes != 0 && info.st_size != bytes)) continue;
    const FileVersion version = FileVersion::Of(info);
    std::shared_ptr<const FileManifest> manifest = Recall(version);
    if (manifest == nullptr) {
      absl::StatusOr<FileManifest> read = ReadManifest(descriptor, path, stop_);
      if (absl::IsCancelled(read.status())) return read.status();
      if (!read.ok()) {
        spdlog::warn("a dataset file cannot be handed out: {}", std::string(read.status().message()));
        continue;
      }
      manifest = std::make_shared<const FileManifest>(*std::move(read));
      Remember(version, manifest);
    }
    if (manifest->sha256() == sha256) return Found{path, version, std::move(manifest)};
  }
  return absl::NotFoundError(absl::StrCat("the coordinator does not have the file with SHA-256 ", sha256,
                                          "; `parzen study create` with the study file uploads it"));
}

absl::StatusOr<int> ServedFiles::Open(const Found& found) {
  const int descriptor = OpenToRead(found.path);
  struct stat info;
  if (descriptor >= 0 && fstat(descriptor, &info) == 0 && FileVersion::Of(info) == found.version) return descriptor;
  if (descriptor >= 0) close(descriptor);
  return absl::NotFoundError(absl::StrCat("\"", found.path, "\" is gone or was changed"));
}

std::shared_ptr<const FileManifest> ServedFiles::Recall(const FileVersion& version) {
  absl::MutexLock lock(&mutex_);
  const auto it = known_.find(version);
  if (it == known_.end()) return nullptr;
  it->second.last_use = ++uses_;
  return it->second.manifest;
}

void ServedFiles::Remember(const FileVersion& version, std::shared_ptr<const FileManifest> manifest) {
  absl::MutexLock lock(&mutex_);
  const auto [it, inserted] = known_.try_emplace(version);
  if (inserted) chunks_ += manifest->chunk_sha256_size();
  it->second = {std::move(manifest), ++uses_};
  while (known_.size() > 1 && (chunks_ > kMaxKnownChunks || known_.size() > kMaxKnownFiles)) {
    const auto oldest = std::min_element(known_.begin(), known_.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    });
    chunks_ -= oldest->second.manifest->chunk_sha256_size();
    known_.erase(oldest);
  }
}

}  // namespace parzen
