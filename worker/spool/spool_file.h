// One worker's file of ends: entries that are only ever appended, each behind its length and CRC-32 (4 bytes each,
// little-endian). It is locked (flock) by the process that has it open, and so tells a living worker's from a dead
// one's.
//
// It survives the death of its process, not that of the machine: nothing is synced. What a process that died in
// mid-write left at the end of the file is skipped; anything else that makes no sense is damage, and what stands before
// it is still read. Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/spool.pb.h"
#include "worker/objectives/file_descriptor.h"

namespace parzen {

class SpoolFile {
 public:
  // Larger files are not read.
  static constexpr int64_t kLargest = int64_t{256} << 20;

  // Ends that were not delivered, by their leases' tokens.
  using Ends = std::map<std::string, SpoolEntry>;
  struct Contents {
    Ends ends;
    bool damaged = false;
  };

  // A new file. An error says why there can be none.
  static absl::StatusOr<SpoolFile> Create(const std::string& path);
  // A file that nobody has open any more; nullopt when somebody has, or it is gone.
  static absl::StatusOr<std::optional<SpoolFile>> OpenAbandoned(const std::string& path);

  // Whether somebody would find it: nobody has removed it.
  bool IsThere() const;
  absl::StatusOr<Contents> Read() const;
  // An entry that could not be written in whole leaves nothing behind.
  absl::Status Append(const SpoolEntry& entry);
  // Replaces all entries; whenever the process dies, the file has the old ones or the new ones.
  absl::Status Replace(const Ends& ends);
  // Forgets all entries.
  absl::Status Clear();
  void Remove();
  // Gives it a name under which nobody looks for it.
  std::string SetAside();

  int64_t bytes() const { return bytes_; }
  const std::string& path() const { return path_; }

 private:
  SpoolFile(std::string path, FileDescriptor file, int64_t bytes)
      : path_(std::move(path)), file_(std::move(file)), bytes_(bytes) {}

  std::string path_;
  FileDescriptor file_;
  int64_t bytes_;
};

}  // namespace parzen
