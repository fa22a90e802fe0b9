// What a study waits for that no worker can do. Threads: externally synchronised, as the source is.
#pragma once

#include <string>

#include "cli/study_source.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"

namespace parzen {

// "waits for a worker with --label gpu: none that is connected has it", naming what the worker lacks that lacks least;
// "waits for a worker: none is connected". "" where a worker can do its trials, and where none of them is to be done by
// a worker. "" also where the workers are so many that others may have been left out. Pure.
std::string DescribeWantedWorker(const StudySummary& study,
                                 const google::protobuf::RepeatedPtrField<WorkerRecord>& workers);

// The same as a line, of the workers that a coordinator has. It is beside what was asked, so "" also where the source
// does not answer. Requires: IsCoordinated.
std::string WantedWorkerLine(StudySource& source, const StudySummary& study);

}  // namespace parzen
