#include "cli/trial_story.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "cli/named_values.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/reports/history.h"
#include "studies/reports/json_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

std::string Who(const AttemptRecord& attempt) {
  if (attempt.worker().empty()) return attempt.asked() ? "whoever asked for it" : "a worker that left no name";
  return attempt.host().empty() ? attempt.worker() : absl::StrCat(attempt.worker(), " (host ", attempt.host(), ")");
}

std::string HowItEnded(const AttemptRecord& attempt) {
  switch (attempt.state()) {
    case LOST:
      return "was lost";
    case RELEASED:
      return "was given back unfinished";
    case CRASHED:
      return "killed its slot";
    default:
      return "ended";
  }
}

// " after 1.5 s".
std::string After(const std::string& from, const std::string& to) {
  const std::optional<double> seconds = SecondsBetween(from, to);
  return seconds.has_value() ? absl::StrFormat(" after %.3g s", *seconds) : "";
}

// "1.5 s of processor time, at most 120 MB of memory", what it said at the end, each on a line; "" where nothing is
// known.
std::string WhatItTook(const AttemptUsage& usage) {
  constexpr double kMegabyte = 1e6;
  std::vector<std::string> parts;
  if (usage.has_cpu_seconds()) parts.push_back(absl::StrFormat("%.3g s of processor time", usage.cpu_seconds()));
  if (usage.has_peak_memory_bytes()) {
    parts.push_back(
        absl::StrFormat("at most %.0f MB of memory", static_cast<double>(usage.peak_memory_bytes()) / kMegabyte));
  }
  std::string text = parts.empty() ? "" : absl::StrCat("\nit took ", absl::StrJoin(parts, ", "));
  if (!usage.stderr_tail().empty()) absl::StrAppend(&text, "\nits standard error ended with:\n", usage.stderr_tail());
  return text;
}

void AddAttempts(const TrialRecord& trial, std::vector<StoryLine>& story) {
  int64_t epoch = 0;
  for (const AttemptRecord& attempt : trial.attempt()) {
    const std::string name = absl::StrCat("attempt ", attempt.attempt());
    const bool restarted = epoch != 0 && attempt.has_epoch() && attempt.epoch() != epoch;
    if (attempt.has_epoch()) epoch = attempt.epoch();
    story.push_back({attempt.started(),
                     absl::StrCat(name, attempt.asked() ? " was asked for by " : " began on ", Who(attempt)),
                     restarted ? "the coordinator had been started again since the attempt before" : ""});
    if (attempt.state() == OPEN) continue;
    story.push_back({attempt.ended(),
                     absl::StrCat(name, " ", HowItEnded(attempt), After(attempt.started(), attempt.ended())),
                     absl::StrCat(attempt.reason(), WhatItTook(attempt.usage()))});
  }
}

// Kinds that newer coordinators may write stand as they are.
std::string WhatHappened(const std::string& kind) {
  if (kind == "stale_end") return "a late report was refused";
  if (kind == "quarantined") return "was given up";
  if (kind == "cancelled") return "was cancelled";
  if (kind == "enqueued_values_ignored") return "values it was enqueued with were ignored";
  return kind;
}

void AddEvents(const TrialRecord& trial, std::vector<StoryLine>& story) {
  for (const TrialEvent& event : trial.event()) {
    // What ended an attempt is told with it.
    const bool told = std::any_of(trial.attempt().begin(), trial.attempt().end(), [&](const AttemptRecord& attempt) {
      return event.kind() == "cancelled" && attempt.ended() == event.time() && attempt.reason() == event.detail();
    });
    if (!told) story.push_back({event.time(), WhatHappened(event.kind()), event.detail()});
  }
}

// What Optuna's retry callback, `parzen trial retry` and enqueueing left with the trial.
void AddOrigin(const TrialRecord& trial, std::vector<StoryLine>& story) {
  for (const NamedJson& attribute : trial.system_attribute()) {
    const Cell value = ReadJsonValue(attribute.json());
    if (attribute.name() == "fixed_params") story.push_back({"", "enqueued with", CellForPrograms(value)});
    if (attribute.name() == "failed_trial") {
      story.push_back({"", absl::StrCat("made to try trial ", CellForPrograms(value), " again"), ""});
    }
    if (attribute.name() == "retry_history" && value.is_array()) {
      const auto number = [](std::string* out, const Cell& cell) { absl::StrAppend(out, CellForPrograms(cell)); };
      story.push_back({"", absl::StrCat("retries so far: trials ", absl::StrJoin(value, ", ", number)), ""});
    }
  }
}

