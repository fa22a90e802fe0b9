#include "cli/doctor.h"

#include <algorithm>

#include "nlohmann/json.hpp"

namespace parzen {

Table FindingTable(const Findings& findings, Format format) {
  const auto name = [&](Severity severity) {
    // What needs a hand stands out for people.
    if (severity == Severity::kFail) return format == Format::kTable ? "FAIL" : "fail";
    return severity == Severity::kWarn ? "warn" : "ok";
  };
  Table table({"check", "state", "found", "what to do"});
  for (const Finding& finding : findings) {
    table.AddRow(
        {finding.check, name(finding.severity), finding.found, finding.advice.empty() ? Cell() : Cell(finding.advice)});
  }
  return table;
}

int64_t CountOf(const Findings& findings, Severity severity) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.severity == severity; });
}

}  // namespace parzen
