// The files that a TrainSpec names.
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "studies/field_path.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Calls `visit` with the message and the field of every file name, in field order.
void ForEachFile(Message& message, const std::function<void(Message&, const FieldDescriptor&)>& visit) {
  const Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (!field->is_repeated()) ForEachFile(*reflection.MutableMessage(&message, field), visit);
      const int size = field->is_repeated() ? reflection.FieldSize(message, field) : 0;
      for (int i = 0; i < size; ++i) ForEachFile(*reflection.MutableRepeatedMessage(&message, field, i), visit);
    } else if (!field->is_repeated() && FieldRule(*field).file()) {
      visit(message, *field);
    }
  }
}

}  // namespace

std::vector<std::string> ReferencedFiles(const TrainSpec& train) {
  TrainSpec copy = train;
  std::vector<std::string> names;
  ForEachFile(copy, [&names](Message& message, const FieldDescriptor& field) {
    names.push_back(message.GetReflection()->GetString(message, &field));
  });
  return names;
}

absl::Status ResolveFiles(const google::protobuf::RepeatedPtrField<DatasetFile>& files, TrainSpec& train) {
  std::map<std::string, std::string> path_of;
  for (const DatasetFile& file : files) path_of.emplace(file.name(), file.path());
  absl::Status status;
  ForEachFile(train, [&](Message& message, const FieldDescriptor& field) {
    const std::string name = message.GetReflection()->GetString(message, &field);
    const auto path = path_of.find(name);
    if (path != path_of.end()) {
      message.GetReflection()->SetString(&message, &field, path->second);
    } else if (status.ok()) {
      status =
          absl::NotFoundError(absl::StrCat(field.name(), " names ", Quoted(name), ", and where that is was not given"));
    }
  });
  return status;
}

}  // namespace parzen
