#include "studies/store/stored_value.h"

#include <cmath>
#include <limits>

namespace parzen {

std::string ToDateTime(absl::Time time) { return absl::FormatTime("%Y-%m-%d %H:%M:%E6S", time, absl::UTCTimeZone()); }

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
