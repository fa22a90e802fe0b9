// How commands are put together: each file of cli/ adds its subcommands to the app; parsing the command line chooses
// one of them, and main runs it. Nothing runs while the command line is still being parsed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/stop.h"
#include "cli/options.h"
#include "cli/table.h"

namespace parzen {

// What a command does. `stop` is requested by the first Ctrl-C, if the command stops cleanly; a command that does not
// simply ends with the signal.
using CommandBody = std::function<absl::Status(const Stop& stop)>;

// The command that the command line chose.
struct ChosenCommand {
  std::string name;  // as typed: "study list"
  CommandBody body;
  bool stops_cleanly = false;
};

// Makes `command` choose `body` when it is on the command line. `Options` is what the command's options were bound to.
template <typename Options>
void Choose(CLI::App& command, ChosenCommand& chosen, std::shared_ptr<Options> options,
            absl::Status (*body)(const Options& options, const Stop& stop), bool stops_cleanly = false) {
  WhenChosen(command, [&chosen, options, body, stops_cleanly](const std::string& name) {
    chosen = {name, [options, body](const Stop& stop) { return body(*options, stop); }, stops_cleanly};
  });
}

// An option that takes one of a few names, each of which stands for a value; the default is what `value` holds.
template <typename Value>
void AddChoiceOption(CLI::App& command, const std::string& option, Value& value,
                     const std::vector<std::pair<std::string, Value>>& choices, const std::string& description) {
  std::vector<std::string> names;
  std::string preset;
  for (const auto& [name, choice] : choices) {
    names.push_back(name);
    if (choice == value) preset = name;
  }
  const auto choose = [&value, choices](const std::string& chosen) {
    for (const auto& [name, choice] : choices) {
      if (name == chosen) value = choice;
    }
  };
  AddOption(command, option, choose, description).OneOf(names).ShowDefault(preset);
}

// An option that takes a number of bytes, at least `least`: "512M", "1.5G", "20GiB", all in powers of 1024.
void AddSizeOption(CLI::App& command, const std::string& usage, int64_t& bytes, int64_t least,
                   const std::string& description);

// -f, --format table|json|csv.
void AddFormatOption(CLI::App& command, Format& format);

// Writes to stdout; Unknown when it cannot be written (a full disk, a closed pipe).
absl::Status PrintResult(absl::string_view text);
// Printed with a bold header where stdout is a terminal.
absl::Status PrintTable(const Table& table, Format format);

// One function a file.
void AddRunCommand(CLI::App& app, ChosenCommand& chosen);
void AddCoordinatorCommand(CLI::App& app, ChosenCommand& chosen);
void AddWorkerCommand(CLI::App& app, ChosenCommand& chosen);
void AddCertCommands(CLI::App& app, ChosenCommand& chosen);
void AddWorkerCommands(CLI::App& worker, ChosenCommand& chosen);
void AddDashboardCommand(CLI::App& app, ChosenCommand& chosen);
void AddDoctorCommand(CLI::App& app, ChosenCommand& chosen);
void AddStudyCommands(CLI::App& app, ChosenCommand& chosen);
void AddStudyCreateCommand(CLI::App& study, ChosenCommand& chosen);
void AddStudyEditCommands(CLI::App& study, ChosenCommand& chosen);
void AddStudyExportCommand(CLI::App& study, ChosenCommand& chosen);
void AddStudyImportCommand(CLI::App& study, ChosenCommand& chosen);
void AddStudyWatchCommand(CLI::App& study, ChosenCommand& chosen);
void AddTrialCommands(CLI::App& app, ChosenCommand& chosen);
void AddTrialEditCommands(CLI::App& trial, ChosenCommand& chosen);
void AddTrialArtifactsCommand(CLI::App& trial, ChosenCommand& chosen);
void AddTrialReplayCommand(CLI::App& trial, ChosenCommand& chosen);
void AddTrialTellCommand(CLI::App& trial, ChosenCommand& chosen);
void AddBestCommand(CLI::App& app, ChosenCommand& chosen);
void AddImportanceCommand(CLI::App& app, ChosenCommand& chosen);
void AddReportCommand(CLI::App& app, ChosenCommand& chosen);
void AddDbCommands(CLI::App& app, ChosenCommand& chosen);
void AddModelCommands(CLI::App& model, ChosenCommand& chosen);
void AddKindCommands(CLI::App& app, ChosenCommand& chosen);
void AddCompletionCommand(CLI::App& app, ChosenCommand& chosen);

// The names that `parzen KIND show` knows; none when there is no such KIND.
std::vector<std::string> KindNames(const std::string& kind);

}  // namespace parzen
