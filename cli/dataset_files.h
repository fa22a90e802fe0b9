// The files a study file names, and those of a stored study: where they are, and which bytes they hold.
//
// A relative name is looked up in the study file's folder, then in the --data folders, then in those of $PARZEN_DATA.
// Reads the file system; threads: any.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/train.pb.h"

namespace parzen {

// Folders in the order in which they are looked through. `environment` is $PARZEN_DATA: folders separated by ':'.
std::vector<std::string> DataFolders(const std::string& study_file, const std::vector<std::string>& data,
                                     absl::string_view environment);

// The absolute path of the first of `folders` that holds `name`; an absolute name stands for itself. NotFound names the
// file and every place looked at; InvalidArgument: it is a folder.
absl::StatusOr<std::string> FindDataFile(const std::string& name, const std::vector<std::string>& folders);

// Finds every file that `train` names and takes its size and SHA-256, in the order of the spec; a name that appears
// twice is taken once. Errors name the file.
absl::StatusOr<std::vector<DatasetFile>> FindDatasetFiles(const TrainSpec& train,
                                                          const std::vector<std::string>& folders);

// Gives the files of a stored study the paths that they have on this machine: where the coordinator found them, or
// below `folders` by their names. Reads them: only the same bytes will do. NotFound names the file and the places
// looked at.
absl::StatusOr<std::vector<DatasetFile>> FindStoredFiles(const std::vector<DatasetFile>& files,
                                                         const std::vector<std::string>& folders);

}  // namespace parzen
