// parzen trial replay: does a trial again and compares.
#include <tbb/task_arena.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/dataset_files.h"
#include "cli/replay.h"
#include "cli/stored_task.h"
#include "cli/study_source.h"
#include "cli/terminal.h"
#include "cli/trial_argument.h"
#include "cli/work_line.h"
#include "worker/objectives/objective.h"
#include "worker/prepared_data.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::vector<std::string> study_and_number;
  std::vector<std::string> data;
  int threads = 0;
  bool allow_commands = false;
  Format format = Format::kTable;
};

int Threads(const Options& options) {
  return options.threads > 0 ? options.threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// Does the task, as far as the stored trial got. `reported` counts its steps. Blocks its thread.
absl::StatusOr<Replay> DoAgain(const TrialTask& task, const TrialRecord& stored, const Options& options,
                               const Stop& stop, std::atomic<int>& reported) {
  DataCache cache;
  Objectives objectives({cache, options.allow_commands});
  Replay replay;
  const int64_t last = stored.step_size() > 0 ? stored.step(stored.step_size() - 1).step() : 0;
  const TrialHooks hooks{stop, [&](int64_t step, double value) {
                           StepValue& kept = replay.steps.emplace_back();
                           kept.set_step(step);
                           kept.set_value(value);
                           ++reported;
                           return stored.state() != PRUNED || step < last;
                         }};
  absl::StatusOr<TrialResult> result = absl::CancelledError("not started");
  tbb::task_arena(Threads(options)).execute([&] { result = objectives.Run(task, hooks); });
  if (result.ok()) {
    replay.result = *std::move(result);
  } else if (stop.Requested()) {
    return absl::AbortedError("stopped");
  } else if (!absl::IsCancelled(result.status())) {
    return absl::Status(result.status().code(),
                        absl::StrCat("trial ", stored.number(), " cannot be done again: ", result.status().message()));
  }
  return replay;
}

// The same on a thread of its own, while this one shows how far it is.
absl::StatusOr<Replay> DoAgainInView(const TrialTask& task, const TrialRecord& stored, const Options& options,
                                     const Stop& stop) {
  std::atomic<int> reported{0};
  absl::StatusOr<Replay> replay = absl::CancelledError("not started");
  absl::Notification done;
  std::thread worker([&] {
    replay = DoAgain(task, stored, options, stop, reported);
    done.Notify();
  });
  WorkLine line(stderr, IsTerminal(STDERR_FILENO), absl::StrCat("trial ", stored.number(), " again"),
                ReadClock().steady);
  const double steps = std::max(1, stored.step_size());
  while (!done.WaitForNotificationWithTimeout(absl::Milliseconds(100))) {
    line.Show(reported / steps, ReadClock().steady);
  }
  worker.join();
  return replay;
}

absl::Status ReplayTrial(const Options& options, const Stop& stop) {
  ASSIGN_OR_RETURN(const TrialArgument argument, ReadTrialArgument(options.study_and_number));
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(const StudySummary study, ChooseStudy(*source, argument.study, /*outline=*/true));
  ASSIGN_OR_RETURN(const TrialRecord trial, GetTrial(*source, study.name(), argument.number));
  RETURN_IF_ERROR(CheckReplayable(study, trial, options.allow_commands));
  const char* const environment = std::getenv("PARZEN_DATA");
  const std::vector<std::string> folders = DataFolders("", options.data, environment == nullptr ? "" : environment);
  ASSIGN_OR_RETURN(const std::vector<DatasetFile> files,
                   FindStoredFiles(std::vector<DatasetFile>(study.file().begin(), study.file().end()), folders));
  ASSIGN_OR_RETURN(const TrialTask task, StoredTask(study, trial, files));
  ASSIGN_OR_RETURN(const Replay replay, DoAgainInView(task, trial, options, stop));
  const std::vector<ReplayedNumber> numbers = CompareReplay(study, trial, replay);
  RETURN_IF_ERROR(PrintTable(ReplayTable(numbers, options.format), options.format));
  const auto compared = std::count_if(numbers.begin(), numbers.end(), [](const auto& n) { return !n.measured; });
  const auto differing =
      std::count_if(numbers.begin(), numbers.end(), [](const auto& n) { return !n.measured && !n.same(); });
  if (differing == 0) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(differing, " of ", compared, " numbers of trial ", trial.number(), " differ"));
}

}  // namespace

void AddTrialReplayCommand(CLI::App& trial, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(
      trial, "replay",
      "Does a trial again, in this process, from what is stored of it, and compares every metric and every "
      "intermediate value to the last bit; times and memory, which are measured, are shown and not "
      "compared. A pruned trial is done as far as it got. Exits with 0 when all are the same, with 1 when "
      "something differs. Dataset files must be the same, byte for byte: where the coordinator found them, or in a "
      "folder that is named.",
      "  parzen trial replay digits-forest 7\n"
      "  parzen trial replay 7 --threads 1 -f json\n"
      "  parzen trial replay 7 --coordinator gpu-1:7717 --data ~/datasets\n"
      "  parzen trial replay my-program 7 --allow-commands --db m.db");
  AddTrialArgument(command, options->study_and_number);
  constexpr int kMostThreads = 1024;
  AddOption(command, "--threads N", options->threads, "Threads to train with; 0: one a core").Range(0, kMostThreads);
  AddOption(command, "--data FOLDER", options->data,
            "Folder to look for the dataset's files in, before $PARZEN_DATA; may be repeated");
  AddFlag(command, "--allow-commands", options->allow_commands,
          "Do trials that run a program, too: runs the study's program here, as this user");
  AddSourceOptions(command, options->source);
  AddFormatOption(command, options->format);
  Choose(command, chosen, options, &ReplayTrial, /*stops_cleanly=*/true);
}

}  // namespace parzen