int32_t LostAttempts(const TrialRecord& trial) {
  int32_t lost = 0;
  for (const AttemptRecord& attempt : trial.attempt())
    lost += attempt.state() == LOST || attempt.state() == CRASHED ? 1 : 0;
  return lost;
}

std::string NextOfWaiting(const StudySummary& study, const TrialRecord& trial) {
  const int32_t most = study.spec().search().max_attempts();
  const int32_t lost = LostAttempts(trial);
  const std::string which = absl::StrCat("attempt ", trial.attempt_size() + 1);
  const std::string losses = lost == 0 ? "" : absl::StrCat("; it fails when ", std::max(most, lost + 1), " are lost");
  if (study.stopped()) return absl::StrCat(which, " waits until the study is resumed (`parzen study resume`)", losses);
  if (trial.has_paused_at_step()) {
    return absl::StrCat("it has paused at step ", trial.paused_at_step(), "; ", which,
                        " goes on once others have turned out worse");
  }
  return absl::StrCat(which, " will be given to the next free worker", losses);
}

std::string NextOfRunning(const TrialRecord& trial) {
  const auto open = std::find_if(trial.attempt().begin(), trial.attempt().end(),
                                 [](const AttemptRecord& attempt) { return attempt.state() == OPEN; });
  if (open == trial.attempt().end()) return "another program runs it, and will say how it ends";
  const std::string runs = open->asked() ? absl::StrCat("attempt ", open->attempt(), " waits for `parzen trial tell`")
                                         : absl::StrCat("attempt ", open->attempt(), " runs on ", Who(*open));
  if (trial.step_size() == 0) return runs;
  const StepValue& last = trial.step(trial.step_size() - 1);
  return absl::StrCat(runs, "; at step ", last.step(), " its value was ", CellForPeople(last.value()));
}

}  // namespace

std::vector<StoryLine> TrialStory(const TrialRecord& trial) {
  std::vector<StoryLine> story;
  if (trial.attempt_size() == 0 && !trial.started().empty()) story.push_back({trial.started(), "began", ""});
  AddAttempts(trial, story);
  AddEvents(trial, story);
  if (trial.attempt_size() == 0 && !trial.completed().empty()) {
    story.push_back({trial.completed(), absl::StrCat("ended", After(trial.started(), trial.completed())), ""});
  }
  // Times are spelt so that they sort as text.
  std::stable_sort(story.begin(), story.end(), [](const StoryLine& a, const StoryLine& b) { return a.time < b.time; });
  std::vector<StoryLine> whole;
  AddOrigin(trial, whole);
  whole.insert(whole.end(), story.begin(), story.end());
  return whole;
}

std::string WhatIsNext(const StudySummary& study, const TrialRecord& trial) {
  if (trial.state() == WAITING) return NextOfWaiting(study, trial);
  if (trial.state() == RUNNING) return NextOfRunning(trial);
  const auto add = [](std::string* out, double value) { absl::StrAppend(out, CellForPeople(value)); };
  const std::string values = absl::StrJoin(trial.value(), ", ", add);
  return absl::StrCat("nothing: it is ", TrialStateName(trial.state()), values.empty() ? "" : " with value ", values);
}

std::string RenderStory(const StudySummary& study, const TrialRecord& trial) {
  constexpr size_t kTimeWidth = 19;  // to the second
  std::string text = absl::StrCat("trial ", trial.number(), " of ", Printable(study.name()), ": ",
                                  TrialStateName(trial.state()), "\n");
  for (const StoryLine& line : TrialStory(trial)) {
    const std::string time = Printable(line.time.substr(0, kTimeWidth));
    const std::string indent(time.empty() ? 2 : kTimeWidth + 4, ' ');
    absl::StrAppend(&text, "  ", time, time.empty() ? "" : "  ", Printable(line.what), "\n");
    for (const absl::string_view detail : absl::StrSplit(line.detail, '\n', absl::SkipWhitespace())) {
      absl::StrAppend(&text, indent, "  ", Printable(detail), "\n");
    }
  }
  return absl::StrCat(text, "next: ", Printable(WhatIsNext(study, trial)), "\n");
}

Table StoryTable(const StudySummary& study, const TrialRecord& trial) {
  Table table({"time", "what", "detail"});
  for (const StoryLine& line : TrialStory(trial)) {
    table.AddRow({TextOrNull(line.time), line.what, TextOrNull(line.detail)});
  }
  table.AddRow({Cell(), absl::StrCat("next: ", WhatIsNext(study, trial)), Cell()});
  return table;
}

}  // namespace parzen
