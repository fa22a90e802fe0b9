#include "cli/command.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>

#include "absl/strings/str_cat.h"
#include "cli/terminal.h"

namespace parzen {

CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.group("Commands");
  command.footer(absl::StrCat("Example:\n", examples));
  return command;
}

void AddFormatOption(CLI::App& command, Format& format) {
  static const std::map<std::string, Format> kFormats = {
      {"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}};
  command.add_option("-f,--format", format, "How to print: table for people, json or csv for programs")
      ->transform(CLI::Transformer(kFormats).description(""))
      ->check(CLI::IsMember({Format::kTable, Format::kJson, Format::kCsv}).description(""))
      ->type_name("table|json|csv")
      ->default_str("table");
}

absl::Status PrintResult(absl::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return absl::OkStatus();
  return absl::UnknownError(absl::StrCat("cannot write the result to stdout: ", std::strerror(errno)));
}

absl::Status PrintTable(const Table& table, Format format) {
  return PrintResult(table.Render(format, UseColour(STDOUT_FILENO)));
}

}  // namespace parzen
