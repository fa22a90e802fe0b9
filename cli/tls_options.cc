#include "cli/tls_options.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace parzen {

Option AddTlsFolder(CLI::App& command, std::string& folder, Role role) {
  const std::string files = absl::StrCat(RoleName(role), ".crt, ", RoleName(role), ".key and ca.crt");
  const char* const fallback = role == Role::kCoordinator ? "" : " (default: $PARZEN_TLS, else not encrypted)";
  return AddOption(command, "--tls FOLDER", folder,
                   absl::StrCat("Encrypt with ", files, " of this folder, see `parzen cert`", fallback));
}

void AddTlsOptions(CLI::App& command, TlsOptions& options, Role role) {
  const Option folder = AddTlsFolder(command, options.folder, role);
  AddOption(command, "--tls-cert FILE", options.files.certificate, "Certificate of this end, instead of the folder's")
      .Excludes(folder);
  AddOption(command, "--tls-key FILE", options.files.key, "Its private key").Excludes(folder);
  AddOption(command, "--tls-ca FILE", options.files.ca, "Certificates of the authorities to believe").Excludes(folder);
}

TlsFiles ChosenTlsFiles(const TlsOptions& options, Role role) {
  if (!options.files.empty()) return options.files;
  if (!options.folder.empty()) return TlsFilesIn(options.folder, role);
  const char* const folder = role == Role::kCoordinator ? nullptr : std::getenv("PARZEN_TLS");
  return folder == nullptr || *folder == '\0' ? TlsFiles() : TlsFilesIn(folder, role);
}

}  // namespace parzen
