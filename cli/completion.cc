#include "cli/completion.h"

#include <algorithm>
#include <set>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

using Kind = Expected::Kind;

const CLI::Option* FindOption(const CLI::App& command, const std::string& name) {
  return absl::StartsWith(name, "-") ? command.get_option_no_throw(name) : nullptr;
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool MayRepeat(const CLI::Option& option) { return option.get_expected_max() > 1; }

// Reads the line from the left, without its last word.
class Line {
 public:
  explicit Line(const CLI::App& app) : command_(&app) {}

  void Read(const std::string& word) {
    if (awaiting_ != nullptr) {
      TakeValue(*awaiting_, word);
      awaiting_ = nullptr;
    } else if (!only_arguments_ && word == "--") {
      only_arguments_ = true;
    } else if (!only_arguments_ && word.size() > 1 && word[0] == '-') {
      ReadOption(word);
    } else if (const CLI::App* const next = arguments_ == 0 ? FindCommand(word) : nullptr) {
      command_ = next;
    } else {
      ++arguments_;
    }
  }

  Expected Expect(const std::string& last) const {
    Expected expected;
    expected.begun = last;
    if (awaiting_ != nullptr) {
      ExpectValue(*awaiting_, expected);
    } else if (!only_arguments_ && absl::StartsWith(last, "-")) {
      ExpectOption(expected);
    } else {
      ExpectArgument(expected);
    }
    expected.db = db_;
    expected.coordinator = coordinator_;
    return expected;
  }

 private:
  const CLI::App* FindCommand(const std::string& name) const {
    for (const CLI::App* const command : command_->get_subcommands(nullptr)) {
      if (command->get_name() == name) return command;
    }
    return nullptr;
  }

  void ReadOption(const std::string& word) {
    const size_t equals = absl::StartsWith(word, "--") ? word.find('=') : std::string::npos;
    const CLI::Option* option = FindOption(*command_, word.substr(0, equals));
    if (option != nullptr) {
      given_.insert(option);
      if (equals != std::string::npos) TakeValue(*option, word.substr(equals + 1));
      if (equals == std::string::npos && TakesValue(*option)) awaiting_ = option;
      return;
    }
    option = FindOption(*command_, word.substr(0, 2));  // -fjson
    if (option != nullptr) given_.insert(option);
  }

  void TakeValue(const CLI::Option& option, const std::string& value) {
    if (option.check_lname("db")) db_ = value;
    if (option.check_lname("coordinator")) coordinator_ = value;
  }

  // An option that is there already, or excluded by one that is, would be refused.
  bool MayCome(const CLI::Option& option) const {
    if (given_.count(&option) > 0) return MayRepeat(option);
    const std::set<CLI::Option*> excluded = option.get_excludes();
    return std::none_of(excluded.begin(), excluded.end(),
                        [this](const CLI::Option* other) { return given_.count(other) > 0; });
  }

  void ExpectOption(Expected& expected) const {
    const size_t equals = expected.begun.find('=');
    if (equals != std::string::npos) {
      const CLI::Option* const option = FindOption(*command_, expected.begun.substr(0, equals));
      if (option == nullptr || !TakesValue(*option)) return;
      expected.before = expected.begun.substr(0, equals + 1);
      expected.begun.erase(0, equals + 1);
      ExpectValue(*option, expected);
      return;
    }
    expected.kind = Kind::kWords;
    for (const CLI::Option* const option : command_->get_options()) {
      if (!option->nonpositional() || !MayCome(*option)) continue;
      for (const std::string& name : option->get_lnames()) expected.words.push_back(absl::StrCat("--", name));
      const bool short_one = option->get_lnames().empty() || !absl::StartsWith(expected.begun, "--");
      if (!short_one || expected.begun == "-") continue;
      for (const std::string& name : option->get_snames()) expected.words.push_back(absl::StrCat("-", name));
    }
  }

  void ExpectArgument(Expected& expected) const {
    if (arguments_ == 0) {
      for (const CLI::App* const command : command_->get_subcommands(nullptr)) {
        expected.words.push_back(command->get_name());
      }
    }
    if (!expected.words.empty()) {
      expected.kind = Kind::kWords;
      return;
    }
    int before = arguments_;
    for (const CLI::Option* const option : command_->get_options()) {
      if (!option->get_positional()) continue;
      before -= std::max(option->get_expected_max(), 1);
      if (before >= 0) continue;
      const std::string name = option->get_name(/*positional=*/true);
      // "[STUDY] NUMBER": only the first of the two is a study.
      if (name == "STUDY" || (name == "TRIAL" && arguments_ == 0)) expected.kind = Kind::kStudy;
      if (name == "WORKER") expected.kind = Kind::kWorker;
      if (name == "FILE") expected.kind = Kind::kFile;
      if (name == "NAME") {
        expected.kind = Kind::kKind;
        expected.kind_command = command_->get_parent()->get_name();
      }
      return;
    }
  }

  static void ExpectValue(const CLI::Option& option, Expected& expected) {
    const std::string named = option.get_type_name();
    const std::string type = named.substr(0, named.find(':'));  // behind it, what its validators have to say
    if (absl::StrContains(type, '|')) {
      expected.kind = Kind::kWords;
      expected.words = absl::StrSplit(type, '|');
    } else if (type == "FILE") {
      expected.kind = Kind::kFile;
    } else if (type == "FOLDER") {
      expected.kind = Kind::kFolder;
    } else if (type == "EVALUATOR") {
      expected.kind = Kind::kKind;
      expected.kind_command = "evaluator";
    } else if (type == "ADDRESS" && absl::StartsWith(expected.begun, "unix:")) {
      expected.kind = Kind::kFile;
      expected.before += "unix:";
      expected.begun.erase(0, 5);
    } else if (type == "ADDRESS") {
      expected.kind = Kind::kWords;
      expected.words = {"127.0.0.1:7717", "unix:"};
    }
  }

  const CLI::App* command_;
  const CLI::Option* awaiting_ = nullptr;  // the option whose value comes next
  std::set<const CLI::Option*> given_;
  bool only_arguments_ = false;  // behind "--"
  int arguments_ = 0;
  std::string db_;
  std::string coordinator_;
};

}  // namespace

