// A study that is read from somewhere part by part, to be imported: first the study, then its trials by number.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/query.pb.h"

namespace parzen {

// Threads: externally synchronised.
class StudyParts {
 public:
  virtual ~StudyParts() = default;

  // The next part, as ImportStudyRequest asks for: distributions are never left out. False after the last.
  // InvalidArgument names file and line of what cannot be imported.
  virtual absl::StatusOr<bool> Next(ImportStudyRequest& part) = 0;

  // What had to be guessed, for people; whole once the study has been read.
  const std::vector<std::string>& notes() const { return notes_; }

 protected:
  std::vector<std::string> notes_;
};

}  // namespace parzen
