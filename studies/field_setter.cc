#include "studies/field_setter.h"

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status Mismatch(const FieldDescriptor& field) {
  return absl::InternalError(absl::StrCat("a value of another type for ", field.full_name()));
}

class FieldSetter {
 public:
  FieldSetter(const FieldDescriptor& field, int index, Message& message)
      : field_(field), index_(index), message_(message), reflection_(*message.GetReflection()) {}

  absl::Status Set(const Choice& value) const {
    const bool is_text = field_.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (const auto* text = std::get_if<std::string>(&value)) return SetText(*text);
    if (const auto* whole = std::get_if<int64_t>(&value)) {
      if (is_text) return SetText(absl::StrCat(*whole));
      const bool is_real =
          field_.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE || field_.cpp_type() == FieldDescriptor::CPPTYPE_FLOAT;
      return is_real ? SetNumber(static_cast<double>(*whole)) : SetInteger(*whole);
    }
    if (const auto* real = std::get_if<double>(&value)) return is_text ? SetText(JsonNumber(*real)) : SetNumber(*real);
    if (const auto* flag = std::get_if<bool>(&value); flag != nullptr) return SetFlag(*flag);
    return Mismatch(field_);
  }

 private:
  // Calls one of a Reflection's setters of a type: of the field, or of its element.
  template <typename Value>
  absl::Status Call(void (Reflection::*set)(Message*, const FieldDescriptor*, Value) const,
                    void (Reflection::*set_one)(Message*, const FieldDescriptor*, int, Value) const,
                    Value value) const {
    index_ < 0 ? (reflection_.*set)(&message_, &field_, std::move(value))
               : (reflection_.*set_one)(&message_, &field_, index_, std::move(value));
    return absl::OkStatus();
  }

  absl::Status SetInteger(int64_t value) const {
    switch (field_.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return Call(&Reflection::SetInt32, &Reflection::SetRepeatedInt32, static_cast<int32_t>(value));
      case FieldDescriptor::CPPTYPE_INT64:
        return Call(&Reflection::SetInt64, &Reflection::SetRepeatedInt64, value);
      case FieldDescriptor::CPPTYPE_UINT32:
        return Call(&Reflection::SetUInt32, &Reflection::SetRepeatedUInt32, static_cast<uint32_t>(value));
      case FieldDescriptor::CPPTYPE_UINT64:
        return Call(&Reflection::SetUInt64, &Reflection::SetRepeatedUInt64, static_cast<uint64_t>(value));
      default:
        return Mismatch(field_);
    }
  }

  absl::Status SetNumber(double value) const {
    if (field_.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE) {
      return Call(&Reflection::SetDouble, &Reflection::SetRepeatedDouble, value);
    }
    if (field_.cpp_type() != FieldDescriptor::CPPTYPE_FLOAT) return Mismatch(field_);
    return Call(&Reflection::SetFloat, &Reflection::SetRepeatedFloat, static_cast<float>(value));
  }

  absl::Status SetText(const std::string& value) const {
    if (field_.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      return Call(&Reflection::SetString, &Reflection::SetRepeatedString, value);
    }
    if (field_.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return Mismatch(field_);
    const EnumValueDescriptor* const named = field_.enum_type()->FindValueByName(value);
    if (named == nullptr) return Mismatch(field_);
    return Call(&Reflection::SetEnum, &Reflection::SetRepeatedEnum, named);
  }

  absl::Status SetFlag(bool value) const {
    if (field_.cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return Mismatch(field_);
    return Call(&Reflection::SetBool, &Reflection::SetRepeatedBool, value);
  }

  const FieldDescriptor& field_;
  const int index_;
  Message& message_;
  const Reflection& reflection_;
};

}  // namespace

absl::Status SetFieldValue(const FieldDescriptor& field, int index, const Choice& value, Message& message) {
  return FieldSetter(field, index, message).Set(value);
}

}  // namespace parzen
