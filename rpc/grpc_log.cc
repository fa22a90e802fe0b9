#include "rpc/grpc_log.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "base/log.h"

namespace parzen {
namespace {

// gRPC's log is the process's, and so are those who listen to it.
struct Listeners {
  absl::Mutex mutex;
  std::vector<const GrpcLog::Listener*> all ABSL_GUARDED_BY(mutex);
};

Listeners& TheListeners() {
  static Listeners* const listeners = new Listeners;
  return *listeners;
}

void OnLine(gpr_log_func_args* line) {
  spdlog::debug("grpc: {}", line->message);
  const absl::string_view message = line->message;
  Listeners& listeners = TheListeners();
  if (absl::StartsWith(message, "Handshaking failed: ")) {  // of a server
    const std::string reason = DescribeHandshakeFailure(message);
    absl::MutexLock lock(&listeners.mutex);
    for (const GrpcLog::Listener* listener : listeners.all) listener->on_handshake_failure(reason);
  } else if (const std::optional<uint64_t> bytes = BytesOfTooLong(message); bytes.has_value()) {
    absl::MutexLock lock(&listeners.mutex);
    for (const GrpcLog::Listener* listener : listeners.all) listener->on_too_long(*bytes);
  }
}

}  // namespace

GrpcLog::GrpcLog(Listener listener) : listener_(std::move(listener)) {
  gpr_set_log_function(OnLine);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_DEBUG);  // what it says of handshakes is of this level
  grpc_tracer_set_enabled("call_error", 1);       // a line for each call that ends: how
  Listeners& listeners = TheListeners();
  absl::MutexLock lock(&listeners.mutex);
  listeners.all.push_back(&listener_);
}

GrpcLog::~GrpcLog() {
  Listeners& listeners = TheListeners();
  absl::MutexLock lock(&listeners.mutex);
  std::erase(listeners.all, &listener_);
}

std::optional<uint64_t> BytesOfTooLong(absl::string_view line) {
  // A peer that was told so by the other end says it within the description of its own error.
  if (!absl::ConsumePrefix(&line, "UNKNOWN:Received message larger than max (")) return std::nullopt;
  uint64_t bytes = 0;
  if (!absl::SimpleAtoi(line.substr(0, line.find(' ')), &bytes)) return std::nullopt;
  return bytes;
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
