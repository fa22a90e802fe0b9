// Cells of a csv, as RFC 4180 has them, and what JSON values look like in one. Pure functions.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

// Quoted where it must be: commas, quotes, line ends.
std::string CsvCell(absl::string_view text);
std::string QuotedCsvCell(absl::string_view text);

// Kinds of JSON values, as bits.
enum JsonKind : unsigned {
  kNullKind = 1,
  kFlagKind = 2,
  kWholeKind = 4,
  kNumberKind = 8,
  kTextKind = 16,
  kNestedKind = 32
};

// What a JSON value is, Python's NaN and Infinity included; what is no JSON counts as text, itself.
JsonKind KindOfJson(absl::string_view json);
// The text of a JSON text, without quotes and escapes; anything else as it is.
std::string TextOfJson(absl::string_view json);
// "nan", "inf", "-inf" for Python's literals, anything else as it is.
std::string NumberOfJson(absl::string_view json);

// A number for a csv: exact, "inf", "-inf", "nan".
std::string CsvNumber(double value);

// What a cell without quotes means when its type is guessed: a JSON value. Empty: "".
std::string JsonOfCell(absl::string_view cell);

}  // namespace parzen
