#include "worker/cache/mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace parzen {

absl::StatusOr<std::shared_ptr<const MappedFile>> MappedFile::Map(int descriptor, const std::string& name) {
  struct stat info = {};
  void* start = nullptr;
  const bool known = fstat(descriptor, &info) == 0;
  const size_t size = static_cast<size_t>(info.st_size);
  // An empty range cannot be mapped, and needs not.
  if (known && size > 0) start = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor, 0);
  if (!known || start == MAP_FAILED) {
    const int error = errno;
    close(descriptor);
    return absl::InternalError(absl::StrCat(name, ": cannot be mapped into memory: ", std::strerror(error)));
  }
  return std::shared_ptr<const MappedFile>(new MappedFile(descriptor, static_cast<const std::byte*>(start), size));
}

MappedFile::~MappedFile() {
  if (size_ > 0) munmap(const_cast<std::byte*>(start_), size_);
  close(descriptor_);
}

}  // namespace parzen
