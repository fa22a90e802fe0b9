// What a study waits for that no worker can do. Pure functions.
#pragma once

#include <string>

#include "google/protobuf/repeated_ptr_field.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"

namespace parzen {

// "waits for a worker with --label gpu: none that is connected has it", naming what the worker lacks that lacks least;
// "waits for a worker: none is connected". "" where a worker can do its trials, and where none of them is to be done by
// a worker.
std::string DescribeWantedWorker(const StudySummary& study,
                                 const google::protobuf::RepeatedPtrField<WorkerRecord>& workers);

}  // namespace parzen
