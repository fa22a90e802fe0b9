#include "base/file_digest.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"

namespace parzen {

absl::StatusOr<FileDigest> DigestFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr)
    return absl::PermissionDeniedError(absl::StrCat("cannot read \"", path, "\": ", std::strerror(errno)));
  Sha256 sha;
  FileDigest digest;
  std::vector<char> piece(size_t{1} << 20);
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), file.get())) {
    sha.Update({piece.data(), got});
    digest.bytes += static_cast<int64_t>(got);
  }
  if (std::ferror(file.get()) != 0) return absl::DataLossError(absl::StrCat("cannot read all of \"", path, "\""));
  digest.sha256 = absl::BytesToHexString(sha.Finish());
  return digest;
}

}  // namespace parzen
