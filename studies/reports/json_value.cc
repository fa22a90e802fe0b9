#include "studies/reports/json_value.h"

#include <limits>
#include <string>

namespace parzen {

nlohmann::ordered_json ReadJsonValue(absl::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  auto value = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  return value.is_discarded() ? nlohmann::ordered_json(std::string(text)) : value;
}

}  // namespace parzen
