#include "base/log.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/stdout_color_sinks.h"

namespace parzen {
namespace {

// The fields of the line that this thread is logging: spdlog hands its formatters the text alone.
thread_local const std::initializer_list<LogField>* current_fields = nullptr;

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& out) override {
    nlohmann::ordered_json json;
    json["time"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromChrono(line.time), absl::UTCTimeZone());
    const spdlog::string_view_t level = spdlog::level::to_string_view(line.level);
    json["level"] = std::string(level.data(), level.size());
    json["message"] = std::string(line.payload.data(), line.payload.size());
    if (current_fields != nullptr) {
      for (const LogField& field : *current_fields) {
        std::visit([&](const auto& value) { json[field.name] = value; }, field.value);
      }
    }
    std::string text = json.dump(-1, ' ', /*ensure_ascii=*/false, nlohmann::json::error_handler_t::replace);
    text += '\n';
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<spdlog::formatter> clone() const override { return std::make_unique<JsonFormatter>(); }
};

void AppendShown(std::string& text, const LogField& field) {
  if (const int64_t* const whole = std::get_if<int64_t>(&field.value)) return absl::StrAppend(&text, *whole);
  if (const double* const number = std::get_if<double>(&field.value)) return absl::StrAppend(&text, *number);
  for (const char c : std::get<std::string>(field.value)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&text, "\\x%02x", byte);
    } else {
      text += c;
    }
  }
}

std::string Fill(absl::string_view text, std::initializer_list<LogField> fields) {
  std::string filled;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    filled.append(text.data(), open);
    text.remove_prefix(open);
    const size_t close = text.find('}');
    if (close == absl::string_view::npos) break;
    const absl::string_view name = text.substr(1, close - 1);
    const LogField* const field =
        std::find_if(fields.begin(), fields.end(), [&](const LogField& known) { return known.name == name; });
    if (field == fields.end()) {
      filled.append(text.data(), close + 1);
    } else {
      AppendShown(filled, *field);
    }
    text.remove_prefix(close + 1);
  }
  return absl::StrCat(filled, text);
}

}  // namespace

void InitLog(const LogOptions& options) {
  auto logger = std::make_shared<spdlog::logger>("parzen", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  if (options.format == LogFormat::kJson) {
    logger->set_formatter(std::make_unique<JsonFormatter>());
  } else {
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  }
  logger->set_level(options.level);
  spdlog::set_default_logger(std::move(logger));
}

void Log(spdlog::level::level_enum level, absl::string_view text, std::initializer_list<LogField> fields) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  if (!logger.should_log(level)) return;
  const std::string filled = Fill(text, fields);
  current_fields = &fields;
  logger.log(level, spdlog::string_view_t(filled.data(), filled.size()));
  current_fields = nullptr;
}

}  // namespace parzen
