#include "cli/tls_options.h"

#include <cstdlib>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"

namespace parzen {

CLI::Option* AddTlsFolder(CLI::App& command, std::string& folder, Role role) {
  const std::string files = absl::StrCat(RoleName(role), ".crt, ", RoleName(role), ".key and ca.crt");
  const char* const fallback = role == Role::kCoordinator ? "" : " (default: $PARZEN_TLS, else not encrypted)";
  return command
      .add_option("--tls", folder, absl::StrCat("Encrypt with ", files, " of this folder, see `parzen cert`", fallback))
      ->type_name("FOLDER");
}

void AddTlsOptions(CLI::App& command, TlsOptions& options, Role role) {
  CLI::Option* const folder = AddTlsFolder(command, options.folder, role);
  const auto add = [&](const char* name, std::string& file, const char* meaning) {
    command.add_option(name, file, meaning)->type_name("FILE")->excludes(folder);
  };
  add("--tls-cert", options.files.certificate, "Certificate of this end, instead of the folder's");
  add("--tls-key", options.files.key, "Its private key");
  add("--tls-ca", options.files.ca, "Certificates of the authorities to believe");
}

TlsFiles ChosenTlsFiles(const TlsOptions& options, Role role) {
  if (!options.files.empty()) return options.files;
  if (!options.folder.empty()) return TlsFilesIn(options.folder, role);
  const char* const folder = role == Role::kCoordinator ? nullptr : std::getenv("PARZEN_TLS");
  return folder == nullptr || *folder == '\0' ? TlsFiles() : TlsFilesIn(folder, role);
}

}  // namespace parzen
