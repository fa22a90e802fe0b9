#include "worker/task_files.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/file_digest.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "proto/rule.pb.h"

namespace parzen {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

absl::StatusOr<DatasetFile> FindFile(const TrainTask& task, absl::string_view field, const std::string& name) {
  DatasetFile file;
  file.set_name(name);
  if (task.files().empty()) {
    file.set_path(name);
    return file;
  }
  std::vector<std::string> known;
  for (const DatasetFile& candidate : task.files()) {
    if (candidate.name() == name) {
      file = candidate;
      if (file.path().empty()) file.set_path(name);
      return file;
    }
    known.push_back(candidate.name());
  }
  return absl::InvalidArgumentError(
      absl::StrCat(field, ": \"", name, "\" is not among the files of the task", SuggestName(name, known)));
}

std::string ContentName(const DatasetFile& file) {
  return file.sha256().empty() ? file.path() : absl::StrCat("sha256:", absl::AsciiStrToLower(file.sha256()));
}

// Replaces the file names in both messages, which are of one type and equal at first, and lists the files.
absl::Status Locate(const TrainTask& task, const std::string& prefix, Message& by_path, Message& by_content,
                    std::vector<DatasetFile>& files) {
  const auto* reflection = by_path.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(by_path, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = absl::StrCat(prefix, ".", field->name());
    if (field->is_repeated()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      RETURN_IF_ERROR(Locate(task, path, *reflection->MutableMessage(&by_path, field),
                             *reflection->MutableMessage(&by_content, field), files));
    } else if (field->options().GetExtension(rule).file()) {
      const std::string name = reflection->GetString(by_path, field);
      if (name.empty()) continue;
      ASSIGN_OR_RETURN(DatasetFile file, FindFile(task, path, name));
      reflection->SetString(&by_path, field, file.path());
      reflection->SetString(&by_content, field, ContentName(file));
      files.push_back(std::move(file));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LocatedDataset> LocateDataset(const TrainTask& task) {
  LocatedDataset located;
  located.by_path = located.by_content = task.spec().dataset();
  RETURN_IF_ERROR(Locate(task, "dataset", located.by_path, located.by_content, located.files));
  return located;
}

absl::Status CheckDigest(const DatasetFile& file) {
  if (file.sha256().empty()) return absl::OkStatus();
  std::error_code ignored;
  // Whoever opens the file says better what is wrong with it.
  if (!std::filesystem::is_regular_file(file.path(), ignored)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FileDigest found, DigestFile(file.path()));
  if (found.sha256 == absl::AsciiStrToLower(file.sha256())) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file.path(), ": not the bytes that the study was made with (\"",
                                                 file.name(), "\"): its SHA-256 is ", found.sha256, ", the study has ",
                                                 file.sha256(), "; put the former file back, or make a new study"));
}

}  // namespace parzen
