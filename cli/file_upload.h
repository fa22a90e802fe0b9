// Gives a dataset file to a coordinator. Threads: any.
#pragma once

#include <cstdio>

#include "absl/status/status.h"
#include "proto/coordinator.grpc.pb.h"
#include "proto/train.pb.h"

namespace parzen {

// Sends the bytes at file.path, and returns once the coordinator has them on disk. What takes longer than a second is
// shown on `progress`, with the time that is left. NotFound: the file cannot be read; DataLoss: it changed meanwhile;
// else the coordinator's status.
absl::Status UploadFile(StudyService::Stub& stub, const DatasetFile& file, std::FILE* progress);

}  // namespace parzen
