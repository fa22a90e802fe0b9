#include "worker/cache/section_file.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "worker/cache/disk_cache.h"

namespace parzen {
namespace {

constexpr int64_t kAlignment = 64;
constexpr uint32_t kMostSections = 16;
constexpr uint32_t kLayout = 1;  // another one with every change of the layout

struct Header {
  char magic[8];
  uint32_t layout;
  uint32_t sections;
  uint64_t file_bytes;
  uint32_t checksum;         // of what follows the header
  uint32_t header_checksum;  // of all before it
};
constexpr char kMagic[8] = {'P', 'Z', 'S', 'E', 'C', 'T', 'S', '\n'};

struct Place {
  uint64_t begin;
  uint64_t bytes;
};

int64_t RoundUp(int64_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

uint32_t Checksum(uint32_t before, Bytes bytes) {
  if (bytes.empty()) return before;  // of a null pointer, zlib would give the checksum of nothing at all
  return static_cast<uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
}

Bytes HeaderStart(const Header& header) {
  return {reinterpret_cast<const std::byte*>(&header), offsetof(Header, header_checksum)};
}

// Writes pieces in order and takes their checksum.
class PieceWriter {
 public:
  PieceWriter(int descriptor, const std::string& name, int64_t begin)
      : descriptor_(descriptor), name_(name), at_(begin) {}

  absl::Status Write(Bytes bytes) {
    checksum_ = Checksum(checksum_, bytes);
    while (!bytes.empty()) {
      const ssize_t done = pwrite(descriptor_, bytes.data(), std::min(bytes.size(), size_t{1} << 30), at_);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return CacheFileError("write", name_, errno);
      bytes.remove_prefix(static_cast<size_t>(done));
      at_ += done;
    }
    return absl::OkStatus();
  }
  absl::Status Pad() {
    static constexpr std::byte kZeros[kAlignment] = {};
    return Write(Bytes(kZeros, RoundUp(at_) - at_));
  }
  uint32_t checksum() const { return checksum_; }

 private:
  const int descriptor_;
  const std::string& name_;
  int64_t at_;
  uint32_t checksum_ = 0;
};

}  // namespace

int64_t SectionFileBytes(absl::Span<const Bytes> sections) {
  int64_t end = RoundUp(static_cast<int64_t>(sizeof(Header) + sections.size() * sizeof(Place)));
  for (const Bytes section : sections) end += RoundUp(static_cast<int64_t>(section.size()));
  return end;
}

absl::Status WriteSections(int descriptor, const std::string& name, absl::Span<const Bytes> sections) {
  std::vector<Place> places;
  int64_t begin = RoundUp(static_cast<int64_t>(sizeof(Header) + sections.size() * sizeof(Place)));
  for (const Bytes section : sections) {
    places.push_back({static_cast<uint64_t>(begin), section.size()});
    begin += RoundUp(static_cast<int64_t>(section.size()));
  }
  if (ftruncate(descriptor, 0) != 0) return CacheFileError("write", name, errno);
  PieceWriter writer(descriptor, name, sizeof(Header));
  RETURN_IF_ERROR(writer.Write(BytesOf(absl::MakeConstSpan(places))));
  RETURN_IF_ERROR(writer.Pad());
  for (const Bytes section : sections) {
    RETURN_IF_ERROR(writer.Write(section));
    RETURN_IF_ERROR(writer.Pad());
  }
  Header header = {};
  std::memcpy(header.magic, kMagic, sizeof(kMagic));
  header.layout = kLayout;
  header.sections = static_cast<uint32_t>(sections.size());
  header.file_bytes = static_cast<uint64_t>(begin);
  header.checksum = writer.checksum();
  header.header_checksum = Checksum(0, HeaderStart(header));
  PieceWriter head(descriptor, name, 0);  // last: without it, the file is no section file
  return head.Write(BytesOf(absl::MakeConstSpan(&header, 1)));
}

absl::StatusOr<SectionFile> SectionFile::Map(int descriptor, const std::string& name) {
  SectionFile result;
  ASSIGN_OR_RETURN(result.file_, MappedFile::Map(descriptor, name));
  const Bytes bytes = result.file_->bytes();
  const absl::Status damaged = absl::DataLossError(absl::StrCat(name, ": damaged, or of another version"));
  Header header;
  if (bytes.size() < sizeof(header)) return damaged;
  std::memcpy(&header, bytes.data(), sizeof(header));
  if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0 || header.layout != kLayout ||
      header.header_checksum != Checksum(0, HeaderStart(header)) || header.sections > kMostSections ||
      header.file_bytes != bytes.size() || bytes.size() < sizeof(header) + header.sections * sizeof(Place) ||
      header.checksum != Checksum(0, bytes.subspan(sizeof(header)))) {
    return damaged;
  }
  for (uint32_t i = 0; i < header.sections; ++i) {
    Place place;
    std::memcpy(&place, bytes.data() + sizeof(header) + i * sizeof(place), sizeof(place));
    if (place.begin % kAlignment != 0 || place.begin > bytes.size() || place.bytes > bytes.size() - place.begin) {
      return damaged;
    }
    result.sections_.push_back(bytes.subspan(place.begin, place.bytes));
  }
  return result;
}

}  // namespace parzen
