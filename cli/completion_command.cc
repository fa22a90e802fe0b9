// parzen completion bash|zsh, and what its scripts ask.
#include "cli/completion_command.h"

#include <chrono>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/study_client.h"
#include "cli/study_source.h"
#include "cli/tls_options.h"

namespace parzen {
namespace {

using Kind = Expected::Kind;

// Bash replaces only what follows the last of its word breaks, so the answer to it is cut there. Where file names
// belong, bash's own completion is better at them than anything here.
constexpr char kBash[] = R"sh(# parzen completion for bash
_parzen() {
  local program lines
  program=$(type -P "${1/#\~\//$HOME/}") || program=parzen
  mapfile -t lines < <("$program" complete bash "$COMP_WORDBREAKS" "${COMP_LINE:0:COMP_POINT}" 2> /dev/null)
  COMPREPLY=("${lines[@]:1}")
  case ${lines[0]} in
    names) compopt -o filenames ;;
    files) compopt -o default ;;
    folders) compopt -o dirnames ;;
    words) [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *: ]] || compopt -o nospace ;;
  esac
}
complete -F _parzen parzen
)sh";

constexpr char kZsh[] = R"sh(#compdef parzen
# parzen completion for zsh
_parzen() {
  local -a lines
  lines=("${(@f)$("${(Q)words[1]/#\~\//$HOME/}" complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}")
  local kind=${lines[1]}
  shift lines
  case $kind in
    words|names) compadd -a lines ;;
    files|folders)
      [[ $PREFIX != --*=* ]] || compset -P '*='
      compset -P 'unix:'
      if [[ $kind == files ]]; then _files; else _files -/; fi ;;
    *) return 1 ;;
  esac
}
if [[ $funcstack[1] == _parzen ]]; then _parzen "$@"; else compdef _parzen parzen; fi
)sh";

struct Options {
  const char* script;
};

absl::Status PrintScript(const Options& options, const Stop&) { return PrintResult(options.script); }

absl::StatusOr<std::unique_ptr<StudySource>> OpenQuickly(const Expected& expected) {
  constexpr std::chrono::milliseconds kPatience(300);  // somebody waits at the keyboard
  if (!expected.db.empty()) {
    const char* const home = std::getenv("HOME");
    absl::string_view rest = expected.db;
    const bool at_home = home != nullptr && absl::ConsumePrefix(&rest, "~/");  // the shell has not expanded it yet
    return OpenDatabase(at_home ? absl::StrCat(home, "/", rest) : expected.db);
  }
  const std::string coordinator = expected.coordinator.empty() ? DefaultCoordinator("") : expected.coordinator;
  if (!coordinator.empty()) return StudyClient::Create(coordinator, ChosenTlsFiles({}, Role::kClient), kPatience);
  return OpenDatabase(DefaultDatabase());
}

absl::StatusOr<std::vector<std::string>> StudyNames(const Expected& expected) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenQuickly(expected));
  ListStudiesRequest request;
  request.set_outline(true);
  ASSIGN_OR_RETURN(const ListStudiesResponse studies, source->ListStudies(request));
  std::vector<std::string> names;
  for (const StudySummary& study : studies.study()) names.push_back(study.name());
  return names;
}

absl::StatusOr<std::vector<std::string>> WorkerNames(Expected expected) {
  if (expected.db.empty() && expected.coordinator.empty()) expected.coordinator = DefaultCoordinator(kLocalCoordinator);
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenQuickly(expected));
  ASSIGN_OR_RETURN(const ListWorkersResponse workers, source->ListWorkers(ListWorkersRequest()));
  std::vector<std::string> names;
  for (const WorkerRecord& worker : workers.worker()) names.push_back(worker.name());
  return names;
}

// What the shell is told: the kind of answer, and candidates.
struct Answer {
  const char* kind;
  std::vector<std::string> candidates;
};

Answer AnswerTo(const Expected& expected) {
  switch (expected.kind) {
    case Kind::kWords:
      return {"words", Candidates(expected, expected.words)};
    case Kind::kKind:
      return {"words", Candidates(expected, KindNames(expected.kind_command))};
    case Kind::kStudy:
      return {"names", Candidates(expected, StudyNames(expected).value_or(std::vector<std::string>()))};
    case Kind::kWorker:
      return {"names", Candidates(expected, WorkerNames(expected).value_or(std::vector<std::string>()))};
    case Kind::kFile:
      return {"files", {}};
    case Kind::kFolder:
      return {"folders", {}};
    case Kind::kNothing:
      break;
  }
  return {"nothing", {}};
}

}  // namespace

absl::Status PrintCompletions(const CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  size_t kept = 0;
  if (arguments.size() == 3 && arguments[0] == "bash") {
    BashLine line = SplitBashLine(arguments[2], arguments[1]);
    words = std::move(line.words);
    kept = line.kept;
    if (!words.empty()) words.erase(words.begin());  // the program
  } else if (!arguments.empty() && arguments[0] == "--") {
    words.assign(arguments.begin() + 1, arguments.end());
  } else {
    return absl::InvalidArgumentError("expected: complete -- WORDS..., or complete bash BREAKS LINE");
  }
  const Answer answer = AnswerTo(ExpectedNext(app, words));
  std::string text = absl::StrCat(answer.kind, "\n");
  for (const std::string& candidate : answer.candidates) {
    absl::StrAppend(&text, absl::string_view(candidate).substr(std::min(kept, candidate.size())), "\n");
  }
  return PrintResult(text);
}

void AddCompletionCommand(CLI::App& app, ChosenCommand& chosen) {
  CLI::App& parent = AddCommand(app, "completion",
                                "Prints a script that lets a shell complete commands, options, names of studies and "
                                "files.",
                                "  parzen completion bash > ~/.local/share/bash-completion/completions/parzen");
  TakeCommand(parent);
  CLI::App& bash = AddCommand(parent, "bash", "Prints the script for bash.",
                              "  parzen completion bash > ~/.local/share/bash-completion/completions/parzen\n"
                              "or, without the package bash-completion, in ~/.bashrc:\n"
                              "  source <(parzen completion bash)");
  Choose(bash, chosen, std::make_shared<Options>(Options{kBash}), &PrintScript);
  CLI::App& zsh = AddCommand(parent, "zsh", "Prints the script for zsh.",
                             "  parzen completion zsh > \"${fpath[1]}/_parzen\"\n"
                             "or in ~/.zshrc, below compinit:\n"
                             "  source <(parzen completion zsh)");
  Choose(zsh, chosen, std::make_shared<Options>(Options{kZsh}), &PrintScript);
}

}  // namespace parzen
