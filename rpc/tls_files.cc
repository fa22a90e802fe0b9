#include "rpc/tls_files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr size_t kMaxPemBytes = 1 << 20;

}  // namespace

TlsFiles TlsFilesIn(const std::string& folder, Role role) {
  const std::string stem = absl::StrCat(folder, "/", RoleName(role));
  return {stem + ".crt", stem + ".key", folder + "/ca.crt"};
}

absl::StatusOr<std::string> ReadPemFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxPemBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": cannot be read: ", errno == 0 ? "it is empty" : std::strerror(errno)));
  }
  if (text.size() > kMaxPemBytes) return absl::InvalidArgumentError(absl::StrCat(path, ": is no PEM file: too long"));
  return text;
}

absl::StatusOr<TlsIdentity> ReadTlsIdentity(const TlsFiles& files, Role role, absl::Time now) {
  const auto explain = [&](const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat(status.message(), "; `parzen cert ", RoleName(role), " DIR` makes what is needed"));
  };
  for (const std::string* path : {&files.certificate, &files.key, &files.ca}) {
    if (!path->empty()) continue;
    return absl::InvalidArgumentError(
        "--tls-cert, --tls-key and --tls-ca are needed together; or --tls DIR, which stands for all three");
  }
  TlsIdentity identity;
  for (const auto& [path, text] : {std::pair{&files.certificate, &identity.certificate},
                                   std::pair{&files.key, &identity.key}, std::pair{&files.ca, &identity.ca}}) {
    absl::StatusOr<std::string> read = ReadPemFile(*path);
    if (!read.ok()) return explain(read.status());
    *text = *std::move(read);
  }
  const absl::Status status = CheckIdentity(identity.certificate, identity.key, identity.ca, role, now);
  if (!status.ok()) {
    return explain(absl::InvalidArgumentError(absl::StrCat(files.certificate, ": ", status.message())));
  }
  return identity;
}

}  // namespace parzen
