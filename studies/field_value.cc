// Which values a field takes: the texts of choices, and the ends of ranges, against its type and its Rule.
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/field_path.h"
#include "studies/problem.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

struct WholeLimits {
  int64_t low;
  int64_t high;
};

// Values above int64 are out of reach of a parameter, even for uint64 fields.
WholeLimits LimitsOf(FieldDescriptor::CppType type) {
  switch (type) {
    case FieldDescriptor::CPPTYPE_INT32:
      return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    case FieldDescriptor::CPPTYPE_UINT32:
      return {0, std::numeric_limits<uint32_t>::max()};
    case FieldDescriptor::CPPTYPE_UINT64:
      return {0, std::numeric_limits<int64_t>::max()};
    default:
      return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  }
}

bool IsWhole(FieldDescriptor::CppType type) {
  return type == FieldDescriptor::CPPTYPE_INT32 || type == FieldDescriptor::CPPTYPE_INT64 ||
         type == FieldDescriptor::CPPTYPE_UINT32 || type == FieldDescriptor::CPPTYPE_UINT64;
}

bool IsReal(FieldDescriptor::CppType type) {
  return type == FieldDescriptor::CPPTYPE_DOUBLE || type == FieldDescriptor::CPPTYPE_FLOAT;
}

std::vector<std::string> EnumNames(const google::protobuf::EnumDescriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return names;
}

// Members without fields of their own (a lone number, say) cannot be chosen by name alone.
std::vector<std::string> MessageMembers(const OneofDescriptor& oneof) {
  std::vector<std::string> names;
  for (int i = 0; i < oneof.field_count(); ++i) {
    if (oneof.field(i)->message_type() != nullptr) names.push_back(oneof.field(i)->name());
  }
  return names;
}

absl::Status CheckName(absl::string_view name, const std::vector<std::string>& names, absl::string_view kind) {
  for (const std::string& known : names) {
    if (name == known) return absl::OkStatus();
  }
  return Wrong(absl::StrCat(Quoted(name), " is no ", kind, SuggestAmong(name, names)));
}

absl::Status CheckWhole(const FieldDescriptor& field, int64_t value) {
  const WholeLimits limits = LimitsOf(field.cpp_type());
  if (value < limits.low || value > limits.high) {
    return Wrong(absl::StrCat("must be ", limits.low, " to ", limits.high, ", is ", value));
  }
  return CheckRule(FieldRule(field), static_cast<double>(value));
}

// The kind of value a field takes, for errors.
std::string Takes(const FieldDescriptor& field) {
  if (IsWhole(field.cpp_type())) return "whole numbers";
  if (IsReal(field.cpp_type())) return "numbers";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true and false";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return absl::StrCat("names of ", field.enum_type()->name());
  }
  return "text";
}

absl::Status CheckFieldValue(const FieldDescriptor& field, const Choice& value) {
  const FieldDescriptor::CppType type = field.cpp_type();
  if (const auto* whole = std::get_if<int64_t>(&value)) {
    if (IsWhole(type)) return CheckWhole(field, *whole);
    if (IsReal(type)) return CheckRule(FieldRule(field), static_cast<double>(*whole));
  } else if (const auto* real = std::get_if<double>(&value)) {
    if (IsReal(type)) return CheckRule(FieldRule(field), *real);
  } else if (std::holds_alternative<bool>(value)) {
    if (type == FieldDescriptor::CPPTYPE_BOOL) return absl::OkStatus();
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    if (type == FieldDescriptor::CPPTYPE_ENUM) {
      return CheckName(*text, EnumNames(*field.enum_type()), field.enum_type()->name());
    }
    if (type == FieldDescriptor::CPPTYPE_STRING) return CheckRule(FieldRule(field), *text);
  }
  return Wrong(absl::StrCat("\"", field.name(), "\" takes ", Takes(field)));
}

// A text that reads numbers ("a count or a fraction") has a pattern that says so.
bool ReadsNumbers(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING && FieldRule(field).has_pattern();
}

