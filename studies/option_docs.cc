#include "studies/option_docs.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/suggest.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "proto/embedded_descriptors.h"
#include "proto/importance.pb.h"
#include "proto/study.pb.h"
#include "studies/field_path.h"

namespace parzen {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorSet;
using google::protobuf::OneofDescriptor;

// Generated code drops comments; the embedded descriptors keep them. Never destroyed: others' statics may ask.
const DescriptorPool& CommentedPool() {
  static const DescriptorPool* const pool = [] {
    auto* const result = new DescriptorPool;
    FileDescriptorSet files;
    const absl::string_view bytes = EmbeddedDescriptors();
    files.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
    for (const google::protobuf::FileDescriptorProto& file : files.file()) result->BuildFile(file);
    return result;
  }();
  return *pool;
}

// The comment above a message or field as one paragraph.
template <typename SomeDescriptor>
std::string CommentOf(const SomeDescriptor* descriptor) {
  google::protobuf::SourceLocation location;
  if (descriptor == nullptr || !descriptor->GetSourceLocation(&location)) return "";
  std::vector<std::string> lines;
  for (absl::string_view line : absl::StrSplit(location.leading_comments, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) lines.emplace_back(line);
  }
  return absl::StrJoin(lines, " ");
}

std::string TypeName(const FieldDescriptor& field) {
  if (field.is_repeated() && field.message_type() != nullptr) return "list of messages";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "bool";
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
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

// As a study file would write it.
std::string DefaultText(const FieldDescriptor& field) {
  if (field.is_repeated() || !field.has_default_value()) return "";
  google::protobuf::DynamicMessageFactory factory;
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(*factory.GetPrototype(field.containing_type()), &field, -1,
                                                        &text);
  return text;
}

std::string AcceptsText(const FieldDescriptor& field) {
  const Rule& rule = FieldRule(field);
  std::vector<std::string> parts;
  if (rule.required()) parts.push_back("required");
  if (rule.file()) parts.push_back("name of a file");
  if (const std::string values = RuleInWords(rule); !values.empty()) parts.push_back(values);
  return absl::StrJoin(parts, ", ");
}

// Whether a message may hold one of its own kind: what it may hold has no end.
bool MayHold(const Descriptor& message, const Descriptor& wanted, std::set<const Descriptor*>& seen) {
  if (!seen.insert(&message).second) return false;
  for (int i = 0; i < message.field_count(); ++i) {
    const Descriptor* const inner = message.field(i)->message_type();
    if (inner != nullptr && (inner == &wanted || MayHold(*inner, wanted, seen))) return true;
  }
  return false;
}

bool HasEnd(const Descriptor& message) {
  std::set<const Descriptor*> seen;
  return !MayHold(message, message, seen);
}

// The fields of a message, each followed by those of the message that it is, as a parameter's `sets` names them.
void AddOptions(const Descriptor& message, const std::string& before, std::vector<OptionDoc>& options) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string name = absl::StrCat(before, field.name(), field.is_repeated() ? "[]" : "");
    std::string meaning = CommentOf(CommentedPool().FindFieldByName(field.full_name()));
    const Descriptor* const inner = field.message_type();
    // The member of a oneof is explained by its message.
    if (inner != nullptr && meaning.empty()) {
      meaning = CommentOf(CommentedPool().FindMessageTypeByName(inner->full_name()));
    }
    options.push_back({name, TypeName(field), DefaultText(field), AcceptsText(field), std::move(meaning)});
    if (inner != nullptr && HasEnd(*inner)) AddOptions(*inner, absl::StrCat(name, "."), options);
  }
}

// `member` is of the generated descriptors, which know the Rules; its comments are found by name.
KindDoc Describe(const FieldDescriptor& member) {
  KindDoc kind;
  kind.name = member.name();
  if (member.message_type() == nullptr) {
    kind.meaning = CommentOf(CommentedPool().FindFieldByName(member.full_name()));
    return kind;
  }
  const Descriptor& message = *member.message_type();
  kind.meaning = CommentOf(CommentedPool().FindMessageTypeByName(message.full_name()));
  AddOptions(message, "", kind.options);
  return kind;
}

const OneofDescriptor* FindOneof(absl::string_view message, absl::string_view oneof) {
  StudySpec::descriptor();  // makes sure that the protos are registered
  ImportanceSpec::descriptor();
  const Descriptor* const descriptor =
      DescriptorPool::generated_pool()->FindMessageTypeByName(absl::StrCat("parzen.", message));
  return descriptor == nullptr ? nullptr : descriptor->FindOneofByName(std::string(oneof));
}

}  // namespace

std::vector<KindDoc> DescribeKinds(absl::string_view message, absl::string_view oneof) {
  std::vector<KindDoc> kinds;
  const OneofDescriptor* const descriptor = FindOneof(message, oneof);
  for (int i = 0; descriptor != nullptr && i < descriptor->field_count(); ++i) {
    kinds.push_back(Describe(*descriptor->field(i)));
  }
  return kinds;
}

absl::StatusOr<KindDoc> DescribeKind(absl::string_view message, absl::string_view oneof, absl::string_view name,
                                     absl::string_view what) {
  std::vector<std::string> names;
  for (KindDoc& kind : DescribeKinds(message, oneof)) {
    if (kind.name == name) return std::move(kind);
    names.push_back(kind.name);
  }
  return absl::NotFoundError(absl::StrCat("no ", what, " is called \"", name, "\"", SuggestName(name, names)));
}

}  // namespace parzen
