// The log: one line an event on stderr, never on stdout; for people, or as JSON for programs that read logs.
//
// Use spdlog's functions (spdlog::info("...", ...)) directly where the line says it all. Events that people look for by
// study, trial or worker are logged with Log, which is told each value once and puts it into the text and, in JSON,
// beside it:
//   Log(spdlog::level::warn, "study \"{study}\": trial {trial} lost its attempt {attempt}",
//       {{"study", name}, {"trial", number}, {"attempt", attempt}});
//   {"time":"2026-01-31T12:00:00.123Z","level":"warning","message":"study \"m\": trial 3 lost its attempt
//   1","study":"m",...}
// The names in use: study, trial, attempt, worker, reason, peer. Threads: any, once InitLog has returned.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "spdlog/spdlog.h"

namespace parzen {

enum class LogFormat { kText, kJson };

struct LogOptions {
  LogFormat format = LogFormat::kText;
  spdlog::level::level_enum level = spdlog::level::info;
};

// Routes spdlog to stderr: text with local time and level, coloured only on a terminal; or one JSON object a line, in
// UTC. From main; a later call replaces the earlier one's choice.
void InitLog(const LogOptions& options);

// A named value of an event.
struct LogField {
  LogField(const char* name, int64_t value) : name(name), value(value) {}
  LogField(const char* name, int32_t value) : name(name), value(int64_t{value}) {}
  LogField(const char* name, double value) : name(name), value(value) {}
  LogField(const char* name, absl::string_view value) : name(name), value(std::string(value)) {}
  LogField(const char* name, const std::string& value) : name(name), value(value) {}
  LogField(const char* name, const char* value) : name(name), value(std::string(value)) {}

  const char* name;
  std::variant<int64_t, double, std::string> value;
};

// Logs `text` with each {name} replaced by that field's value. What comes from others may hold anything: control
// characters are shown as \xNN, so that no value can forge a line. A {name} without a field stays as it is.
void Log(spdlog::level::level_enum level, absl::string_view text, std::initializer_list<LogField> fields);

}  // namespace parzen
