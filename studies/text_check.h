// The first layer of reading a study file: its text against the descriptors of StudySpec. Goes on after every error, so
// that all of them are found, and reads everything that can be read. Pure functions.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "studies/problem.h"

namespace parzen {

struct StudyText {
  StudySpec spec;  // what could be read
  // Lines, from 1, by path in the study: "parameter[1].float", "parameter[1].float.low".
  std::map<std::string, int> lines;
  // Fields and oneofs whose absence from `spec` a problem explains already: misspelt, or with a wrong value.
  std::set<std::string> spoilt;

  // The line of a field, or of the innermost thing around it that stands in the file.
  int LineOf(absl::string_view field) const;
};

// Accepts exactly what protobuf's text format accepts, for StudySpec.
StudyText ReadStudyText(absl::string_view text, ProblemList& problems);

// The same for any message: options on a command line.
void ReadMessageText(absl::string_view text, google::protobuf::Message& message, ProblemList& problems);

}  // namespace parzen
