#include "studies/reports/json_value.h"

#include <limits>
#include <string>

namespace parzen {

bool IsPlainJson(absl::string_view text, int deepest, int64_t most_names) {
  int depth = 0;
  int64_t names = 0;
  bool in_text = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if (c == ':') ++names;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > deepest || names > most_names) return false;
  }
  return true;
}

nlohmann::ordered_json ReadJsonValue(absl::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  if (!IsPlainJson(text)) return std::string(text);
  auto value = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? nlohmann::ordered_json(std::string(text)) : value;
}

}  // namespace parzen
