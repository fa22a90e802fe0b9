// How help looks: CLI11's order, with lines wrapped, arguments shown as they are typed (an argument's option_text
// stands for its name), and defaults in words. Threads: immutable.
#pragma once

#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"

namespace parzen {

class HelpFormatter final : public CLI::Formatter {
 public:
  // Lines take at most `columns` columns.
  explicit HelpFormatter(size_t columns);

  std::string make_description(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* command) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_usage(const CLI::Option* option) const override;

 private:
  const size_t columns_;
};

// A name, and from `indent` on its text, broken between words so that lines take at most `columns` columns.
std::string HelpEntry(absl::string_view name, absl::string_view text, size_t indent, size_t columns);

}  // namespace parzen
