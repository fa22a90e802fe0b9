#include "studies/field_path.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "studies/field_setter.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

constexpr size_t kMaxPathBytes = 500;

absl::Status Wrong(absl::string_view what) { return absl::InvalidArgumentError(what); }

// Names that may stand at this place of a path: fields and oneofs.
std::vector<std::string> StepNames(const Descriptor& message) {
  std::vector<std::string> names;
  for (int i = 0; i < message.field_count(); ++i) names.push_back(message.field(i)->name());
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) names.push_back(message.oneof_decl(i)->name());
  return names;
}

struct NamedStep {
  std::string name;
  int index = -1;  // -1: none is written

  std::string Text() const { return index < 0 ? name : absl::StrCat(name, "[", index, "]"); }
};

// "transform[1]" -> {"transform", 1}.
absl::StatusOr<NamedStep> SplitStep(absl::string_view step) {
  const size_t bracket = step.find('[');
  if (bracket == absl::string_view::npos) return NamedStep{std::string(step)};
  const absl::string_view digits = step.substr(bracket + 1, step.size() - bracket - 2);
  NamedStep result{std::string(step.substr(0, bracket))};
  const bool is_closed = step.back() == ']' && !digits.empty() && absl::ascii_isdigit(digits.front());
  if (!is_closed || !absl::SimpleAtoi(digits, &result.index)) {
    return Wrong(absl::StrCat("\"", step, "\" is no step of a path; an index is written as in transform[0]"));
  }
  return result;
}

absl::StatusOr<const OneofDescriptor*> FindOneof(const Descriptor& message, const NamedStep& step) {
  const OneofDescriptor* const oneof = message.FindOneofByName(step.name);
  if (oneof != nullptr && step.index < 0) return oneof;
  return Wrong(
      absl::StrCat(message.name(), " has no field \"", step.name, "\"", SuggestName(step.name, StepNames(message))));
}

std::string ConfiguredMember(const Message& message, const OneofDescriptor& oneof) {
  const Reflection& reflection = *message.GetReflection();
  return reflection.HasOneof(message, &oneof) ? reflection.GetOneofFieldDescriptor(message, &oneof)->name() : "";
}

// Whether the index, or that there is none, suits the field and what the message has of it.
absl::Status CheckIndex(const Message& message, const FieldDescriptor& field, int index) {
  if (!field.is_repeated()) {
    return index < 0 ? absl::OkStatus() : Wrong(absl::StrCat("\"", field.name(), "\" is no list and takes no index"));
  }
  const int size = message.GetReflection()->FieldSize(message, &field);
  if (index < 0) return Wrong(absl::StrCat("\"", field.name(), "\" is a list: say which, as in ", field.name(), "[0]"));
  if (index < size) return absl::OkStatus();
  return Wrong(absl::StrCat("\"", field.name(), "[", index, "]\" does not exist; the study has ", size, " of them",
                            size > 0 ? ", counted from 0" : ""));
}

// Steps over one message on the way.
absl::StatusOr<const Message*> StepInto(const Message& message, const FieldDescriptor& field, int index) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
    return Wrong(absl::StrCat("\"", field.name(), "\" is a value and has no fields"));
  }
  RETURN_IF_ERROR(CheckIndex(message, field, index));
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? &reflection.GetRepeatedMessage(message, &field, index)
                             : &reflection.GetMessage(message, &field);
}

absl::Status CheckLastField(const Message& message, const FieldDescriptor& field, int index) {
  RETURN_IF_ERROR(CheckIndex(message, field, index));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    const std::string choose =
        field.real_containing_oneof() == nullptr
            ? ""
            : absl::StrCat(", or choose it by setting \"", field.real_containing_oneof()->name(), "\"");
    return Wrong(absl::StrCat("\"", field.name(), "\" is a message; name one of its fields", choose,
                              SuggestName("", StepNames(*field.message_type()))));
  }
  return absl::OkStatus();
}

absl::Status ChooseMember(const OneofDescriptor& oneof, const Choice& value, Message& message) {
  const auto* const name = std::get_if<std::string>(&value);
  const FieldDescriptor* const member = name == nullptr ? nullptr : oneof.containing_type()->FindFieldByName(*name);
  if (member == nullptr || member->containing_oneof() != &oneof || member->message_type() == nullptr) {
    return absl::InternalError(absl::StrCat("no message of the oneof ", oneof.full_name()));
  }
  message.GetReflection()->MutableMessage(&message, member);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<FieldPath> FieldPath::Resolve(const Message& root, absl::string_view path) {
  if (path.empty()) return Wrong("the path is empty; it is written as in random_forest.max_depth");
  if (path.size() > kMaxPathBytes) return Wrong(absl::StrCat("the path is longer than ", kMaxPathBytes, " bytes"));
  FieldPath result;
  const Message* message = &root;
  std::string prefix;
  const std::vector<std::string> steps = absl::StrSplit(path, '.');
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool is_last = i + 1 == steps.size();
    ASSIGN_OR_RETURN(const NamedStep step, SplitStep(steps[i]));
    result.text_ = prefix + step.Text();
    const FieldDescriptor* const field = message->GetDescriptor()->FindFieldByName(step.name);
    if (field == nullptr) {
      ASSIGN_OR_RETURN(result.oneof_, FindOneof(*message->GetDescriptor(), step));
      result.configured_member_ = ConfiguredMember(*message, *result.oneof_);
      if (is_last) return result;
      return Wrong(absl::StrCat("\"", step.name, "\" names a choice, not a message: name its member instead"));
    }
    if (const OneofDescriptor* const oneof = field->real_containing_oneof(); oneof != nullptr) {
      result.oneof_members_.push_back({prefix + oneof->name(), step.name, ConfiguredMember(*message, *oneof)});
    }
    if (is_last) {
      RETURN_IF_ERROR(CheckLastField(*message, *field, step.index));
      result.field_ = field;
      result.index_ = step.index;
      return result;
    }
    ASSIGN_OR_RETURN(message, StepInto(*message, *field, step.index));
    result.parents_.push_back({field, step.index});
    prefix = result.text_ + ".";
  }
  return absl::InternalError("a path without end");
}

absl::Status FieldPath::Set(const Choice& value, Message& root) const {
  Message* message = &root;
  for (const Step& step : parents_) {
    const Reflection& reflection = *message->GetReflection();
    if (step.index < 0) {
      message = reflection.MutableMessage(message, step.field);
    } else if (step.index < reflection.FieldSize(*message, step.field)) {
      message = reflection.MutableRepeatedMessage(message, step.field, step.index);
    } else {
      return absl::InternalError(absl::StrCat(step.field->full_name(), " has no element ", step.index));
    }
  }
  if (oneof_ != nullptr) return ChooseMember(*oneof_, value, *message);
  if (index_ >= 0 && index_ >= message->GetReflection()->FieldSize(*message, field_)) {
    return absl::InternalError(absl::StrCat(field_->full_name(), " has no element ", index_));
  }
  return SetFieldValue(*field_, index_, value, *message);
}

}  // namespace parzen
