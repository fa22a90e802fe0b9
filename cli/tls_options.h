// --tls and its long forms, for every command that listens or dials.
#pragma once

#include <string>

#include "cli/options.h"
#include "rpc/tls_files.h"

namespace parzen {

// As the user gave them.
struct TlsOptions {
  std::string folder;
  TlsFiles files;
};

// Adds --tls FOLDER.
Option AddTlsFolder(CLI::App& command, std::string& folder, Role role);
// Adds --tls FOLDER, --tls-cert, --tls-key and --tls-ca.
void AddTlsOptions(CLI::App& command, TlsOptions& options, Role role);

// The files that `role` uses: those named one by one, else those in the folder, else, unless `role` is the
// coordinator's, those in $PARZEN_TLS; else none.
TlsFiles ChosenTlsFiles(const TlsOptions& options, Role role);

}  // namespace parzen
