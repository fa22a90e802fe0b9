#include "cli/doctor.h"

#include <algorithm>

namespace parzen {

Table FindingTable(const Findings& findings, Format format) {
  const auto name = [&](Verdict verdict) {
    // What needs a hand stands out for people.
    if (verdict == Verdict::kFail) return format == Format::kTable ? "FAIL" : "fail";
    return verdict == Verdict::kWarn ? "warn" : "ok";
  };
  Table table({"check", "state", "found", "what to do"});
  for (const Finding& finding : findings) {
    table.AddRow(
        {finding.check, name(finding.verdict), finding.found, finding.advice.empty() ? Cell() : Cell(finding.advice)});
  }
  return table;
}

int64_t CountOf(const Findings& findings, Verdict verdict) {
  return std::count_if(findings.begin(), findings.end(),
                       [&](const Finding& finding) { return finding.verdict == verdict; });
}

}  // namespace parzen
