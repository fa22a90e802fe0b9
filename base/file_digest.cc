#include "base/file_digest.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace parzen {

absl::StatusOr<FileDigest> DigestFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr)
    return absl::PermissionDeniedError(absl::StrCat("cannot read \"", path, "\": ", std::strerror(errno)));
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  bool ok = context != nullptr && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  FileDigest digest;
  std::vector<char> piece(size_t{1} << 20);
  while (const size_t got = std::fread(piece.data(), 1, piece.size(), file.get())) {
    ok = ok && EVP_DigestUpdate(context.get(), piece.data(), got) == 1;
    digest.bytes += static_cast<int64_t>(got);
  }
  if (std::ferror(file.get()) != 0) return absl::DataLossError(absl::StrCat("cannot read all of \"", path, "\""));
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned length = 0;
  if (!ok || EVP_DigestFinal_ex(context.get(), bytes, &length) != 1) {
    return absl::InternalError(absl::StrCat("OpenSSL cannot take the SHA-256 of \"", path, "\""));
  }
  digest.sha256 = absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(bytes), length));
  return digest;
}

}  // namespace parzen
