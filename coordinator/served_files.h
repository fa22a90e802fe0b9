// Finds the dataset file of a digest among the places where it may be, and keeps what was found out about files while
// they do not change, so that each is read once. Threads: internally synchronised; Find reads whole files, so let one
// thread do it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/file_manifest.h"
#include "proto/coordinator.pb.h"

namespace parzen {

// The folders without symbolic links, for PathsBelow. InvalidArgument: one is no folder.
absl::StatusOr<std::vector<std::string>> CanonicalFolders(const std::vector<std::string>& folders);

// The files below `folders` that a client may mean by `name`, which may be any text: a path relative to one of them or
// absolute. What leads out of the folder, by "..", from "/" or through a symbolic link, is not among them.
std::vector<std::string> PathsBelow(const std::vector<std::string>& folders, const std::string& name);

class ServedFiles {
 public:
  struct Found {
    std::string path;
    FileVersion version;
    std::shared_ptr<const FileManifest> manifest;
  };

  // Asked between two MiB: whether to give up.
  explicit ServedFiles(std::function<bool()> stop) : stop_(std::move(stop)) {}

  // The first of `paths` that holds the bytes of that digest, `bytes` of them unless that is 0. NotFound: none does.
  absl::StatusOr<Found> Find(absl::string_view sha256, int64_t bytes, const std::vector<std::string>& paths);

  // Opens what was found. NotFound: it is gone or was changed meanwhile. The caller closes the descriptor.
  static absl::StatusOr<int> Open(const Found& found);

 private:
  struct Known {
    std::shared_ptr<const FileManifest> manifest;
    int64_t last_use = 0;
  };

  std::shared_ptr<const FileManifest> Recall(const FileVersion& version);
  void Remember(const FileVersion& version, std::shared_ptr<const FileManifest> manifest);

  const std::function<bool()> stop_;
  absl::Mutex mutex_;
  std::map<FileVersion, Known> known_ ABSL_GUARDED_BY(mutex_);
  int64_t uses_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t chunks_ ABSL_GUARDED_BY(mutex_) = 0;  // in all that is known
};

}  // namespace parzen