absl::Status CheckRange(const FieldDescriptor& field, const FloatDistribution& range) {
  if (!IsReal(field.cpp_type()) && !ReadsNumbers(field)) {
    return Wrong(absl::StrCat("\"", field.name(), "\" takes ", Takes(field), ", not a float range; use ",
                              IsWhole(field.cpp_type()) ? "int { low: ... high: ... }" : "categorical"));
  }
  for (const double end : {range.low, range.high}) {
    RETURN_IF_ERROR(IsReal(field.cpp_type()) ? CheckRule(FieldRule(field), end)
                                             : CheckRule(FieldRule(field), JsonNumber(end)));
  }
  return absl::OkStatus();
}

absl::Status CheckRange(const FieldDescriptor& field, const IntDistribution& range) {
  if (!IsWhole(field.cpp_type()) && !IsReal(field.cpp_type()) && !ReadsNumbers(field)) {
    return Wrong(absl::StrCat("\"", field.name(), "\" takes ", Takes(field), ", not an int range; use categorical"));
  }
  for (const int64_t end : {range.low, range.high}) {
    RETURN_IF_ERROR(ReadsNumbers(field) ? CheckRule(FieldRule(field), absl::StrCat(end)) : CheckFieldValue(field, end));
  }
  return absl::OkStatus();
}

absl::StatusOr<Choice> ParseScalar(const FieldDescriptor& field, absl::string_view text) {
  const FieldDescriptor::CppType type = field.cpp_type();
  if (IsWhole(type)) {
    int64_t whole = 0;
    if (absl::SimpleAtoi(text, &whole)) return Choice(whole);
    return Wrong(absl::StrCat("\"", field.name(), "\" takes a whole number, not ", Quoted(text)));
  }
  if (IsReal(type)) {
    double real = 0;
    if (absl::SimpleAtod(text, &real) && std::isfinite(real)) return Choice(real);
    return Wrong(absl::StrCat("\"", field.name(), "\" takes a finite number, not ", Quoted(text)));
  }
  if (type == FieldDescriptor::CPPTYPE_BOOL) {
    if (text == "true" || text == "false") return Choice(text == "true");
    return Wrong(absl::StrCat("\"", field.name(), "\" takes true or false, not ", Quoted(text)));
  }
  return Choice(std::string(text));
}

}  // namespace

absl::StatusOr<Choice> FieldPath::ParseChoice(absl::string_view text) const {
  if (oneof_ != nullptr) {
    RETURN_IF_ERROR(CheckName(text, MessageMembers(*oneof_), oneof_->name()));
    return Choice(std::string(text));
  }
  ASSIGN_OR_RETURN(Choice value, ParseScalar(*field_, text));
  RETURN_IF_ERROR(CheckFieldValue(*field_, value));
  return value;
}

absl::Status FieldPath::CheckDistribution(const Distribution& distribution) const {
  const auto* const categories = std::get_if<CategoricalDistribution>(&distribution);
  if (categories == nullptr) {
    if (oneof_ != nullptr) {
      return Wrong(absl::StrCat("\"", oneof_->name(), "\" is a choice between messages; use categorical",
                                SuggestAmong("", MessageMembers(*oneof_))));
    }
    if (const auto* range = std::get_if<IntDistribution>(&distribution)) return CheckRange(*field_, *range);
    return CheckRange(*field_, std::get<FloatDistribution>(distribution));
  }
  for (const Choice& choice : categories->choices) {
    if (oneof_ == nullptr) {
      RETURN_IF_ERROR(CheckFieldValue(*field_, choice));
    } else if (const auto* name = std::get_if<std::string>(&choice)) {
      RETURN_IF_ERROR(CheckName(*name, MessageMembers(*oneof_), oneof_->name()));
    } else {
      return Wrong(absl::StrCat("\"", oneof_->name(), "\" takes names of its members"));
    }
  }
  return absl::OkStatus();
}

}  // namespace parzen
