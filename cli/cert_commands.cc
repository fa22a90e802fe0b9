// parzen cert init, coordinator, worker, client, show.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "rpc/certificate_authority.h"
#include "rpc/tls_files.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

constexpr int kAuthorityDays = 3650;
constexpr int kDays = 365;
// Certificates hold from a little in the past, for machines whose clocks are behind.
constexpr absl::Duration kBackdated = absl::Hours(1);

struct Options {
  Role role = Role::kWorker;
  std::string folder;
  std::string out;
  std::string name;
  std::vector<std::string> hosts;
  int days = kDays;
  bool force = false;
};

struct ShowOptions {
  std::string file;
  Format format = Format::kTable;
};

struct NewFile {
  std::string path;
  std::string content;
  int mode;
};

absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && fs::is_directory(folder, error)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("cannot make the folder \"", folder, "\": ", error ? error.message() : "it is something else"));
}

// Under another name first: whoever reads meanwhile sees the old file or the new one.
absl::Status WriteFile(const NewFile& file) {
  const std::string draft = absl::StrCat(file.path, ".new");
  const auto failed = [&](const char* what) {
    return absl::InvalidArgumentError(absl::StrCat("cannot ", what, " ", file.path, ": ", std::strerror(errno)));
  };
  unlink(draft.c_str());
  const int fd = open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file.mode);
  if (fd < 0) return failed("make");
  const bool written = write(fd, file.content.data(), file.content.size()) == static_cast<ssize_t>(file.content.size());
  if (!written || fsync(fd) != 0) {
    const absl::Status status = failed("write");
    close(fd);
    unlink(draft.c_str());
    return status;
  }
  close(fd);
  return rename(draft.c_str(), file.path.c_str()) == 0 ? absl::OkStatus() : failed("write");
}

absl::Status WriteAll(const std::vector<NewFile>& files, bool force) {
  for (const NewFile& file : files) {
    std::error_code ignored;
    if (force || !fs::exists(fs::symlink_status(file.path, ignored))) continue;
    return absl::AlreadyExistsError(absl::StrCat(file.path, " exists; --force replaces it"));
  }
  for (const NewFile& file : files) RETURN_IF_ERROR(WriteFile(file));
  return absl::OkStatus();
}

// `ca`: where the certificate of the authority goes. Those of a folder's certificates that another authority signed
// would not be believed any more.
absl::Status CheckSameAuthority(const std::string& ca, const std::string& certificate) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(ca, ignored))) return absl::OkStatus();
  const absl::StatusOr<std::string> there = ReadPemFile(ca);
  if (there.ok() && *there == certificate) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(
      ca,
      " is of another authority, whose certificates are not believed without it; give another --out, or replace it ",
      "with --force"));
}

absl::Status PrintMade(const std::vector<NewFile>& files, absl::string_view hint) {
  std::vector<std::string> lines;
  for (const NewFile& file : files) lines.push_back(Printable(file.path));
  return PrintResult(absl::StrCat(absl::StrJoin(lines, "\n"), "\n", hint));
}

absl::Status Init(const Options& options, const Stop&) {
  const absl::Time now = ReadClock().wall;
  ASSIGN_OR_RETURN(const PemPair authority, MakeAuthority(options.name.empty() ? "parzen" : options.name,
                                                          now - kBackdated, now + absl::Hours(24) * options.days));
  RETURN_IF_ERROR(MakeFolder(options.folder));
  const std::vector<NewFile> files = {{options.folder + "/ca.key", authority.key, 0600},
                                      {options.folder + "/ca.crt", authority.certificate, 0644}};
  RETURN_IF_ERROR(WriteAll(files, options.force));
  return PrintMade(files, "");
}

