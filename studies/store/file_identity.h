// Which file a path led to at one moment, and what became of it since. SQLite does not notice when a database in WAL
// mode is deleted, moved away or replaced: it goes on, and what it commits is in a file that nobody will find.
//
// Holds the file by an O_PATH descriptor: closing any other kind would drop SQLite's locks on it. So its inode number
// is not given to another file meanwhile. Threads: externally synchronised.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace parzen {

enum class FileFate {
  kThere,      // the path leads to it
  kMovedAway,  // the path leads nowhere; the file has another name
  kDeleted,    // the path leads nowhere, and the file has no name: it ends with the last who has it open
  kReplaced,   // the path leads to another file
};

class FileIdentity {
 public:
  // Symbolic links are followed once, here. NotFound: there is no such file.
  static absl::StatusOr<FileIdentity> Of(const std::string& path);
  FileIdentity(FileIdentity&& other) noexcept;
  FileIdentity& operator=(FileIdentity&& other) noexcept;
  ~FileIdentity();

  // Two system calls. Not being able to look (a folder that may not be searched) counts as kMovedAway.
  FileFate Look() const;
  // No path leads to it any more: only those who have it open keep what is in it.
  bool HasNoName() const;
  // Its bytes as they are, also when no path leads to it any more, to the file `to`, made or replaced, and synced;
  // on an error nothing is left of it.
  // Requires: no other descriptor of this process is to keep a lock on it.
  absl::Status CopyTo(const std::string& to) const;
  // Absolute, without symbolic links.
  const std::string& path() const { return path_; }

 private:
  FileIdentity(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

}  // namespace parzen
