#include "cli/command.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

// None: `text` is no size.
std::optional<double> BytesOf(const std::string& text) {
  if (text.empty() || !absl::ascii_isdigit(text[0])) return std::nullopt;
  char* end = nullptr;
  double bytes = std::strtod(text.c_str(), &end);
  const std::string unit = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(end));
  for (const std::string prefix : {"", "K", "M", "G", "T"}) {
    if (unit == prefix || unit == prefix + "B" || (!prefix.empty() && unit == prefix + "IB")) return bytes;
    bytes *= 1024;
  }
  return std::nullopt;
}

std::string CheckSize(const std::string& text, int64_t least) {
  constexpr double kMost = 1e15;
  const std::optional<double> bytes = BytesOf(text);
  if (bytes.has_value() && *bytes >= static_cast<double>(least) && *bytes <= kMost) return "";
  return absl::StrCat("\"", Printable(text), "\" is no size; one such as 512M or 2G is",
                      least > 0 ? absl::StrCat(", of at least ", least >> 20, "M") : "");
}

}  // namespace

void AddSizeOption(CLI::App& command, const std::string& usage, int64_t& bytes, int64_t least,
                   const std::string& description) {
  const auto choose = [&bytes](const std::string& text) { bytes = static_cast<int64_t>(BytesOf(text).value_or(0)); };
  AddOption(command, usage, choose, description).Check([least](const std::string& text) {
    return CheckSize(text, least);
  });
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
