#include "worker/models/trees/code_buffer.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace parzen {
namespace {

constexpr size_t kHugePage = 2 << 20;
constexpr size_t kCacheLine = 64;

}  // namespace

CodeBuffer::CodeBuffer(size_t bytes) : size_(bytes) {
  if (bytes == 0) return;
  const size_t alignment = bytes >= kHugePage / 2 ? kHugePage : kCacheLine;
  bytes_.reset(static_cast<uint8_t*>(std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment)));
  if (bytes_ == nullptr) throw std::bad_alloc();
  // Only advice: without huge pages everything works, more slowly.
  if (alignment == kHugePage) madvise(bytes_.get(), bytes, MADV_HUGEPAGE);
}

void CodeBuffer::Free::operator()(uint8_t* bytes) const { std::free(bytes); }

}  // namespace parzen
