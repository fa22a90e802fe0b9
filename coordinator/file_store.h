// The dataset files that clients gave to the coordinator: FOLDER/<sha256>, read-only, whole or not there.
//
// An upload is written beside the others under a name of its own, synced, and renamed once all its bytes have come and
// have the digest; what a killed upload leaves is removed when the store is opened. Uploads under way leave each other,
// and the database, the room that they need. A file that no study names is removed by Sweep, unless a client may be
// about to create the study: each client has a claim of its own, which ends with the study's creation or runs out, so
// that neither a client that dies keeps a file for good nor another's study takes it from one that lives. Times are
// steady ones. Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/sha256.h"

namespace parzen {

class FileStore {
 public:
  // A client that has asked for a file or brought it creates its study well within this.
  static constexpr absl::Duration kClaimLasts = absl::Minutes(10);

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
    // InvalidArgument: the bytes do not have the digest that was announced. When it returns OK, the file is on disk,
    // and `client` has claimed it.
    absl::Status Finish(const std::string& client, absl::Duration now);

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
  // Whether it is there; if so, no Sweep removes it within kClaimLasts: `client` is about to name it.
  bool Claim(const std::string& sha256, const std::string& client, absl::Duration now);
  // The client's study is being stored: until as many calls of Release, no Sweep removes the file, be it there already
  // or not. Then the client's claim is gone. Release does nothing where nothing is held.
  void Hold(const std::string& sha256, const std::string& client);
  void Release(const std::string& sha256, const std::string& client);
  // Digests that are claimed or held.
  std::set<std::string> Claimed(absl::Duration now);
  // Removes all files but `named` and those that are claimed or held. Returns how many.
  int Sweep(const std::set<std::string>& named, absl::Duration now);

 private:
  struct Interest {
    absl::Duration until = -absl::InfiniteDuration();  // of the claim
    int held = 0;
  };

  void AddClaim(const std::string& sha256, const std::string& client, absl::Duration now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::set<std::string> ClaimedNow(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetExpired(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What one upload wrote, or will not write any more.
  void NeedLess(int64_t bytes);

  const std::string folder_;
  absl::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Interest> interests_ ABSL_GUARDED_BY(mutex_);  // by digest and client
  int64_t needed_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes that uploads under way have yet to write
};

}  // namespace parzen
