#include "cli/options.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

// "-o,--output FILE" in its two parts.
struct Usage {
  explicit Usage(const std::string& usage)
      : names(usage.substr(0, usage.find(' '))),
        value(names.size() == usage.size() ? "" : usage.substr(names.size() + 1)) {}

  std::string names;
  std::string value;
};

template <typename Value>
CLI::Option& Bind(CLI::App& command, const std::string& usage, Value& value, const std::string& meaning) {
  const Usage parts(usage);
  return *command.add_option(parts.names, value, meaning)->type_name(parts.value);
}

}  // namespace

CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& examples) {
  CLI::App& command = *parent.add_subcommand(name, description);
  command.group("Commands");
  command.footer(absl::StrCat("Example:\n", examples));
  return command;
}

void TakeCommand(CLI::App& command, bool required) { command.require_subcommand(required ? 1 : 0, 1); }

void WhenChosen(CLI::App& command, std::function<void(const std::string& name)> choose) {
  const CLI::App* const parent = command.get_parent();
  const std::string prefix = parent->get_parent() == nullptr ? "" : parent->get_name() + " ";
  command.callback([&command, choose = std::move(choose), name = prefix + command.get_name()] {
    if (command.get_subcommands().empty()) choose(name);  // else one of those is meant
  });
}

Option Option::Required() {
  option_->required();
  return *this;
}

Option Option::Excludes(Option other) {
  option_->excludes(other.option_);
  return *this;
}

Option Option::Range(int least, int most) {
  option_->check(CLI::Range(least, most).description(""));
  return *this;
}

Option Option::Range(double least, double most) {
  option_->check(CLI::Range(least, most).description(""));
  return *this;
}

Option Option::OneOf(const std::vector<std::string>& names) {
  option_->type_name(absl::StrJoin(names, "|"));
  return Check([names](const std::string& value) {
    for (const std::string& name : names) {
      if (value == name) return std::string();
    }
    return absl::StrCat("\"", Printable(value), "\" is none of ", absl::StrJoin(names, ", "));
  });
}

Option Option::Check(std::function<std::string(const std::string& value)> check) {
  option_->check(CLI::Validator([check = std::move(check)](const std::string& value) { return check(value); }, ""));
  return *this;
}

Option Option::Takes(int least, int most) {
  option_->expected(least, most);
  return *this;
}

Option Option::SplitsAtCommas() {
  option_->delimiter(',')->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return *this;
}

Option Option::ShowDefault(const std::string& text) {
  option_->default_str(text);
  return *this;
}

Option Option::ShowAs(const std::string& text) {
  option_->option_text(text);
  return *this;
}

Option AddArgument(CLI::App& command, const std::string& name, std::string& value, const std::string& meaning) {
  return Option(Bind(command, name, value, meaning));
}

Option AddArgument(CLI::App& command, const std::string& name, std::vector<std::string>& words,
                   const std::string& meaning) {
  return Option(Bind(command, name, words, meaning));
}

Option AddOption(CLI::App& command, const std::string& usage, std::string& value, const std::string& meaning) {
  return Option(*Bind(command, usage, value, meaning).capture_default_str());
}

Option AddOption(CLI::App& command, const std::string& usage, int& value, const std::string& meaning) {
  return Option(*Bind(command, usage, value, meaning).capture_default_str());
}

Option AddOption(CLI::App& command, const std::string& usage, double& value, const std::string& meaning) {
  return Option(*Bind(command, usage, value, meaning).capture_default_str());
}

Option AddOption(CLI::App& command, const std::string& usage, std::optional<std::string>& value,
                 const std::string& meaning) {
  return Option(Bind(command, usage, value, meaning));
}

Option AddOption(CLI::App& command, const std::string& usage, std::optional<int64_t>& value,
                 const std::string& meaning) {
  return Option(Bind(command, usage, value, meaning));
}

Option AddOption(CLI::App& command, const std::string& usage, std::vector<std::string>& values,
                 const std::string& meaning) {
  return Option(*Bind(command, usage, values, meaning).allow_extra_args(false));
}

Option AddOption(CLI::App& command, const std::string& usage, std::function<void(const std::string& value)> take,
                 const std::string& meaning) {
  const Usage parts(usage);
  return Option(*command.add_option_function<std::string>(parts.names, take, meaning)->type_name(parts.value));
}

Option AddFlag(CLI::App& command, const std::string& name, bool& value, const std::string& meaning) {
  return Option(*command.add_flag(name, value, meaning));
}

}  // namespace parzen
