// A file's bytes in memory, read-only and shared: processes that map the same file share the pages. Owns the mapping
// and the descriptor, whose locks last as long. Threads: immutable.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace parzen {

class MappedFile {
 public:
  // Takes the descriptor, of a file that nobody will cut shorter. Internal: it cannot be mapped; says `name`.
  static absl::StatusOr<std::shared_ptr<const MappedFile>> Map(int descriptor, const std::string& name);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  absl::Span<const std::byte> bytes() const { return {start_, size_}; }

 private:
  MappedFile(int descriptor, const std::byte* start, size_t size)
      : descriptor_(descriptor), start_(start), size_(size) {}

  const int descriptor_;
  const std::byte* const start_;
  const size_t size_;
};

}  // namespace parzen
