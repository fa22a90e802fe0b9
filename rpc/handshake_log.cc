#include "rpc/handshake_log.h"

#include <grpc/support/log.h>

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"

namespace parzen {
namespace {

struct Listeners {
  absl::Mutex mutex;
  std::vector<const HandshakeLog::OnFailure*> all ABSL_GUARDED_BY(mutex);
};

// gRPC's log is the process's, and so are those who listen to it.
Listeners& TheListeners() {
  static Listeners* const listeners = new Listeners;
  return *listeners;
}

void OnLine(gpr_log_func_args* line) {
  spdlog::debug("grpc: {}", line->message);
  if (!absl::StartsWith(line->message, "Handshaking failed: ")) return;  // of a server
  const std::string reason = DescribeHandshakeFailure(line->message);
  Listeners& listeners = TheListeners();
  absl::MutexLock lock(&listeners.mutex);
  for (const HandshakeLog::OnFailure* listener : listeners.all) (*listener)(reason);
}

}  // namespace

HandshakeLog::HandshakeLog(OnFailure on_failure) : on_failure_(std::move(on_failure)) {
  gpr_set_log_function(OnLine);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);  // what it says of handshakes is of this level
  Listeners& listeners = TheListeners();
  absl::MutexLock lock(&listeners.mutex);
  listeners.all.push_back(&on_failure_);
}

HandshakeLog::~HandshakeLog() {
  Listeners& listeners = TheListeners();
  absl::MutexLock lock(&listeners.mutex);
  std::erase(listeners.all, &on_failure_);
}

std::string DescribeHandshakeFailure(absl::string_view line) {
  constexpr struct {
    const char* text;
    const char* meaning;
  } kMeanings[] = {
      {"certificate verify failed",
       "its certificate is not signed by our authority, has expired, or is for something else"},
      {"peer did not return a certificate", "it shows no certificate"},
      {"imed out", "it did not end its handshake in time"},
      {"Failed to create security handshaker", "our own certificate and key cannot be used as they are now"},
      {"tlsv1 alert unknown ca", "it does not believe our certificate"},
      {"Socket closed", "it went away during the handshake; it may not believe our certificate"},
      {"Connection reset", "it went away during the handshake; it may not believe our certificate"},
  };
  for (const auto& known : kMeanings) {
    if (absl::StrContains(line, known.text)) return known.meaning;
  }
  constexpr absl::string_view kRoutines = "SSL routines::";
  const size_t routines = line.find(kRoutines);
  if (routines == absl::string_view::npos) return "its handshake failed";
  const absl::string_view rest = line.substr(routines + kRoutines.size());
  return absl::StrCat("TLS: ", rest.substr(0, rest.find(" {")));
}

}  // namespace parzen
