// Arrays in a file that is mapped as it is: a header with a checksum and the number of sections, where each begins,
// then the sections, each at a multiple of 64 bytes. For this machine only: numbers are as its processor has them. Pure
// functions of the bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "worker/cache/mapped_file.h"

namespace parzen {

using Bytes = absl::Span<const std::byte>;

template <typename T>
Bytes BytesOf(absl::Span<const T> values) {
  return {reinterpret_cast<const std::byte*>(values.data()), values.size() * sizeof(T)};
}

// Bytes of a file with sections of these sizes.
int64_t SectionFileBytes(absl::Span<const Bytes> sections);

// Makes these the contents of the file. ResourceExhausted: the disk is full; Internal: it cannot be written; says
// `name`.
absl::Status WriteSections(int descriptor, const std::string& name, absl::Span<const Bytes> sections);

// A file's sections, mapped.
class SectionFile {
 public:
  // Takes the descriptor. DataLoss: damaged, or written by another version; reads all of it to know.
  static absl::StatusOr<SectionFile> Map(int descriptor, const std::string& name);

  size_t size() const { return sections_.size(); }
  Bytes section(size_t i) const { return sections_[i]; }
  // As numbers; what does not make a whole one is left out.
  template <typename T>
  absl::Span<const T> array(size_t i) const {
    return {reinterpret_cast<const T*>(sections_[i].data()), sections_[i].size() / sizeof(T)};
  }
  // Keeps the sections there.
  const std::shared_ptr<const MappedFile>& file() const { return file_; }

 private:
  std::shared_ptr<const MappedFile> file_;
  std::vector<Bytes> sections_;
};

}  // namespace parzen
