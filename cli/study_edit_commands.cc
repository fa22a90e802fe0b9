// parzen study stop, resume, extend, delete.
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/study_source.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

struct StopOptions {
  SourceOptions source;
  std::string study;
  bool now = false;
  bool wait = false;
};

struct ExtendOptions {
  SourceOptions source;
  std::string study;
  std::optional<int64_t> trials;
  std::optional<int64_t> by;
};

struct DeleteOptions {
  SourceOptions source;
  std::string study;
  bool force = false;
  bool yes = false;
};

std::string Count(int64_t count, absl::string_view what) {
  return absl::StrCat(count, " ", what, count == 1 ? "" : "s");
}

int64_t Finished(const StudySummary& study) { return study.complete() + study.pruned() + study.failed(); }

// Until no trial of the study runs; Aborted when Ctrl-C came first.
absl::Status WaitUntilNoneRuns(StudyEditor& editor, const std::string& name, const Stop& stop) {
  constexpr absl::Duration kPause = absl::Milliseconds(300);
  const bool shows = isatty(STDERR_FILENO) != 0;
  for (;;) {
    ASSIGN_OR_RETURN(const StudySummary study, GetStudy(editor, name));
    if (shows) std::fputs(absl::StrCat("\r\033[Kwaiting for ", Count(study.running(), "trial")).c_str(), stderr);
    if (study.running() == 0) break;
    if (stop.WaitFor(kPause)) {
      return absl::AbortedError(absl::StrCat("the study is stopped; ", Count(study.running(), "trial"), " still run"));
    }
  }
  if (shows) std::fputs("\r\033[K", stderr);
  return absl::OkStatus();
}

// "study "s" is stopped; 2 trials that run go on to their end".
absl::Status SetStopped(const StopOptions& options, bool stopped, const Stop& stop) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary chosen, ChooseStudy(*editor, options.study, /*outline=*/true));
  ChangeStudyRequest request;
  request.set_study(chosen.name());
  request.set_stopped(stopped);
  request.set_release_running(options.now);
  ASSIGN_OR_RETURN(StudySummary study, editor->ChangeStudy(request));
  if (options.wait) {
    RETURN_IF_ERROR(WaitUntilNoneRuns(*editor, study.name(), stop));
    study.set_running(0);
  }
  std::string text = absl::StrCat("study \"", Printable(study.name()), "\" ");
  if (stopped) {
    absl::StrAppend(&text, "is stopped");
    if (study.running() > 0) {
      absl::StrAppend(&text, "; ", Count(study.running(), "trial"),
                      study.running() == 1 ? " that runs goes on to its end" : " that run go on to their end");
    }
  } else {
    absl::StrAppend(&text,
                    study.finished() ? "is not stopped, but finished; `parzen study extend` adds trials" : "goes on");
  }
  return PrintResult(text + "\n");
}

absl::Status StopStudy(const StopOptions& options, const Stop& stop) { return SetStopped(options, true, stop); }
absl::Status ResumeStudy(const StopOptions& options, const Stop& stop) { return SetStopped(options, false, stop); }

absl::Status ExtendStudy(const ExtendOptions& options, const Stop&) {
  if (options.trials.has_value() == options.by.has_value()) {
    return absl::InvalidArgumentError("say how many trials the study shall have: --trials N in all, or --by N more");
  }
  if (options.by.has_value() && *options.by < 1) {
    return absl::InvalidArgumentError(absl::StrCat("--by: at least 1, not ", *options.by));
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary before, ChooseStudy(*editor, options.study));
  if (options.by.has_value() && before.budget() == 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("study \"", Printable(before.name()), "\" has no limit of trials; --trials N sets one"));
  }
  ChangeStudyRequest request;
  request.set_study(before.name());
  request.set_budget(options.trials.value_or(before.budget() + options.by.value_or(0)));
  ASSIGN_OR_RETURN(const StudySummary study, editor->ChangeStudy(request));
  const std::string was = before.budget() == 0 ? std::string("no limit") : absl::StrCat(before.budget());
  const bool is_lower = before.budget() == 0 || study.budget() < before.budget();
  std::string text =
      absl::StrCat("study \"", Printable(study.name()), "\" has a budget of ", Count(study.budget(), "trial"),
                   is_lower ? absl::StrCat(", lowered from ", was) : "", ", ", Finished(study), " of them done");
  if (study.stopped()) absl::StrAppend(&text, "; it is stopped, `parzen study resume` lets it go on");
  return PrintResult(text + "\n");
}

