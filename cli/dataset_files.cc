#include "cli/dataset_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/file_digest.h"
#include "base/status_macros.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<DatasetFile> Describe(const std::string& name, const std::string& path) {
  ASSIGN_OR_RETURN(const FileDigest digest, DigestFile(path));
  DatasetFile found;
  found.set_name(name);
  found.set_path(path);
  found.set_bytes(digest.bytes);
  found.set_sha256(digest.sha256);
  return found;
}

}  // namespace

std::vector<std::string> DataFolders(const std::string& study_file, const std::vector<std::string>& data,
                                     absl::string_view environment) {
  const std::string own = fs::path(study_file).parent_path().string();
  std::vector<std::string> folders = {own.empty() ? std::string(".") : own};
  folders.insert(folders.end(), data.begin(), data.end());
  for (const absl::string_view folder : absl::StrSplit(environment, ':', absl::SkipEmpty())) {
    folders.emplace_back(folder);
  }
  return folders;
}

absl::StatusOr<std::string> FindDataFile(const std::string& name, const std::vector<std::string>& folders) {
  std::vector<fs::path> places;
  if (fs::path(name).is_absolute()) {
    places.emplace_back(name);
  } else {
    for (const std::string& folder : folders) places.push_back(fs::path(folder) / name);
  }
  for (const fs::path& place : places) {
    std::error_code error;
    if (!fs::exists(place, error)) continue;
    if (fs::is_directory(place, error)) {
      return absl::InvalidArgumentError(absl::StrCat("\"", place.string(), "\" is a folder; a file belongs there"));
    }
    const fs::path absolute = fs::absolute(place, error).lexically_normal();
    if (error) return absl::InternalError(absl::StrCat("\"", place.string(), "\": ", error.message()));
    return absolute.string();
  }
  const auto quote = [](std::string* out, const fs::path& place) { absl::StrAppend(out, "\"", place.string(), "\""); };
  return absl::NotFoundError(absl::StrCat("no file \"", name, "\"; looked for ", absl::StrJoin(places, ", ", quote),
                                          "; name its folder with --data or PARZEN_DATA"));
}

absl::StatusOr<std::vector<DatasetFile>> FindDatasetFiles(const TrainSpec& train,
                                                          const std::vector<std::string>& folders) {
  std::vector<DatasetFile> files;
  std::vector<std::string> missing;  // what to say of each
  std::set<std::string> seen;
  for (const std::string& name : ReferencedFiles(train)) {
    if (!seen.insert(name).second) continue;
    const absl::StatusOr<std::string> path = FindDataFile(name, folders);
    if (absl::IsNotFound(path.status())) {
      missing.emplace_back(path.status().message());
      continue;
    }
    RETURN_IF_ERROR(path.status());
    ASSIGN_OR_RETURN(files.emplace_back(), Describe(name, *path));
  }
  if (!missing.empty()) return absl::NotFoundError(absl::StrJoin(missing, "\n"));
  return files;
}

absl::StatusOr<std::vector<DatasetFile>> FindStoredFiles(const std::vector<DatasetFile>& files,
                                                         const std::vector<std::string>& folders) {
  std::vector<DatasetFile> found = files;
  std::vector<std::string> missing;  // what to say of each
  for (DatasetFile& file : found) {
    std::vector<std::string> places = {file.path()};
    const fs::path name(file.name());
    for (const std::string& folder : folders) {
      places.push_back((fs::path(folder) / (name.is_absolute() ? name.filename() : name)).string());
    }
    const auto holds_it = [&file](const std::string& place) {
      std::error_code error;
      if (!fs::is_regular_file(place, error)) return false;
      const absl::StatusOr<FileDigest> digest = DigestFile(place);
      return digest.ok() && digest->sha256 == file.sha256();
    };
    const auto place = std::find_if(places.begin(), places.end(), holds_it);
    if (place == places.end()) {
      const auto quote = [](std::string* out, const std::string& path) { absl::StrAppend(out, "\"", path, "\""); };
      missing.push_back(absl::StrCat("the study's file \"", file.name(), "\" (SHA-256 ", file.sha256(),
                                     ") is not here, with the same bytes; looked at ",
                                     absl::StrJoin(places, ", ", quote),
                                     "; name its folder with --data or PARZEN_DATA"));
      continue;
    }
    file.set_path(fs::absolute(*place).lexically_normal().string());
  }
  if (!missing.empty()) return absl::NotFoundError(absl::StrJoin(missing, "\n"));
  return found;
}

}  // namespace parzen
