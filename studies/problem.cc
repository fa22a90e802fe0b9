#include "studies/problem.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/suggest.h"
#include "studies/distribution.h"

namespace parzen {

void ProblemList::Add(absl::string_view field, absl::string_view what, int line) {
  if (full() || !seen_.emplace(field, what).second) return;
  problems_.push_back({std::string(field), std::string(what), line});
}

absl::Status ProblemsToStatus(const std::vector<Problem>& problems, absl::string_view file_name) {
  if (problems.empty()) return absl::OkStatus();
  std::vector<Problem> sorted = problems;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) { return a.line < b.line; });
  std::string text;
  for (const Problem& problem : sorted) {
    if (!text.empty()) text += '\n';
    if (!file_name.empty()) absl::StrAppend(&text, file_name, ":");
    if (problem.line > 0) absl::StrAppend(&text, problem.line, ":");
    if (!text.empty() && text.back() == ':') text += ' ';
    if (!problem.field.empty()) absl::StrAppend(&text, problem.field, ": ");
    text += problem.what;
  }
  if (problems.size() >= kMaxProblems)
    absl::StrAppend(&text, "\n(only the first ", kMaxProblems, " problems are shown)");
  return absl::InvalidArgumentError(text);
}

std::string SuggestAmong(absl::string_view wrong, const std::vector<std::string>& names) {
  constexpr size_t kMostListed = 24;
  if (names.size() <= kMostListed) return SuggestName(wrong, names);
  // Edit distances cost the product of the lengths: what no person wrote gets no suggestion.
  constexpr size_t kMostWork = 2'000'000;
  size_t bytes = 0;
  for (const std::string& name : names) bytes += name.size();
  if (wrong.size() * bytes > kMostWork) return "";
  const std::string closest = ClosestName(wrong, names);
  return closest.empty() ? "" : absl::StrCat("; did you mean \"", closest, "\"?");
}

std::string Quoted(absl::string_view text) {
  constexpr size_t kMostShown = 80;
  return text.size() <= kMostShown ? JsonString(text) : absl::StrCat(JsonString(text.substr(0, kMostShown)), "...");
}

}  // namespace parzen
