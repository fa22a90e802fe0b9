#include <map>
#include <memory>
#include <regex>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "studies/field_path.h"
#include "studies/problem.h"

namespace parzen {
namespace {

// The library's matcher recurses once or more a character: longer texts are refused before it sees them.
constexpr size_t kMaxPatternedBytes = 1024;

// Patterns come from the protos, so there are few; compiling one costs more than matching it. Null: not a pattern.
const std::regex* Compiled(const std::string& pattern) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const compiled = new std::map<std::string, std::unique_ptr<const std::regex>>;
  absl::MutexLock lock(&mutex);
  const auto [it, is_new] = compiled->try_emplace(pattern);
  if (is_new) {
    try {
      it->second = std::make_unique<const std::regex>(pattern, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
      it->second = nullptr;
    }
  }
  return it->second.get();
}

absl::StatusOr<bool> Matches(const std::string& pattern, absl::string_view text) {
  const std::regex* const regex = Compiled(pattern);
  if (regex == nullptr) return absl::InternalError(absl::StrCat("not a regular expression: ", pattern));
  try {
    return std::regex_match(text.begin(), text.end(), *regex);
  } catch (const std::regex_error& error) {
    return absl::InternalError(absl::StrCat("cannot match ", pattern, ": ", error.what()));
  }
}

// "1 to 100", ">= 1", "> 0, < 1"; "" without bounds.
std::string BoundsInWords(const Rule& rule) {
  std::vector<std::string> bounds;
  if (rule.has_min() && rule.has_max()) {
    bounds.push_back(absl::StrCat(PlainNumber(rule.min()), " to ", PlainNumber(rule.max())));
  } else if (rule.has_min()) {
    bounds.push_back(absl::StrCat(">= ", PlainNumber(rule.min())));
  } else if (rule.has_max()) {
    bounds.push_back(absl::StrCat("<= ", PlainNumber(rule.max())));
  }
  if (rule.has_above()) bounds.push_back(absl::StrCat("> ", PlainNumber(rule.above())));
  if (rule.has_below()) bounds.push_back(absl::StrCat("< ", PlainNumber(rule.below())));
  return absl::StrJoin(bounds, ", ");
}

}  // namespace

const Rule& FieldRule(const google::protobuf::FieldDescriptor& field) { return field.options().GetExtension(rule); }

std::string RuleInWords(const Rule& rule) {
  const std::string bounds = BoundsInWords(rule);
  if (!bounds.empty() || !rule.has_pattern()) return bounds;
  return rule.has_means() ? rule.means() : absl::StrCat("text that matches ", rule.pattern());
}

absl::Status CheckRule(const Rule& rule, double value) {
  // Written so that NaN breaks every bound.
  const bool allowed = (!rule.has_min() || value >= rule.min()) && (!rule.has_max() || value <= rule.max()) &&
                       (!rule.has_above() || value > rule.above()) && (!rule.has_below() || value < rule.below());
  if (allowed) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("must be ", BoundsInWords(rule), ", is ", PlainNumber(value)));
}

absl::Status CheckRule(const Rule& rule, absl::string_view value) {
  if (!rule.has_pattern()) return absl::OkStatus();
  if (value.size() > kMaxPatternedBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("must be ", RuleInWords(rule), ", is a text of ", value.size(), " bytes"));
  }
  const absl::StatusOr<bool> matches = Matches(rule.pattern(), value);
  if (!matches.ok()) return matches.status();
  if (*matches) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("must be ", RuleInWords(rule), ", is ", Quoted(value)));
}

}  // namespace parzen