absl::Status Issue(const Options& options, const Stop&) {
  PemPair authority;
  const auto missing = [&](const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat(status.message(), "; `parzen cert init ", options.folder, "` makes an authority"));
  };
  for (auto [text, file] : {std::pair{&authority.certificate, "/ca.crt"}, std::pair{&authority.key, "/ca.key"}}) {
    absl::StatusOr<std::string> read = ReadPemFile(options.folder + file);
    if (!read.ok()) return missing(read.status());
    *text = *std::move(read);
  }
  const absl::Time now = ReadClock().wall;
  CertificateRequest request;
  request.role = options.role;
  request.hosts = options.hosts;
  request.name = options.name;
  if (request.name.empty()) {
    request.name = options.hosts.empty() ? std::string(RoleName(options.role)) : options.hosts.front();
  }
  if (options.role == Role::kCoordinator) request.hosts.insert(request.hosts.end(), {"localhost", "127.0.0.1", "::1"});
  request.valid_from = now - kBackdated;
  request.valid_until = now + absl::Hours(24) * options.days;
  ASSIGN_OR_RETURN(const PemPair made, IssueCertificate(authority, request));
  const std::string target = options.out.empty() ? options.folder : options.out;
  RETURN_IF_ERROR(MakeFolder(target));
  const TlsFiles paths = TlsFilesIn(target, options.role);
  std::vector<NewFile> files = {{paths.key, made.key, 0600}, {paths.certificate, made.certificate, 0644}};
  std::error_code ignored;
  const bool elsewhere = !fs::equivalent(options.folder, target, ignored);
  if (elsewhere && !options.force) RETURN_IF_ERROR(CheckSameAuthority(paths.ca, authority.certificate));
  RETURN_IF_ERROR(WriteAll(files, options.force));
  if (elsewhere) {
    files.push_back({paths.ca, authority.certificate, 0644});
    RETURN_IF_ERROR(WriteFile(files.back()));
  }
  return PrintMade(files, "");
}

using Row = std::vector<Cell>;

absl::StatusOr<Row> DescribeFile(const std::string& file) {
  ASSIGN_OR_RETURN(const std::string pem, ReadPemFile(file));
  const absl::StatusOr<Certificate> certificate = ParseCertificate(pem);
  if (!certificate.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(file, ": ", certificate.status().message()));
  }
  const auto date = [](absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone()); };
  Cell role;
  if (certificate->role.has_value()) role = std::string(RoleName(*certificate->role));
  if (certificate->is_authority) role = "authority";
  const Cell hosts = certificate->hosts.empty() ? Cell() : Cell(absl::StrJoin(certificate->hosts, ", "));
  const absl::Duration left = certificate->valid_until - ReadClock().wall;
  return Row{certificate->name,
             role,
             hosts,
             certificate->issuer,
             certificate->serial,
             date(certificate->valid_from),
             date(certificate->valid_until),
             static_cast<int64_t>(absl::ToDoubleHours(left) / 24)};
}

