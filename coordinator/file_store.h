// The dataset files that clients gave to the coordinator: FOLDER/<sha256>, read-only, whole or not there.
//
// An upload is written beside the others under a name of its own, synced, and renamed once all its bytes have come and
// have the digest; what a killed upload leaves is removed when the store is opened. A file that no study names is
// removed by Sweep, unless its client may be about to create the study. Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/sha256.h"

namespace parzen {

class FileStore {
 public:
  // Removes what killed uploads left there. The folder itself is made with the first upload.
  explicit FileStore(const std::string& folder);

  // A file on its way into the store. Threads: externally synchronised. What is not finished is removed.
  class Upload {
   public:
    ~Upload();
    Upload(const Upload&) = delete;
    Upload& operator=(const Upload&) = delete;

    // InvalidArgument: more bytes than were announced. ResourceExhausted: the disk is full.
    absl::Status Write(absl::string_view bytes);
    // InvalidArgument: the bytes do not have the digest that was announced. When it returns OK, the file is on disk.
    absl::Status Finish();

   private:
    friend class FileStore;
    Upload(FileStore& store, std::string sha256, int64_t bytes, std::string path, int descriptor)
        : store_(store), sha256_(std::move(sha256)), bytes_(bytes), path_(std::move(path)), descriptor_(descriptor) {}

    FileStore& store_;
    const std::string sha256_;
    const int64_t bytes_;
    const std::string path_;
    const int descriptor_;
    int64_t written_ = 0;
    Sha256 digest_;
  };

  // ResourceExhausted: not enough room on the disk. Requires: `sha256` is a digest.
  absl::StatusOr<std::unique_ptr<Upload>> Begin(const std::string& sha256, int64_t bytes);

  // Where the file of that digest is, or would be. Absolute.
  std::string PathOf(const std::string& sha256) const;
  // Whether it is there; if so, no Sweep removes it before Release: somebody is about to name it.
  bool Claim(const std::string& sha256);
  void Release(const std::string& sha256);
  // Removes all files but `named` and those that are claimed. Returns how many.
  int Sweep(const std::set<std::string>& named);

 private:
  const std::string folder_;
  absl::Mutex mutex_;
  std::set<std::string> claimed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace parzen
