#include "studies/option_docs.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/suggest.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "proto/embedded_descriptors.h"
#include "proto/rule.pb.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::OneofDescriptor;

// The protos as they were compiled, with their comments: generated code carries none.
const DescriptorPool& Pool() {
  static const DescriptorPool* const pool = [] {
    auto* built = new DescriptorPool;  // lives as long as the program
    FileDescriptorSet files;
    const absl::string_view bytes = EmbeddedDescriptors();
    files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    for (const auto& file : files.file()) built->BuildFile(file);
    return built;
  }();
  return *pool;
}

template <typename Described>
std::string Comment(const Described& described) {
  google::protobuf::SourceLocation location;
  if (!described.GetSourceLocation(&location)) return "";
  const std::string& text = location.leading_comments.empty() ? location.trailing_comments : location.leading_comments;
  return std::string(absl::StripAsciiWhitespace(absl::StrReplaceAll(text, {{"\n ", " "}, {"\n", " "}})));
}

std::string TypeOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "bool";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return "float";
    case FieldDescriptor::CPPTYPE_STRING:
      return "text";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return absl::StrCat("message ", field.message_type()->name());
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::vector<std::string> names;
      for (int i = 0; i < field.enum_type()->value_count(); ++i) names.push_back(field.enum_type()->value(i)->name());
      return absl::StrJoin(names, " | ");
    }
    default:
      return "int";
  }
}

std::string FallbackOf(const FieldDescriptor& field) {
  if (!field.has_default_value()) return "";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(field.default_value_double());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(field.default_value_float());
    case FieldDescriptor::CPPTYPE_STRING:
      return absl::StrCat("\"", field.default_value_string(), "\"");
    case FieldDescriptor::CPPTYPE_ENUM:
      return field.default_value_enum()->name();
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(field.default_value_int32());
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(field.default_value_int64());
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(field.default_value_uint32());
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(field.default_value_uint64());
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "";
  }
  return "";
}

std::string AcceptsOf(const FieldDescriptor& field) {
  // The pool of embedded descriptors does not know our extension as a C++ type; its serialised form does.
  Rule rule;
  google::protobuf::FieldOptions options;
  options.ParseFromString(field.options().SerializeAsString());
  rule = options.GetExtension(::parzen::rule);
  std::vector<std::string> parts;
  if (rule.has_min() && rule.has_max()) {
    parts.push_back(absl::StrCat(rule.min(), " to ", rule.max()));
  } else if (rule.has_min()) {
    parts.push_back(absl::StrCat(">= ", rule.min()));
  } else if (rule.has_max()) {
    parts.push_back(absl::StrCat("<= ", rule.max()));
  }
  if (rule.has_above()) parts.push_back(absl::StrCat("> ", rule.above()));
  if (rule.has_below()) parts.push_back(absl::StrCat("< ", rule.below()));
  if (rule.has_means()) parts.push_back(rule.means());
  if (rule.file()) parts.push_back("a file");
  if (rule.required()) parts.push_back("required");
  return absl::StrJoin(parts, ", ");
}

KindDoc Describe(const FieldDescriptor& member) {
  KindDoc kind{member.name(), Comment(*member.message_type()), {}};
  for (int i = 0; i < member.message_type()->field_count(); ++i) {
    const FieldDescriptor& field = *member.message_type()->field(i);
    kind.options.push_back({field.name(), TypeOf(field), FallbackOf(field), AcceptsOf(field), Comment(field)});
  }
  return kind;
}

}  // namespace

std::vector<KindDoc> DescribeKinds(absl::string_view message, absl::string_view oneof) {
  std::vector<KindDoc> kinds;
  const Descriptor* const type = Pool().FindMessageTypeByName(absl::StrCat("parzen.", message));
  const OneofDescriptor* const choice = type == nullptr ? nullptr : type->FindOneofByName(std::string(oneof));
  if (choice == nullptr) return kinds;
  for (int i = 0; i < choice->field_count(); ++i) kinds.push_back(Describe(*choice->field(i)));
  return kinds;
}

absl::StatusOr<KindDoc> DescribeKind(absl::string_view message, absl::string_view oneof, absl::string_view name,
                                     absl::string_view what) {
  std::vector<std::string> names;
  for (KindDoc& kind : DescribeKinds(message, oneof)) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  return absl::NotFoundError(absl::StrCat("no ", what, " \"", name, "\"", SuggestName(name, names)));
}

}  // namespace parzen
