// The app's commands and the options they take, said to CLI11 without its headers: reading those takes longer than all
// else in a command's file, so only options.cc and the files that parse do. Threads: externally synchronised. A mistake
// in what is added (a name twice) throws as soon as the app is made; what people type wrong is told by parsing.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace parzen {

// Adds "NAME" below `parent`: `description` is what `--help` starts with, `examples` what it ends with.
CLI::App& AddCommand(CLI::App& parent, const std::string& name, const std::string& description,
                     const std::string& examples);
// One of the commands below `command` has to follow it; unless `required`, it also does something by itself.
void TakeCommand(CLI::App& command, bool required = true);
// Calls `choose` with the command as typed ("study list") when the command line has it and none below it.
void WhenChosen(CLI::App& command, std::function<void(const std::string& name)> choose);

// An option or argument that a command has got, for saying more about it. As long as the app, which owns it, lives.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  // The command does not go without it.
  Option Required();
  // The command does not go with both.
  Option Excludes(Option other);

  // Numbers are in [least, most].
  Option Range(int least, int most);
  Option Range(double least, double most);
  // The value is one of `names`, which help shows and shells complete.
  Option OneOf(const std::vector<std::string>& names);
  // `check` returns what is wrong with a value, "" when nothing is.
  Option Check(std::function<std::string(const std::string& value)> check);

  // Of arguments: so many words of the command line.
  Option Takes(int least, int most);
  // Of options that may be repeated: "A,B" is "A" and "B".
  Option SplitsAtCommas();

  // What help shows as the default, and instead of an argument's name.
  Option ShowDefault(const std::string& text);
  Option ShowAs(const std::string& text);

 private:
  CLI::Option* option_;
};

// Each binds to a variable that lives as long as the app, and that keeps its value when the command line does not say
// another. `meaning` is a line of help.

// `name`, "STUDY", tells people and shells what belongs there.
Option AddArgument(CLI::App& command, const std::string& name, std::string& value, const std::string& meaning);
Option AddArgument(CLI::App& command, const std::string& name, std::vector<std::string>& words,
                   const std::string& meaning);

// `usage` is as help shows it, "-o,--output FILE", where FILE tells people and shells what belongs there, as A|B does.
// A number or text that the variable holds is shown as the default.
Option AddOption(CLI::App& command, const std::string& usage, std::string& value, const std::string& meaning);
Option AddOption(CLI::App& command, const std::string& usage, int& value, const std::string& meaning);
Option AddOption(CLI::App& command, const std::string& usage, double& value, const std::string& meaning);
Option AddOption(CLI::App& command, const std::string& usage, std::optional<std::string>& value,
                 const std::string& meaning);
Option AddOption(CLI::App& command, const std::string& usage, std::optional<int64_t>& value,
                 const std::string& meaning);
// May be repeated, with one value each time: what follows may be an argument.
Option AddOption(CLI::App& command, const std::string& usage, std::vector<std::string>& values,
                 const std::string& meaning);
// Calls `take` with the value, once checked, instead.
Option AddOption(CLI::App& command, const std::string& usage, std::function<void(const std::string& value)> take,
                 const std::string& meaning);

// "--force": there or not.
Option AddFlag(CLI::App& command, const std::string& name, bool& value, const std::string& meaning);

}  // namespace parzen
