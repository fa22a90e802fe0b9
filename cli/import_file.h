// A file to import studies from, whatever it is: a study database, or what `parzen study export` wrote as json or csv.
// Threads: externally synchronised.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/study.pb.h"
#include "studies/exchange/study_parts.h"

namespace parzen {

struct ImportOptions {
  std::string study;                  // only the study of this name; "": all of them
  std::string name;                   // what it is called from now on; "": as before
  std::vector<Direction> directions;  // of a csv, which does not say
};

// Of each study in the file, what reads it, under its new name. InvalidArgument: nothing of that can be imported from
// this file, and why; NotFound: there is no such file or study.
absl::StatusOr<std::vector<std::unique_ptr<StudyParts>>> ReadImportFile(const std::string& path,
                                                                        const ImportOptions& options);

}  // namespace parzen
