// parzen study watch.
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "cli/command.h"
#include "cli/coordinated.h"
#include "cli/progress.h"
#include "cli/study_rows.h"
#include "cli/study_source.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

struct Options {
  SourceOptions source;
  std::string study;
};

bool MayComeBack(const absl::Status& status) { return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status); }

absl::Status WatchStudy(const Options& options, const Stop& stop) {
  constexpr absl::Duration kPoll = absl::Milliseconds(500);
  constexpr absl::Duration kPatience = absl::Minutes(10);  // as long as a worker waits for its coordinator
  const bool coordinated = IsCoordinated(options.source);
  ASSIGN_OR_RETURN(const std::unique_ptr<StudySource> source, OpenStudySource(options.source));
  ASSIGN_OR_RETURN(StudySummary study, ChooseStudy(*source, options.study, /*outline=*/true));
  ProgressView view(*source, stdout, coordinated);
  if (!view.terminal()) {
    RETURN_IF_ERROR(
        PrintResult(absl::StrCat(Printable(study.name()), "  ", Printable(DescribeObjectives(study)), "\n")));
  }
  absl::Duration last_answer = ReadClock().steady;
  bool lost = false;
  do {
    const Now now = ReadClock();
    absl::StatusOr<StudySummary> shown = view.Show(study.name(), now);
    if (shown.ok()) {
      study = *std::move(shown);
      last_answer = now.steady;
      lost = false;
    } else if (!MayComeBack(shown.status()) || now.steady - last_answer > kPatience) {
      return shown.status();
    } else if (!lost) {  // a coordinator that is started again goes on, and so does whoever watches
      lost = true;
      spdlog::warn("{}; trying again for {}", std::string(shown.status().message()), absl::FormatDuration(kPatience));
    }
  } while (!study.finished() && !stop.WaitFor(kPoll));
  return absl::OkStatus();
}

}  // namespace

void AddStudyWatchCommand(CLI::App& study, ChosenCommand& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App& command = AddCommand(study, "watch",
                                 "Shows a study's progress until it is finished; Ctrl-C only stops watching. Elsewhere "
                                 "than on a terminal it prints a line whenever trials have finished.",
                                 "  parzen study watch digits-forest --coordinator 127.0.0.1:7717\n"
                                 "  parzen study watch --db m.db");
  AddStudyArgument(command, options->study);
  AddSourceOptions(command, options->source);
  Choose(command, chosen, options, &WatchStudy, /*stops_cleanly=*/true);
}

}  // namespace parzen
