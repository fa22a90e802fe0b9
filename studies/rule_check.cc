#include "studies/rule_check.h"

#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/stubs/common.h"
#include "studies/field_path.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

// Messages may not nest deeper; nothing in a study does, but a peer may send anything.
constexpr int kMaxDepth = 64;

class RuleChecker {
 public:
  RuleChecker(const std::set<std::string>& set_elsewhere, ProblemList& problems)
      : set_elsewhere_(set_elsewhere), problems_(problems) {}

  void CheckMessage(const Message& message, const std::string& path, int depth) {
    if (depth > kMaxDepth) return problems_.Add(path, absl::StrCat("is nested deeper than ", kMaxDepth, " messages"));
    CheckPresence(message, path);
    std::vector<const FieldDescriptor*> fields;
    message.GetReflection()->ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const std::string field_path = Join(path, field->name());
      if (!field->is_repeated()) CheckValue(message, *field, -1, field_path, depth);
      const int size = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 0;
      for (int i = 0; i < size && !problems_.full(); ++i) {
        CheckValue(message, *field, i, absl::StrCat(field_path, "[", i, "]"), depth);
      }
    }
  }

 private:
  static std::string Join(const std::string& path, const std::string& name) {
    return path.empty() ? name : absl::StrCat(path, ".", name);
  }

  void CheckPresence(const Message& message, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *message.GetDescriptor()->field(i);
      const std::string field_path = Join(path, field.name());
      const bool is_present =
          field.is_repeated() ? reflection.FieldSize(message, &field) > 0 : reflection.HasField(message, &field);
      if (!FieldRule(field).required() || is_present || set_elsewhere_.count(field_path) > 0) continue;
      problems_.Add(field_path, field.is_repeated() ? "is missing; at least one is needed" : "is missing");
    }
    for (int i = 0; i < message.GetDescriptor()->real_oneof_decl_count(); ++i) {
      const OneofDescriptor& oneof = *message.GetDescriptor()->oneof_decl(i);
      const std::string oneof_path = Join(path, oneof.name());
      if (reflection.HasOneof(message, &oneof) || oneof.options().GetExtension(may_be_absent) ||
          set_elsewhere_.count(oneof_path) > 0)
        continue;
      std::vector<std::string> members;
      for (int m = 0; m < oneof.field_count(); ++m) members.push_back(oneof.field(m)->name());
      problems_.Add(oneof_path, absl::StrCat("is missing; give one of ", absl::StrJoin(members, ", ")));
    }
  }

  // `index` is -1 for a field that is not repeated.
  void CheckValue(const Message& message, const FieldDescriptor& field, int index, const std::string& path, int depth) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& inner =
          index < 0 ? reflection.GetMessage(message, &field) : reflection.GetRepeatedMessage(message, &field, index);
      CheckMessage(inner, path, depth + 1);
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      CheckText(
          field,
          index < 0 ? reflection.GetString(message, &field) : reflection.GetRepeatedString(message, &field, index),
          path);
    } else {
      CheckNumber(message, field, index, path);
    }
  }

  // The database, Optuna and the web page take text for UTF-8, and SQLite ends it at a NUL.
  void CheckText(const FieldDescriptor& field, const std::string& text, const std::string& path) {
    if (!google::protobuf::internal::IsStructurallyValidUTF8(text.data(), static_cast<int>(text.size()))) {
      problems_.Add(path, absl::StrCat("must be UTF-8, is ", Quoted(text)));
    } else if (text.find('\0') != std::string::npos) {
      problems_.Add(path, absl::StrCat("must not contain a NUL, is ", Quoted(text)));
    } else if (text.empty() && FieldRule(field).file()) {
      problems_.Add(path, "must name a file, is empty");
    } else if (const absl::Status status = CheckRule(FieldRule(field), text); !status.ok()) {
      problems_.Add(path, status.message());
    }
  }

  // As for CheckValue.
  void CheckNumber(const Message& message, const FieldDescriptor& field, int index, const std::string& path) {
    const Reflection& reflection = *message.GetReflection();
    const auto read = [&](auto get, auto get_repeated) {
      return static_cast<double>(index < 0 ? (reflection.*get)(message, &field)
                                           : (reflection.*get_repeated)(message, &field, index));
    };
    double value = 0;
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        value = read(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        value = read(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
        break;
      case FieldDescriptor::CPPTYPE_UINT32:
        value = read(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
        break;
      case FieldDescriptor::CPPTYPE_UINT64:
        value = read(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        value = read(&Reflection::GetDouble, &Reflection::GetRepeatedDouble);
        break;
      case FieldDescriptor::CPPTYPE_FLOAT:
        value = read(&Reflection::GetFloat, &Reflection::GetRepeatedFloat);
        break;
      default:
        return;  // bools and enums have no bounds
    }
    if (!std::isfinite(value)) {
      problems_.Add(path, absl::StrCat("must be a finite number, is ", PlainNumber(value)));
    } else if (const absl::Status status = CheckRule(FieldRule(field), value); !status.ok()) {
      problems_.Add(path, status.message());
    }
  }

  const std::set<std::string>& set_elsewhere_;
  ProblemList& problems_;
};

}  // namespace

void CheckRules(const Message& message, absl::string_view path, const std::set<std::string>& set_elsewhere,
                ProblemList& problems) {
  RuleChecker(set_elsewhere, problems).CheckMessage(message, std::string(path), 0);
}

}  // namespace parzen
