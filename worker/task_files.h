// The files a task's dataset is read from: where they are here, and whether they still are the bytes that are meant.
// Pure functions of the task and the files.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/train.pb.h"

namespace parzen {

// A task's dataset with its file names, the fields marked (rule).file, replaced.
struct LocatedDataset {
  DatasetSpec by_path;     // names -> paths that can be opened
  DatasetSpec by_content;  // names -> digests, or paths where the task gives no digest: equal specs mean equal data
  std::vector<DatasetFile> files;  // those that the dataset names, with path set
};

// A name means the DatasetFile of that name; without any in the task, names are paths.
// InvalidArgument: a name is not among the task's files.
absl::StatusOr<LocatedDataset> LocateDataset(const TrainTask& task);

// InvalidArgument: the file is there but its SHA-256 is not the one that `file` gives, if it gives one.
absl::Status CheckDigest(const DatasetFile& file);

}  // namespace parzen
