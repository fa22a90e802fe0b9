// A study's trials with everything there is to know of them, page by page, so that memory does not grow with the study.
// Threads: externally synchronised.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/study_source.h"
#include "proto/study.pb.h"

namespace parzen {

// The study with its counts and system attributes.
absl::StatusOr<StudySummary> WholeStudy(StudySource& source, const std::string& study);

class TrialPages {
 public:
  // Borrows `source`.
  TrialPages(StudySource& source, std::string study);

  // The next trial, by number, with distributions (left out where the trial before it on the page had the same), steps
  // and system attributes; nullptr after the last. Valid until the next call.
  absl::StatusOr<TrialRecord*> Next();

 private:
  absl::Status ReadPage();

  StudySource& source_;
  ListTrialsRequest request_;
  ListTrialsResponse page_;
  int position_ = 0;
  bool more_ = true;
};

}  // namespace parzen
