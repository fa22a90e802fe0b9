// A folder of files that can be had again: dataset files and what was made of them. All processes of a machine share
// it; together its files have about a given size at most.
//
// An entry is whole or not there: it is made as NAME.part, under a lock that one process has, and renamed. Who uses an
// entry holds a shared lock on it. Beyond the size, entries go that nobody uses, the least recently used first; one
// that is used stays, even where it alone is larger. What happens when things fail:
//   a process dies while it makes one   its lock ends with it; the next to come finds NAME.part and what is in it
//   the disk is full                    ResourceExhausted; whoever makes an entry says what that means
//   somebody deletes files              they and their folders are made again; who uses them keeps what he has
// Locks are flock's: of processes on one machine. Threads: internally synchronised.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/stop.h"

namespace parzen {

class DiskCache {
 public:
  // An entry in use, or one that is being made. Ends with the object.
  class Entry {
   public:
    Entry(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&& other) noexcept;
    ~Entry();

    const std::string& path() const { return path_; }
    int descriptor() const { return descriptor_; }
    // The descriptor, which the caller closes; the use lasts until then.
    int Release();

   private:
    std::string path_;
    int descriptor_;
  };

  // Makes the folder if there is none, for this user alone. An error says what is wrong with it.
  static absl::StatusOr<std::unique_ptr<DiskCache>> Open(const std::string& folder, int64_t max_bytes);

  // The entry, for reading, if it is there. A use is what eviction goes by. `name`: "FOLDER/FILE".
  std::optional<Entry> Find(const std::string& name);
  // Either the entry, once another process has made it, or the right to make it: NAME.part, open for reading and
  // writing, with what an earlier maker left in it. Waits for other makers. Cancelled: `stop` was requested meanwhile;
  // DeadlineExceeded: one took longer than `patience`.
  struct FoundOrMaking {
    std::optional<Entry> found;
    std::optional<Entry> making;
  };
  absl::StatusOr<FoundOrMaking> FindOrMake(const std::string& name, const Stop& stop,
                                           absl::Duration patience = absl::InfiniteDuration());
  // Gives what was made its name; it has been synced as far as it must be. The entry is then in use.
  absl::StatusOr<Entry> Keep(Entry made, const std::string& name);
  // Removes an entry that turned out to be damaged.
  void Remove(const Entry& damaged);

  // Evicts until `bytes` more fit in. ResourceExhausted: the disk itself has too little room left for them.
  absl::Status MakeRoom(int64_t bytes);

  // Absolute.
  const std::string& folder() const { return folder_; }

 private:
  DiskCache(std::string folder, int64_t max_bytes) : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  const std::string folder_;
  const int64_t max_bytes_;
};

// What a failed system call on a cache's file means: ResourceExhausted when the disk is full, else Internal.
absl::Status CacheFileError(absl::string_view what, const std::string& path, int error);

}  // namespace parzen
