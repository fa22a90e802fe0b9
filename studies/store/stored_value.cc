#include "studies/store/stored_value.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"

namespace parzen {

std::string ToDateTime(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%E6S", time, absl::UTCTimeZone()); }

std::optional<absl::Time> ReadDateTime(const Statement& row, int column) {
  absl::Time time;
  if (row.IsNull(column) || !absl::ParseTime("%Y-%m-%d %H:%M:%E*S", row.Text(column), &time, nullptr)) {
    return std::nullopt;
  }
  return time;
}

std::string ToJsonList(const std::vector<std::string>& texts) {
  const auto quoted = [](std::string* out, const std::string& text) { out->append(JsonString(text)); };
  return absl::StrCat("[", absl::StrJoin(texts, ", ", quoted), "]");
}

std::vector<std::string> ReadJsonList(const Statement& row, int column) {
  std::vector<std::string> texts;
  const nlohmann::json list = nlohmann::json::parse(row.Text(column), nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return texts;
  for (const nlohmann::json& text : list) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

TypedValue ToTypedValue(double value) {
  if (std::isnan(value)) return {std::monostate(), "NAN"};
  if (std::isinf(value)) return {std::monostate(), value > 0 ? "INF_POS" : "INF_NEG"};
  return {value, "FINITE"};
}

double ReadTypedValue(const Statement& row, int value_column) {
  const std::string type = row.Text(value_column + 1);
  if (type == "INF_POS") return std::numeric_limits<double>::infinity();
  if (type == "INF_NEG") return -std::numeric_limits<double>::infinity();
  if (type == "FINITE" && !row.IsNull(value_column)) return row.Double(value_column);
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace parzen
