#include "cli/named_values.h"

#include "absl/strings/str_cat.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"
#include "studies/metrics.h"
#include "studies/reports/json_value.h"

namespace parzen {

Cell FindNamed(const NamedValues& values, const std::string& name) {
  for (const NamedJson& value : values) {
    if (value.name() == name) return ReadJsonValue(value.json());
  }
  return Cell();
}

NamedValues MetricValues(const TrainMetrics& metrics) {
  NamedValues values;
  for (const auto& [name, value] : FlattenMetrics(metrics)) {
    NamedJson& named = *values.Add();
    named.set_name(name);
    named.set_json(CellForPrograms(value));
  }
  return values;
}

std::string DescribeNamed(const NamedJson& value) {
  return absl::StrCat(Printable(value.name()), " = ", CellForPeople(ReadJsonValue(value.json())));
}

Cell TextOrNull(const std::string& text) { return text.empty() ? Cell() : Cell(text); }

std::string ColumnNames::Take(const std::string& name, const std::string& prefix) {
  std::string column = name;
  while (!taken_.insert(column).second) column = absl::StrCat(prefix, "_", column);
  return column;
}

}  // namespace parzen