// Asks on the terminal; without one, --yes is needed.
absl::Status Confirm(const StudySummary& study, const std::string& place) {
  const int64_t trials = Finished(study) + study.running() + study.waiting();
  const std::string what = absl::StrCat("study \"", Printable(study.name()), "\" with its ", Count(trials, "trial"),
                                        " from ", Printable(place));
  if (isatty(STDIN_FILENO) == 0) {
    return absl::FailedPreconditionError(absl::StrCat("would delete ", what, "; say --yes to do it"));
  }
  std::fputs(absl::StrCat("Delete ", what, "? [y/N] ").c_str(), stderr);
  std::string answer;
  std::getline(std::cin, answer);
  answer = absl::AsciiStrToLower(absl::StripAsciiWhitespace(answer));
  return answer == "y" || answer == "yes" ? absl::OkStatus() : absl::AbortedError("nothing was deleted");
}

absl::Status DeleteStudy(const DeleteOptions& options, const Stop&) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyEditor> editor, OpenStudyEditor(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*editor, options.study));
  if (!options.yes) RETURN_IF_ERROR(Confirm(study, editor->Place()));
  DeleteStudyRequest request;
  request.set_study(study.name());
  request.set_even_if_running(options.force);
  ASSIGN_OR_RETURN(const DeleteStudyResponse deleted, editor->DeleteStudy(request));
  return PrintResult(
      absl::StrCat("study \"", Printable(study.name()), "\" is deleted, ", Count(deleted.trials(), "trial"), "\n"));
}

}  // namespace

void AddStudyEditCommands(CLI::App& study, ChosenCommand& chosen) {
  auto stop_options = std::make_shared<StopOptions>();
  CLI::App& stop = AddCommand(study, "stop",
                              "Hands out no more trials of a study until it is resumed. Trials that run go on to their "
                              "end, unless --now gives them back to the queue.",
                              "  parzen study stop digits-forest\n  parzen study stop digits-forest --wait\n"
                              "  parzen study stop --now --coordinator 127.0.0.1:7717");
  AddStudyArgument(stop, stop_options->study);
  AddSourceOptions(stop, stop_options->source);
  AddFlag(stop, "--now", stop_options->now,
          "Take running trials from their workers; they are done again after a resume");
  AddFlag(stop, "--wait", stop_options->wait, "Return once no trial of the study runs");
  Choose(stop, chosen, stop_options, &StopStudy, /*stops_cleanly=*/true);

  auto resume_options = std::make_shared<StopOptions>();
  CLI::App& resume = AddCommand(study, "resume", "Lets a stopped study go on.", "  parzen study resume digits-forest");
  AddStudyArgument(resume, resume_options->study);
  AddSourceOptions(resume, resume_options->source);
  Choose(resume, chosen, resume_options, &ResumeStudy);

  auto extend_options = std::make_shared<ExtendOptions>();
  CLI::App& extend = AddCommand(
      study, "extend",
      "Changes how many trials a study shall have: more, or fewer, and says so then. One that is finished goes on with "
      "the new ones.",
      "  parzen study extend digits-forest --by 50\n  parzen study extend digits-forest --trials 200 --db m.db");
  AddStudyArgument(extend, extend_options->study);
  AddSourceOptions(extend, extend_options->source);
  AddOption(extend, "--trials N", extend_options->trials, "Trials in all; not fewer than have ended");
  AddOption(extend, "--by N", extend_options->by, "Trials more than now");
  Choose(extend, chosen, extend_options, &ExtendStudy);

  auto delete_options = std::make_shared<DeleteOptions>();
  CLI::App& remove = AddCommand(study, "delete",
                                "Deletes a study with all its trials. Asks before it does, and refuses while trials "
                                "run.",
                                "  parzen study delete digits-forest\n"
                                "  parzen study delete old --db m.db --yes");
  AddStudyArgument(remove, delete_options->study);
  AddSourceOptions(remove, delete_options->source);
  AddFlag(remove, "--force", delete_options->force, "Also while trials run: what they find is dropped");
  AddFlag(remove, "--yes", delete_options->yes, "Do not ask");
  Choose(remove, chosen, delete_options, &DeleteStudy);
}

}  // namespace parzen
