// What a fitted model or transform knows, as bytes and back: numbers, arrays, matrices. Numbers are as the processor
// has them (all we run on are little-endian). Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "worker/dataset.h"

namespace parzen {

class ArchiveWriter {
 public:
  template <typename T>
  void Number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    Raw(&value, sizeof(value));
  }
  // How many there are, then these.
  template <typename T>
  void Array(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    Number(static_cast<uint64_t>(values.size()));
    Raw(values.data(), values.size() * sizeof(T));
  }
  // Rows and columns, then the values row by row.
  void Matrix(const FeatureRef& matrix);

  std::string Take() { return std::move(bytes_); }

 private:
  void Raw(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }

  std::string bytes_;
};

// Reads what a writer wrote, in the same order. What does not fit is read as nothing, and remembered: ask Finish before
// anything is used. Borrows the bytes; takes no more memory than they have.
class ArchiveReader {
 public:
  explicit ArchiveReader(absl::string_view bytes) : rest_(bytes) {}

  template <typename T>
  void Number(T& value) {
    static_assert(std::is_arithmetic_v<T>);
    Raw(&value, sizeof(value));
  }
  template <typename T>
  void Array(std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    uint64_t count = 0;
    Number(count);
    if (count > rest_.size() / sizeof(T)) return Fail();
    values.resize(count);
    Raw(values.data(), count * sizeof(T));
  }
  void Matrix(FeatureMatrix& matrix);

  // For readers that find what cannot be.
  void Fail() { failed_ = true; }
  // DataLoss: something did not fit, or is left over.
  absl::Status Finish() const;

 private:
  void Raw(void* data, size_t size);

  absl::string_view rest_;
  bool failed_ = false;
};

}  // namespace parzen
