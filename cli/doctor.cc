#include "cli/doctor.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "cli/terminal.h"
#include "nlohmann/json.hpp"

namespace parzen {

namespace {

const char* SeverityName(Severity severity) {
  if (severity == Severity::kFail) return "fail";
  return severity == Severity::kWarn ? "warn" : "ok";
}

}  // namespace

std::string RenderFindings(const Findings& findings) {
  size_t width = 0;
  for (const Finding& finding : findings) width = std::max(width, finding.check.size());
  std::string text;
  for (const Finding& finding : findings) {
    // What needs a hand stands out.
    const char* const state = finding.severity == Severity::kFail ? "FAIL" : SeverityName(finding.severity);
    absl::StrAppendFormat(&text, "%-*s  %-4s  %s\n", static_cast<int>(width), finding.check, state,
                          Printable(finding.found));
    if (!finding.advice.empty()) {
      absl::StrAppendFormat(&text, "%-*s  to do: %s\n", static_cast<int>(width), "", Printable(finding.advice));
    }
  }
  return text;
}

Table FindingTable(const Findings& findings) {
  Table table({"check", "state", "found", "what to do"});
  for (const Finding& finding : findings) {
    table.AddRow({finding.check, SeverityName(finding.severity), finding.found,
                  finding.advice.empty() ? Cell() : Cell(finding.advice)});
  }
  return table;
}

int64_t CountOf(const Findings& findings, Severity severity) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.severity == severity; });
}

}  // namespace parzen
