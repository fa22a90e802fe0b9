// Uninitialised memory for codes, on huge pages where the system has them: trees read it in no order, and with small
// pages every other read would miss the address cache. Threads: externally synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace parzen {

class CodeBuffer {
 public:
  CodeBuffer() = default;
  // Throws std::bad_alloc.
  explicit CodeBuffer(size_t bytes);

  uint8_t* data() { return bytes_.get(); }
  const uint8_t* data() const { return bytes_.get(); }
  size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(uint8_t* bytes) const;
  };

  std::unique_ptr<uint8_t[], Free> bytes_;
  size_t size_ = 0;
};

}  // namespace parzen
