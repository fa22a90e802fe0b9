#include "studies/exchange/csv_cell.h"

#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nlohmann/json.hpp"
#include "studies/distribution.h"

namespace parzen {
namespace {

using Json = nlohmann::json;

bool IsWhole(absl::string_view text) {
  const absl::string_view digits = absl::StartsWith(text, "-") ? text.substr(1) : text;
  return !digits.empty() && digits.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

std::string QuotedCsvCell(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvCell(absl::string_view text) {
  return text.find_first_of(",\"\r\n") == absl::string_view::npos ? std::string(text) : QuotedCsvCell(text);
}

JsonKind KindOfJson(absl::string_view json) {
  if (json == "null") return kNullKind;
  if (json == "true" || json == "false") return kFlagKind;
  if (json == "NaN" || json == "Infinity" || json == "-Infinity") return kNumberKind;
  if (json.empty() || json[0] == '"') return kTextKind;
  if (json[0] == '{' || json[0] == '[') return kNestedKind;
  if (IsWhole(json)) return kWholeKind;
  double number;
  return absl::SimpleAtod(json, &number) ? kNumberKind : kTextKind;
}

std::string TextOfJson(absl::string_view json) {
  if (!absl::StartsWith(json, "\"")) return std::string(json);
  const Json text = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  return text.is_string() ? text.get<std::string>() : std::string(json);
}

std::string NumberOfJson(absl::string_view json) {
  if (json == "NaN") return "nan";
  if (json == "Infinity") return "inf";
  if (json == "-Infinity") return "-inf";
  return std::string(json);
}

std::string CsvNumber(double value) { return NumberOfJson(JsonNumber(value)); }

std::string JsonOfCell(absl::string_view cell) {
  if (cell.empty()) return "";
  if (cell == "null" || cell == "None") return "null";
  if (cell == "true" || cell == "True") return "true";
  if (cell == "false" || cell == "False") return "false";
  double number = 0;
  // Hexadecimal numbers, blanks and signs of plus are no JSON: such a cell is text.
  const bool plain = cell.find_first_not_of("0123456789+-.eE") == absl::string_view::npos;
  if (plain && Json::accept(cell) && absl::SimpleAtod(cell, &number) && std::isfinite(number)) return std::string(cell);
  if (cell == "nan" || cell == "NaN") return "NaN";
  if (cell == "inf" || cell == "Infinity") return "Infinity";
  if (cell == "-inf" || cell == "-Infinity") return "-Infinity";
  if ((cell[0] == '{' || cell[0] == '[') && Json::accept(cell)) return std::string(cell);
  return JsonString(cell);
}

}  // namespace parzen
