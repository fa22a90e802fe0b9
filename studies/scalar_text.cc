#include "studies/scalar_text.h"

#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "studies/problem.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;

// Our own words are better: they know the field.
class Silence : public google::protobuf::io::ErrorCollector {
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
  void AddWarning(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

bool IsQuoted(absl::string_view text) { return !text.empty() && (text.front() == '"' || text.front() == '\''); }

// Digits, hexadecimal or octal too: a whole number that may only be too large.
bool LooksWhole(absl::string_view text) {
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const bool is_hex = text.size() > 2 && text[0] == '0' && absl::ascii_tolower(text[1]) == 'x';
  if (is_hex) text.remove_prefix(2);
  if (text.empty()) return false;
  for (const char c : text) {
    if (is_hex ? !absl::ascii_isxdigit(c) : !absl::ascii_isdigit(c)) return false;
  }
  return true;
}

std::string RangeOf(FieldDescriptor::CppType type) {
  switch (type) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(std::numeric_limits<int32_t>::min(), " to ", std::numeric_limits<int32_t>::max());
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(std::numeric_limits<int64_t>::min(), " to ", std::numeric_limits<int64_t>::max());
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat("0 to ", std::numeric_limits<uint32_t>::max());
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat("0 to ", std::numeric_limits<uint64_t>::max());
    default:
      return "";
  }
}

std::vector<std::string> EnumNames(const FieldDescriptor& field) {
  std::vector<std::string> names;
  for (int i = 0; i < field.enum_type()->value_count(); ++i) names.push_back(field.enum_type()->value(i)->name());
  return names;
}

std::string WhatIsWrong(const FieldDescriptor& field, const std::string& text) {
  if (const std::string range = RangeOf(field.cpp_type()); !range.empty() && LooksWhole(text)) {
    return absl::StrCat("must be ", range, ", is ", text.size() <= 40 ? text : absl::StrCat(text.substr(0, 40), "..."));
  }
  const bool is_enum = field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
  if (is_enum && !IsQuoted(text)) {
    return absl::StrCat(Found(text), " is no ", field.enum_type()->name(), SuggestAmong(text, EnumNames(field)));
  }
  std::string wrong = absl::StrCat("expects ", Expected(field), ", found ", Found(text));
  if (is_enum) absl::StrAppend(&wrong, "; names stand without quotes");
  return wrong;
}

}  // namespace

absl::Status SetScalar(const FieldDescriptor& field, const std::string& text, Message& message) {
  TextFormat::Parser parser;
  Silence silence;
  parser.RecordErrorsTo(&silence);
  if (parser.ParseFieldValueFromString(text, &field, &message)) return absl::OkStatus();
  return absl::InvalidArgumentError(WhatIsWrong(field, text));
}

std::string Expected(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return "a whole number";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ", absl::StrJoin(EnumNames(field), ", "));
    case FieldDescriptor::CPPTYPE_STRING:
      return "text in quotes";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "{ ... }";
  }
  return "a value";
}

std::string Found(absl::string_view text) {
  if (text.empty()) return "the end of the file";
  if (!IsQuoted(text)) return Quoted(text);
  const bool is_closed = text.size() > 1 && text.back() == text.front();
  return absl::StrCat("the text ", Quoted(text.substr(1, text.size() - (is_closed ? 2 : 1))));
}

}  // namespace parzen
