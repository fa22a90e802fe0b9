#include "coordinator/described_end.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "studies/metrics.h"

namespace parzen {
namespace {

// Nothing of it was checked when it came: it may be of any length, and no text.
std::string Shortly(const std::string& text, size_t most) {
  return absl::StrCat(absl::Utf8SafeCHexEscape(text.substr(0, most)), text.size() > most ? "..." : "");
}

std::string With(absl::string_view what, const std::string& reason) {
  constexpr size_t kMostBytes = 500;
  return reason.empty() ? std::string(what) : absl::StrCat(what, ": ", Shortly(reason, kMostBytes));
}

std::string DescribeResult(const TrialResult& result) {
  constexpr size_t kMostMetrics = 8;
  constexpr size_t kMostNameBytes = 60;
  const std::vector<std::pair<std::string, double>> metrics = FlattenMetrics(result);
  std::vector<std::string> words;
  for (size_t i = 0; i < std::min(metrics.size(), kMostMetrics); ++i) {
    words.push_back(absl::StrCat(Shortly(metrics[i].first, kMostNameBytes), " ", metrics[i].second));
  }
  if (words.empty()) return "it was complete";
  const std::string more =
      metrics.size() > kMostMetrics ? absl::StrCat(" and ", metrics.size() - kMostMetrics, " more") : "";
  return absl::StrCat("it had ", absl::StrJoin(words, ", "), more);
}

}  // namespace

std::string DescribeEnd(const TrialEnd& end) {
  switch (end.outcome_case()) {
    case TrialEnd::kResult:
      return DescribeResult(end.result());
    case TrialEnd::kFailure:
      return With("it failed", end.failure());
    case TrialEnd::kReleased:
      return With("it was given back unfinished", end.release_reason());
    case TrialEnd::kPaused:
      return absl::StrCat("it had paused at step ", end.paused().step());
    case TrialEnd::kCrash:
      return With("it killed its slot", end.crash());
    case TrialEnd::OUTCOME_NOT_SET:
      break;
  }
  return "it ended, but not how";
}

}  // namespace parzen
