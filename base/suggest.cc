#include "base/suggest.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace parzen {
namespace {

// Levenshtein distance, one row at a time.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string ClosestName(absl::string_view wrong, const std::vector<std::string>& names) {
  constexpr size_t kLongestName = 200;  // bounds the work on hostile input
  if (wrong.size() > kLongestName) return "";
  const std::string lower = absl::AsciiStrToLower(wrong);
  std::string best;
  size_t best_distance = std::max<size_t>(2, wrong.size() / 3) + 1;
  for (const std::string& name : names) {
    const size_t distance = EditDistance(lower, absl::AsciiStrToLower(name));
    if (distance < best_distance && distance < std::max(name.size(), wrong.size())) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

std::string SuggestName(absl::string_view wrong, const std::vector<std::string>& names) {
  if (names.empty()) return "";
  const std::string closest = ClosestName(wrong, names);
  if (!closest.empty()) return absl::StrCat("; did you mean \"", closest, "\"?");
  return absl::StrCat("; known: ", absl::StrJoin(names, ", "));
}

}  // namespace parzen
