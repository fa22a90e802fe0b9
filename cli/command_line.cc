#include "cli/command_line.h"

#include <unistd.h>

#include <algorithm>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "base/version.h"
#include "cli/completion_command.h"
#include "cli/exit_code.h"
#include "cli/help_formatter.h"
#include "cli/terminal.h"
#include "worker/slots/slot_process.h"

namespace parzen {
namespace {

// The command that parsing got to: "parzen study show" for `parzen study show --bd x`.
const CLI::App* DeepestParsed(const CLI::App* app) {
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return app;
}

std::string FullName(const CLI::App* app) {
  if (app->get_parent() == nullptr) return app->get_name();
  return absl::StrCat(FullName(app->get_parent()), " ", app->get_name());
}

std::vector<std::string> OptionNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back(absl::StrCat("--", name));
    for (const std::string& name : option->get_snames()) names.push_back(absl::StrCat("-", name));
  }
  return names;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

// `parzen help study` is `parzen study --help`, and never gets here but for its own help.
void AddHelpCommand(CLI::App& app) {
  CLI::App& command = AddCommand(app, "help", "Prints the help of a command, as --help behind it does.",
                                 "  parzen help study\n  parzen help study create");
  command.add_option("COMMAND")->description("The command, as typed")->option_text("[COMMAND]...")->expected(0, 2);
}

// There is no help on a command that there is not.
bool IsUnknownCommand(const CLI::App& command) {
  const std::vector<std::string> unknown = command.remaining();
  return !unknown.empty() && !absl::StartsWith(unknown[0], "-") && !CommandNames(command).empty();
}

// What the command line has that the command does not know; "" when that is not the trouble.
std::string DescribeUnknown(const CLI::App& command) {
  const std::vector<std::string> unknown = command.remaining();
  if (unknown.empty()) return "";
  const std::string& word = unknown[0];
  const std::string shown = Printable(word);
  if (absl::StartsWith(word, "-")) {
    const std::string name = word.substr(0, word.find('='));
    return absl::StrCat("there is no option ", shown, SuggestName(name, OptionNames(command)));
  }
  const std::vector<std::string> commands = CommandNames(command);
  if (!commands.empty()) return absl::StrCat("there is no command \"", shown, "\"", SuggestName(word, commands));
  return absl::StrCat("\"", shown, "\" is one argument too many");
}

std::string DescribeMistake(const CLI::App& command, const CLI::ParseError& error) {
  const std::string unknown = DescribeUnknown(command);
  if (!unknown.empty()) return unknown;
  const std::vector<std::string> commands = CommandNames(command);
  // A command that does something by itself (`parzen worker`) has other mistakes, too.
  const bool is_missing = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::RequiredError);
  if (!commands.empty() && is_missing) return absl::StrCat("a command is missing", SuggestName("", commands));
  const std::string what(*absl::StrSplit(error.what(), '\n').begin());
  const bool no_number = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ConversionError);
  return no_number ? absl::StrCat(what, "; a number belongs there") : what;
}

// A shell's variable that is not set must not stand for the default. "" when that is not the trouble.
std::string DescribeEmpty(const CLI::App& command) {
  for (const CLI::Option* const option : command.get_options()) {
    const std::string type = option->get_type_name();
    if (type != "FILE" && type != "FOLDER" && type != "ADDRESS") continue;
    for (const std::string& value : option->results()) {
      if (value.empty()) return absl::StrCat(option->get_name(), ": is empty; one ", type, " belongs there");
    }
  }
  return "";
}

std::string UsageError(const CLI::App& command, absl::string_view mistake) {
  const std::string name = FullName(&command);
  return absl::StrCat(name, ": ", mistake, "\nSee `", name, " --help`.\n");
}

}  // namespace

std::shared_ptr<CLI::App> MakeApp(ChosenCommand& chosen) {
  auto app =
      std::make_shared<CLI::App>("Distributed hyperparameter search: studies, trials, workers, one binary.", "parzen");
  app->formatter(std::make_shared<HelpFormatter>(std::clamp<size_t>(TerminalColumns(STDOUT_FILENO), 60, 110)));
  app->set_help_flag("-h,--help", "Print this help and exit");
  app->set_version_flag("--version", absl::StrCat("parzen ", kVersion), "Print the version and exit");
  app->require_subcommand(1);
  app->footer(
      "Example:\n"
      "  parzen run studies/catalog/digits_forest.textproto\n"
      "  parzen best\n"
      "Exit codes: 0 done, 1 failed, 2 wrong usage or study file, 3 coordinator unreachable.");
  AddRunCommand(*app, chosen);
  AddCoordinatorCommand(*app, chosen);
  AddWorkerCommand(*app, chosen);
  AddCertCommands(*app, chosen);
  AddStudyCommands(*app, chosen);
  AddTrialCommands(*app, chosen);
  AddBestCommand(*app, chosen);
  AddImportanceCommand(*app, chosen);
  AddReportCommand(*app, chosen);
  AddDbCommands(*app, chosen);
  AddDashboardCommand(*app, chosen);
  AddDoctorCommand(*app, chosen);
  AddKindCommands(*app, chosen);
  AddCompletionCommand(*app, chosen);
  AddHelpCommand(*app);
  return app;
}

ParsedCommandLine ParseCommandLine(std::vector<std::string> arguments) {
  ParsedCommandLine parsed;
  if (!arguments.empty() && arguments[0] == kCompleteCommand) {
    // Not a command of the app: the words behind it are anything but its options.
    arguments.erase(arguments.begin());
    parsed.chosen.name = kCompleteCommand;
    parsed.chosen.body = [arguments](const Stop&) {
      ChosenCommand none;
      return PrintCompletions(*MakeApp(none), arguments);
    };
    return parsed;
  }
  if (!arguments.empty() && arguments[0] == kSlotCommand) {
    arguments.erase(arguments.begin());
    parsed.chosen.name = kSlotCommand;  // of workers, not of people
    parsed.chosen.body = [arguments](const Stop&) -> absl::Status {
      ASSIGN_OR_RETURN(const SlotOptions options, ParseSlotArguments(arguments));
      return RunSlotProcess(options);
    };
    return parsed;
  }
  const bool on_help = arguments.size() > 1 && (arguments[1] == "--help" || arguments[1] == "-h");
  if (!arguments.empty() && arguments[0] == "help" && !on_help) {
    arguments.erase(arguments.begin());
    arguments.push_back("--help");
  }
  const std::shared_ptr<CLI::App> app = MakeApp(parsed.chosen);
  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  try {
    app->parse(arguments);
    const CLI::App* const command = DeepestParsed(app.get());
    if (const std::string empty = DescribeEmpty(*command); !empty.empty()) {
      parsed = ParsedCommandLine();
      parsed.error = UsageError(*command, empty);
      parsed.exit_code = kExitUsage;
    }
  } catch (const CLI::CallForHelp&) {
    const CLI::App* const command = DeepestParsed(app.get());
    const CLI::App* const parent = command->get_parent();
    if (IsUnknownCommand(*command)) {
      parsed.error = UsageError(*command, DescribeUnknown(*command));
      parsed.exit_code = kExitUsage;
    } else {
      parsed.out = command->help(parent == nullptr ? "" : FullName(parent));
    }
  } catch (const CLI::CallForVersion&) {
    parsed.out = absl::StrCat("parzen ", kVersion, "\n");
  } catch (const CLI::ParseError& error) {
    const CLI::App* const command = DeepestParsed(app.get());
    parsed.error = UsageError(*command, DescribeMistake(*command, error));
    parsed.exit_code = kExitUsage;
  }
  return parsed;
}

}  // namespace parzen
