// parzen: one binary that is every process. Parses, runs the chosen command, and maps its status to the exit code.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/stop.h"
#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "cli/stop_requests.h"
#include "cli/terminal.h"

namespace parzen {
namespace {

void PrintError(const std::string& command, absl::string_view message) {
  const bool colour = UseColour(STDERR_FILENO);
  const char* const separator = absl::StrContains(message, '\n') ? ":\n" : ": ";
  const std::string text =
      absl::StrCat(colour ? "\x1b[31m" : "", "parzen ", command, colour ? "\x1b[0m" : "", separator, message, "\n");
  std::fputs(text.c_str(), stderr);
}

void OnSignal(int signal, StopRequests& requests, Stop& stop) {
  const std::optional<int> count = requests.Count(signal, ReadClock().steady);
  if (!count.has_value()) return;
  if (*count > 1) _exit(kExitInterrupted);
  std::fputs(absl::StrCat("\nstopping; a second ", SignalName(signal), " ends at once\n").c_str(), stderr);
  stop.Request();
}

absl::Status RunCommand(const ChosenCommand& chosen) {
  Stop stop;
  StopRequests requests;
  // Before any thread: the signals are blocked in every thread that is started later.
  std::optional<StopSignals> signals;
  if (chosen.stops_cleanly) signals.emplace([&](int signal, int) { OnSignal(signal, requests, stop); });
  try {
    return chosen.body(stop);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("unexpected: ", error.what()));
  }
}

int Main(int argc, char** argv) {
  // What gRPC has to say reaches the user as statuses; its own log only repeats it.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // Debian's Abseil looks for deadlocks at every lock, gRPC's own among them: a tenth of what a message costs.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Names mean what they mean to every other program here (/etc/hosts, nsswitch.conf). gRPC's own resolver asks the DNS
  // for more even when the hosts file has the answer, and where that is out of reach no dial succeeds.
  setenv("GRPC_DNS_RESOLVER", "native", /*overwrite=*/0);
  signal(SIGXFSZ, SIG_IGN);  // at a file size limit the write fails and says so; the process lives on
  const ParsedCommandLine parsed = ParseCommandLine(std::vector<std::string>(argv + 1, argv + argc));
  std::fputs(parsed.error.c_str(), stderr);
  absl::Status status = parsed.out.empty() ? absl::OkStatus() : PrintResult(parsed.out);
  if (!parsed.chosen.body) return parsed.exit_code != 0 ? parsed.exit_code : ExitCode(status);
  InitLog(LogOptions());
  status = RunCommand(parsed.chosen);
  if (!status.ok()) PrintError(parsed.chosen.name, status.message());
  return ExitCode(status);
}

}  // namespace
}  // namespace parzen

int main(int argc, char** argv) { return parzen::Main(argc, argv); }
