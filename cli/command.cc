#include "cli/command.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

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

std::string CheckChoice(const std::string& name, const std::vector<std::string>& names) {
  for (const std::string& known : names) {
    if (name == known) return "";
  }
  return absl::StrCat("\"", Printable(name), "\" is none of ", absl::StrJoin(names, ", "));
}

void AddFormatOption(CLI::App& command, Format& format) {
  AddChoiceOption<Format>(command, "-f,--format", format,
                          {{"table", Format::kTable}, {"json", Format::kJson}, {"csv", Format::kCsv}},
                          "How to print: table for people, json or csv for programs");
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