Expected ExpectedNext(const CLI::App& app, const std::vector<std::string>& words) {
  Line line(app);
  const bool has_help = words.size() > 1 && words[0] == "help" && !absl::StartsWith(words[1], "-");
  for (size_t i = has_help ? 1 : 0; i + 1 < words.size(); ++i) line.Read(words[i]);
  return line.Expect(words.empty() ? "" : words.back());
}

std::vector<std::string> Candidates(const Expected& expected, const std::vector<std::string>& candidates) {
  std::vector<std::string> fitting;
  for (const std::string& candidate : candidates) {
    if (!absl::StartsWith(candidate, expected.begun) || Printable(candidate) != candidate) continue;
    fitting.push_back(absl::StrCat(expected.before, candidate));
  }
  return fitting;
}

BashLine SplitBashLine(absl::string_view line, absl::string_view breaks) {
  BashLine split;
  std::string word;
  bool inside = false;  // a word, which may be empty so far: ""
  char quote = '\0';
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool escapes = c == '\\' && quote != '\'' && i + 1 < line.size() &&
                         (quote == '\0' || absl::StrContains("\\\"$`", line[i + 1]));
    if (quote == '\0' && (c == ' ' || c == '\t')) {
      if (inside) split.words.push_back(word);
      word.clear();
      split.kept = 0;
      inside = false;
      continue;
    }
    inside = true;
    if (escapes) {
      word += line[++i];
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
      split.kept = word.size();
    } else if (c == quote) {
      quote = '\0';
    } else {
      word += c;
      if (quote == '\0' && absl::StrContains(breaks, c)) split.kept = word.size();
    }
  }
  split.words.push_back(word);
  return split;
}

}  // namespace parzen
