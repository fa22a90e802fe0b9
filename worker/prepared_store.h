// Where prepared data is kept: as arrays in mapped files, made once a machine and shared by its processes; without a
// cache on disk, in memory that is this process's own. Both look the same to whoever reads them.
//
// What cannot be kept on disk (it is full, or cannot be written) is kept in memory, with a warning; a damaged file, or
// one of another version, is made again. Threads: any.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/stop.h"
#include "worker/cache/disk_cache.h"
#include "worker/cache/section_file.h"

namespace parzen {

// Takes what was made. Called once by the maker.
using SectionSink = std::function<absl::Status(absl::Span<const Bytes> sections)>;
using SectionMaker = std::function<absl::Status(const SectionSink& sink)>;

// The sections of that key: those on disk, or what `make` gives to its sink. Of several processes that want the same,
// one makes it and the others wait, but not beyond `stop` (Cancelled), and not for ever for one that hangs: then they
// make their own, in memory. `disk` may be null. Other errors are the maker's, or of memory that cannot be had.
absl::StatusOr<SectionFile> GetOrMakeSections(DiskCache* disk, const std::string& key, const SectionMaker& make,
                                              const Stop& stop);

}  // namespace parzen
