#include "worker/prepared_store.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/sha256.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr char kMemory[] = "prepared data in memory";
// For another process to make what is wanted. The largest datasets take some minutes.
constexpr absl::Duration kPatience = absl::Minutes(10);

// Memory that looks like a file. -1: there is none.
absl::StatusOr<int> WriteToMemory(absl::Span<const Bytes> sections) {
  const int descriptor = memfd_create("parzen-data", MFD_CLOEXEC);
  if (descriptor < 0) return absl::InternalError(absl::StrCat(kMemory, ": ", std::strerror(errno)));
  const absl::Status written = WriteSections(descriptor, kMemory, sections);
  if (written.ok()) return descriptor;
  close(descriptor);
  return written;
}

absl::Status WriteToDisk(DiskCache& disk, const DiskCache::Entry& part, absl::Span<const Bytes> sections) {
  RETURN_IF_ERROR(disk.MakeRoom(SectionFileBytes(sections)));
  return WriteSections(part.descriptor(), part.path(), sections);
}

absl::StatusOr<SectionFile> MakeInMemory(const SectionMaker& make) {
  int memory = -1;
  RETURN_IF_ERROR(make([&memory](absl::Span<const Bytes> sections) -> absl::Status {
    ASSIGN_OR_RETURN(memory, WriteToMemory(sections));
    return absl::OkStatus();
  }));
  return SectionFile::Map(memory, kMemory);
}

// Requires: the right to make the entry.
absl::StatusOr<SectionFile> MakeOnDisk(DiskCache& disk, DiskCache::Entry part, const std::string& name,
                                       const SectionMaker& make) {
  int memory = -1;
  const absl::Status made = make([&](absl::Span<const Bytes> sections) -> absl::Status {
    const absl::Status on_disk = WriteToDisk(disk, part, sections);
    if (on_disk.ok()) return absl::OkStatus();
    spdlog::warn("prepared data is kept in memory, not shared: {}", std::string(on_disk.message()));
    ASSIGN_OR_RETURN(memory, WriteToMemory(sections));
    return absl::OkStatus();
  });
  if (!made.ok() || memory >= 0) disk.Remove(part);
  RETURN_IF_ERROR(made);
  if (memory >= 0) return SectionFile::Map(memory, kMemory);
  ASSIGN_OR_RETURN(DiskCache::Entry entry, disk.Keep(std::move(part), name));
  return SectionFile::Map(entry.Release(), name);
}

}  // namespace

absl::StatusOr<SectionFile> GetOrMakeSections(DiskCache* disk, const std::string& key, const SectionMaker& make,
                                              const Stop& stop) {
  if (disk == nullptr) return MakeInMemory(make);
  const std::string name = absl::StrCat("prepared/", absl::BytesToHexString(Sha256Of(key)));
  for (int attempt = 0; attempt < 3; ++attempt) {
    absl::StatusOr<DiskCache::FoundOrMaking> entry = disk->FindOrMake(name, stop, kPatience);
    if (absl::IsCancelled(entry.status())) return entry.status();
    if (!entry.ok()) {
      spdlog::warn("prepared data is kept in memory, not shared: {}", std::string(entry.status().message()));
      break;
    }
    if (entry->making.has_value()) {
      absl::StatusOr<SectionFile> made = MakeOnDisk(*disk, *std::move(entry->making), name, make);
      if (!absl::IsUnavailable(made.status())) return made;
      continue;
    }
    DiskCache::Entry& found = *entry->found;
    const int again = dup(found.descriptor());  // the same use: `found` may yet have to be removed
    if (again < 0) break;
    absl::StatusOr<SectionFile> mapped = SectionFile::Map(again, found.path());
    if (mapped.ok()) return mapped;
    spdlog::warn("{}; it is made again", std::string(mapped.status().message()));
    disk->Remove(found);
  }
  return MakeInMemory(make);
}

}  // namespace parzen
