#include "worker/objectives/command.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "worker/objectives/command_answer.h"
#include "worker/objectives/one_line.h"

namespace parzen {
namespace {

using Event = ChildProcess::Event;

absl::Status Stopped() { return absl::CancelledError("the trial was asked to stop"); }

absl::Duration After(absl::Duration pause) { return ReadClock().steady + pause; }

// One trial, spoken about with the program.
class Conversation {
 public:
  Conversation(ChildProcess& child, const CommandSpec& spec, absl::Duration grace, const TrialHooks& hooks,
               const StopHandle& stop)
      : child_(child), spec_(spec), grace_(grace), hooks_(hooks), stop_(stop) {
    const absl::Duration limit = absl::Seconds(spec.time_limit_seconds());
    if (spec.has_time_limit_seconds()) deadline_ = After(limit);
  }

  // From the input to the result, and to the program's end unless it is kept.
  absl::StatusOr<TrialResult> Hold(absl::string_view input) {
    child_.Tell(input);
    for (int64_t steps = 0;;) {
      std::string line;
      const Event event = child_.Listen(line, deadline_, stop_);
      if (event != Event::kLine) return Interrupted(event);
      heard_ = true;
      if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
      ASSIGN_OR_RETURN(const Answer answer, Understand(line));
      if (const auto* result = std::get_if<TrialResult>(&answer)) return Accept(*result);
      if (const auto* error = std::get_if<ErrorAnswer>(&answer)) return GivenUp(*error);
      const StepAnswer& step = std::get<StepAnswer>(answer);
      if (++steps > CommandObjective::kMaxSteps) {
        return Fail(absl::StrCat("reported more than ", CommandObjective::kMaxSteps, " steps"));
      }
      if (!hooks_.report(step.step, step.value)) return Prune();
      child_.Tell(R"({"stop": false})");
    }
  }

  // Whether the program ended by itself without having said anything.
  bool ended_silently() const { return ended_silently_; }

 private:
  absl::StatusOr<Answer> Understand(const std::string& line) {
    absl::StatusOr<Answer> answer = ParseAnswer(line);
    if (answer.ok()) return answer;
    return Fail(answer.status().message());
  }

  absl::StatusOr<TrialResult> Accept(const TrialResult& result) {
    if (spec_.keep_alive()) return result;
    const Event event = child_.WaitForEnd(Grace(), stop_);
    if (event == Event::kStopped) return Cancel();
    if (event == Event::kEnded && !child_.Finish().succeeded) return Fail(absl::StrCat(Ending(), " after its result"));
    child_.Finish();
    return result;
  }

  absl::Status GivenUp(const ErrorAnswer& error) {
    child_.WaitForEnd(Grace(), stop_);
    return Fail(absl::StrCat("gave up: ", error.why));
  }

  // Tells the program to stop and lets it, if it can, get ready for the next trial.
  absl::Status Prune() {
    if (hooks_.stop.Requested()) return Cancel();
    child_.Tell(R"({"stop": true})");
    const absl::Duration deadline = Grace();
    for (;;) {
      std::string line;
      if (child_.Listen(line, deadline, stop_) != Event::kLine) return Cancel();
      const absl::StatusOr<Answer> answer = ParseAnswer(line);
      if (!answer.ok() || std::holds_alternative<ErrorAnswer>(*answer)) return Cancel();
      if (std::holds_alternative<TrialResult>(*answer)) break;
      child_.Tell(R"({"stop": true})");
    }
    if (!spec_.keep_alive()) {
      child_.WaitForEnd(deadline, stop_);
      child_.Finish();
    }
    return Stopped();
  }

  absl::Status Cancel() {
    child_.Finish();
    return Stopped();
  }

  absl::Status Interrupted(Event event) {
    switch (event) {
      case Event::kStopped:
        return Cancel();
      case Event::kTimeUp:
        return Fail(absl::StrCat("took longer than ", spec_.time_limit_seconds(), " seconds and was killed"));
      case Event::kTooLong:
        return Fail(absl::StrCat("wrote more than ", ChildProcess::kLongestLine, " bytes without a line end"));
      case Event::kClosed:
        if (child_.WaitForEnd(Grace(), stop_) == Event::kEnded) break;
        if (hooks_.stop.Requested()) return Cancel();
        return Fail("closed its standard output before its result, but did not end, and was killed");
      default:
        break;
    }
    ended_silently_ = !heard_;
    return Fail(absl::StrCat(Ending(), " before its result"));
  }

  // Until when a program may take to end.
  absl::Duration Grace() const { return std::min(deadline_, After(grace_)); }

  std::string Ending() { return child_.Finish().how; }

  // Ends the program; the reason, with the program before and its last words after it.
  absl::Status Fail(absl::string_view what) {
    const std::string words = OneLine(child_.Finish().last_words);
    return absl::UnknownError(absl::StrCat("the program ", QuotedLine(spec_.argv(0)), " ", what,
                                           words.empty() ? "" : "; its standard error ended: ", words));
  }

  ChildProcess& child_;
  const CommandSpec& spec_;
  const absl::Duration grace_;
  const TrialHooks& hooks_;
  const StopHandle& stop_;
  absl::Duration deadline_ = absl::InfiniteDuration();
  bool heard_ = false;
  bool ended_silently_ = false;
};

const bool registered = Registry<ObjectiveFactory>::Global().Add("command", [](const ObjectiveInputs& inputs) {
  return std::make_unique<CommandObjective>(CommandObjective::Options{.allowed = inputs.allow_commands});
});

}  // namespace

absl::StatusOr<TrialResult> CommandObjective::Run(const TrialTask& task, const TrialHooks& hooks) {
  if (!task.has_command()) return absl::InvalidArgumentError("not a program");
  if (!options_.allowed) {
    return absl::PermissionDeniedError("this worker runs no programs; one started with --allow-commands does");
  }
  if (task.command().spec().argv_size() == 0) return absl::InvalidArgumentError("the command names no program");
  try {
    return RunProgram(task.command(), hooks);
  } catch (const std::exception& error) {
    kept_.reset();
    return absl::ResourceExhaustedError(absl::StrCat("while running a program: ", error.what()));
  }
}

absl::StatusOr<TrialResult> CommandObjective::RunProgram(const CommandTask& task, const TrialHooks& hooks) {
  const CommandSpec& spec = task.spec();
  const std::string wanted = spec.SerializeAsString();
  std::unique_ptr<ChildProcess> child = std::move(kept_);
  if (child != nullptr && (kept_spec_ != wanted || !child->IsIdle())) child.reset();
  bool is_fresh = child == nullptr;
  const StopHandle stop(hooks.stop);
  if (stop.fd() < 0) return absl::ResourceExhaustedError("cannot start a program: no file descriptor");
  for (;;) {
    if (hooks.stop.Requested()) return Stopped();
    if (child == nullptr) {
      ASSIGN_OR_RETURN(child, ChildProcess::Start({spec.argv().begin(), spec.argv().end()}, spec.folder()));
    }
    Conversation conversation(*child, spec, options_.grace, hooks, stop);
    absl::StatusOr<TrialResult> result = conversation.Hold(task.input());
    if (is_fresh || !conversation.ended_silently()) {
      if (spec.keep_alive() && child->IsIdle()) {
        kept_ = std::move(child);
        kept_spec_ = wanted;
      }
      return result;
    }
    // It was ending since the last trial, which is only found out now.
    child.reset();
    is_fresh = true;
  }
}

}  // namespace parzen
