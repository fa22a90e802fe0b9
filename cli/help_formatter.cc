#include "cli/help_formatter.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

constexpr size_t kIndent = 28;

}  // namespace

std::string HelpEntry(absl::string_view name, absl::string_view text, size_t indent, size_t columns) {
  std::string entry(name);
  size_t at = DisplayWidth(name);
  if (at + 1 > indent && at > 0) {  // no room beside the name
    entry += '\n';
    at = 0;
  }
  bool first = true;
  for (const absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    const size_t width = DisplayWidth(word);
    if (!first && at + 1 + width > columns) {
      entry += '\n';
      at = 0;
      first = true;
    }
    const size_t gap = first ? indent - at : 1;
    absl::StrAppend(&entry, std::string(gap, ' '), word);
    at += gap + width;
    first = false;
  }
  return absl::StrCat(entry, "\n");
}

HelpFormatter::HelpFormatter(size_t columns) : columns_(columns) {
  label("Positionals", "Arguments");
  label("SUBCOMMAND", "COMMAND");
}

std::string HelpFormatter::make_description(const CLI::App* app) const {
  return HelpEntry("", app->get_description(), 0, columns_);
}

// In the list of a command's commands, the first sentence is enough.
std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  const std::string description = command->get_description();
  std::string first = description.substr(0, std::min(description.find(". "), description.find(": ")));
  if (absl::EndsWith(first, ".")) first.pop_back();
  return HelpEntry(absl::StrCat("  ", command->get_name()), first, kIndent, columns_);
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  std::string name = absl::StrCat("  ", option->get_name(is_positional, /*all_options=*/!is_positional));
  if (is_positional && !option->get_option_text().empty()) name = absl::StrCat("  ", option->get_option_text());
  if (!is_positional && !option->get_type_name().empty()) absl::StrAppend(&name, " ", option->get_type_name());
  std::string text = option->get_description();
  if (!option->get_default_str().empty()) absl::StrAppend(&text, " (default: ", option->get_default_str(), ")");
  return HelpEntry(name, text, kIndent, columns_);
}

std::string HelpFormatter::make_option_usage(const CLI::Option* option) const {
  return option->get_option_text().empty() ? CLI::Formatter::make_option_usage(option) : option->get_option_text();
}

}  // namespace parzen