absl::StatusOr<std::vector<std::string>> CertificatesIn(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    if (entry->path().extension() == ".crt") files.push_back(entry->path().string());
  }
  if (error) return absl::InvalidArgumentError(absl::StrCat(folder, ": ", error.message()));
  if (files.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(folder, " has no certificate, as FILE.crt; `parzen cert init ", folder, "` makes an authority"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

absl::Status Show(const ShowOptions& options, const Stop&) {
  std::vector<std::string> columns = {"name",   "role",       "hosts",       "authority",
                                      "serial", "valid_from", "valid_until", "days_left"};
  std::error_code ignored;
  if (!fs::is_directory(options.file, ignored)) {
    Table table(columns);
    ASSIGN_OR_RETURN(Row row, DescribeFile(options.file));
    table.AddRow(std::move(row));
    return PrintResult(table.RenderRecord(options.format));
  }
  columns.insert(columns.begin(), "file");
  Table table(columns);
  ASSIGN_OR_RETURN(const std::vector<std::string> files, CertificatesIn(options.file));
  std::vector<std::string> bad;  // what is wrong with it; the others are shown nevertheless
  for (const std::string& file : files) {
    absl::StatusOr<Row> row = DescribeFile(file);
    if (!row.ok()) {
      bad.push_back(Printable(row.status().message()));
      continue;
    }
    row->insert(row->begin(), fs::path(file).filename().string());
    table.AddRow(*std::move(row));
  }
  if (table.rows() > 0) RETURN_IF_ERROR(PrintTable(table, options.format));
  return bad.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(bad, "\n"));
}

void AddOutputOptions(CLI::App& command, Options& options) {
  AddOption(command, "--days N", options.days, "Days that the certificate holds").Range(1, 36500);
  AddFlag(command, "--force", options.force, "Replace files that exist; a coordinator takes them up by itself");
}

void AddIssueCommand(CLI::App& parent, ChosenCommand& chosen, Role role, const std::string& description,
                     const std::string& examples) {
  auto options = std::make_shared<Options>();
  options->role = role;
  CLI::App& command = AddCommand(parent, std::string(RoleName(role)), description, examples);
  AddArgument(command, "FOLDER", options->folder, "Where the authority is; the files come there, too").Required();
  if (role == Role::kCoordinator) {
    AddOption(command, "--host HOST", options->hosts, "Name or IP address at which it is dialled; may be given again")
        .Required();
  }
  AddOption(command, "--name NAME", options->name, "What the coordinator's log calls who shows it");
  AddOption(command, "--out FOLDER", options->out,
            "Put the files and ca.crt there instead, to be copied to its machine");
  AddOutputOptions(command, *options);
  Choose(command, chosen, options, &Issue);
}

}  // namespace

void AddCertCommands(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& cert = AddCommand(
      app, "cert",
      "Makes the certificates with which coordinator, workers and command line on several machines know each other. "
      "Who "
      "has ca.key can make more; it stays where it is. The other machines get ca.crt, a certificate and its key.",
      "  parzen cert init keys\n"
      "  parzen cert coordinator keys --host gpu-1 --host 10.0.0.5\n"
      "  parzen cert worker keys --out for-workers\n"
      "  parzen cert client keys\n"
      "  parzen coordinator --listen 0.0.0.0:7717 --tls keys\n"
      "  parzen worker --coordinator gpu-1:7717 --tls for-workers\n"
      "  parzen study list --coordinator gpu-1:7717 --tls keys");
  TakeCommand(cert);
  auto options = std::make_shared<Options>();
  options->days = kAuthorityDays;
  CLI::App& init = AddCommand(cert, "init", "Makes an authority, which signs certificates: ca.crt and ca.key.",
                              "  parzen cert init keys");
  AddArgument(init, "FOLDER", options->folder, "Where to; made when it does not exist").Required();
  AddOption(init, "--name NAME", options->name, "Its name (default: parzen)");
  AddOutputOptions(init, *options);
  Choose(init, chosen, options, &Init);
  AddIssueCommand(cert, chosen, Role::kCoordinator,
                  "Makes a coordinator's certificate. It is for the hosts that are named, and for this machine "
                  "(localhost).",
                  "  parzen cert coordinator keys --host gpu-1 --host 10.0.0.5");
  AddIssueCommand(cert, chosen, Role::kWorker, "Makes a worker's certificate. Many workers may share one.",
                  "  parzen cert worker keys --name gpu-2 --out for-gpu-2");
  AddIssueCommand(cert, chosen, Role::kClient,
                  "Makes a certificate for the command line: its holder may look at studies and change them.",
                  "  parzen cert client keys --name ada --out for-ada");
  auto show_options = std::make_shared<ShowOptions>();
  CLI::App& show =
      AddCommand(cert, "show", "Shows what a certificate says, or each of a folder: whose it is, for what, until when.",
                 "  parzen cert show keys/worker.crt\n  parzen cert show keys");
  AddArgument(show, "FILE", show_options->file, "The certificate (PEM), or a folder of them").Required();
  AddFormatOption(show, show_options->format);
  Choose(show, chosen, show_options, &Show);
}

}  // namespace parzen
