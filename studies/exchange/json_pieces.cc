#include "studies/exchange/json_pieces.h"

#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

constexpr absl::string_view kTextKey = "\"$text\"";
constexpr size_t kShownBytes = 60;

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view SkipBlanks(absl::string_view text) {
  while (!text.empty() && IsBlank(text[0])) text.remove_prefix(1);
  return text;
}

bool IsWrapped(absl::string_view value) {
  return absl::StartsWith(value, "{") && absl::StartsWith(SkipBlanks(value.substr(1)), kTextKey);
}

absl::Status Expected(absl::string_view what, absl::string_view value) {
  const bool nested = absl::StartsWith(value, "{") || absl::StartsWith(value, "[");
  const absl::string_view shown = nested ? (value[0] == '{' ? "an object" : "a list") : value.substr(0, kShownBytes);
  return absl::InvalidArgumentError(absl::StrCat("must be ", what, ", is ", shown));
}

// The value that `text` starts with, taken off it.
absl::string_view TakeValue(absl::string_view& text) {
  text = SkipBlanks(text);
  JsonExtent extent;
  size_t end = 0;
  while (end < text.size() && !extent.complete() && !extent.EndsBefore(text[end])) ++end;
  const absl::string_view value = text.substr(0, end);
  text = SkipBlanks(text.substr(end));
  return value;
}

}  // namespace

bool JsonExtent::EndsBefore(char c) {
  if (kind_ == Kind::kNone) {
    kind_ = c == '"' ? Kind::kText : c == '{' || c == '[' ? Kind::kNested : Kind::kScalar;
    in_text_ = kind_ == Kind::kText;
    depth_ = kind_ == Kind::kNested ? 1 : 0;
    return false;
  }
  if (kind_ == Kind::kScalar) return IsBlank(c) || c == ',' || c == ']' || c == '}' || c == ':';
  if (in_text_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_text_ = false;
      complete_ = kind_ == Kind::kText;
    }
    return false;
  }
  if (c == '"') in_text_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') complete_ = --depth_ == 0;
  return false;
}

std::string EmbedJson(absl::string_view text) {
  const bool exact = !text.empty() && !IsBlank(text.front()) && !IsBlank(text.back()) &&
                     text.find_first_of("\n\r") == absl::string_view::npos && !IsWrapped(text) && Json::accept(text);
  return exact ? std::string(text) : absl::StrCat("{", kTextKey, ": ", JsonString(text), "}");
}

std::string ExtractJson(absl::string_view value) {
  if (!IsWrapped(value)) return std::string(value);
  const Json object = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  const auto text = object.find("$text");
  return text != object.end() && text->is_string() ? text->get<std::string>() : std::string(value);
}

std::string EmbedNumber(double number) {
  if (std::isnan(number)) return "\"nan\"";
  if (std::isinf(number)) return number > 0 ? "\"inf\"" : "\"-inf\"";
  return JsonNumber(number);
}

absl::StatusOr<double> ExtractNumber(absl::string_view value) {
  if (value == "\"nan\"") return std::numeric_limits<double>::quiet_NaN();
  if (value == "\"inf\"") return std::numeric_limits<double>::infinity();
  if (value == "\"-inf\"") return -std::numeric_limits<double>::infinity();
  double number = 0;
  // Out of range numbers become infinite or zero there, which no exact text of ours is.
  if (value.find_first_of("nN\"{[") != absl::string_view::npos || !absl::SimpleAtod(value, &number)) {
    return Expected("a number, \"inf\", \"-inf\" or \"nan\"", value);
  }
  return number;
}

absl::StatusOr<int64_t> ExtractWhole(absl::string_view value) {
  int64_t whole = 0;
  if (!absl::SimpleAtoi(value, &whole)) return Expected("a whole number", value);
  return whole;
}

absl::StatusOr<bool> ExtractFlag(absl::string_view value) {
  if (value != "true" && value != "false") return Expected("true or false", value);
  return value == "true";
}

absl::StatusOr<std::string> ExtractText(absl::string_view value) {
  const Json text = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  if (!text.is_string()) return Expected("a text", value);
  return text.get<std::string>();
}

absl::Status ForEachMember(
    absl::string_view object,
    const std::function<absl::Status(const std::string& name, absl::string_view value)>& on_member) {
  if (!absl::StartsWith(object, "{")) return Expected("an object", object);
  absl::string_view rest = SkipBlanks(object.substr(1));
  while (!rest.empty() && rest[0] != '}') {
    if (rest[0] == ',') rest = SkipBlanks(rest.substr(1));
    ASSIGN_OR_RETURN(const std::string name, ExtractText(TakeValue(rest)));
    if (!absl::ConsumePrefix(&rest, ":")) return Expected("well-formed JSON", object);
    RETURN_IF_ERROR(on_member(name, TakeValue(rest)));
  }
  return absl::OkStatus();
}

absl::Status ForEachElement(absl::string_view array, const std::function<absl::Status(absl::string_view)>& on_element) {
  if (!absl::StartsWith(array, "[")) return Expected("a list", array);
  absl::string_view rest = SkipBlanks(array.substr(1));
  while (!rest.empty() && rest[0] != ']') {
    if (rest[0] == ',') rest = SkipBlanks(rest.substr(1));
    RETURN_IF_ERROR(on_element(TakeValue(rest)));
  }
  return absl::OkStatus();
}

}  // namespace parzen
