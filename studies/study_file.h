// Study files: text proto in, checked StudySpec out, or every problem of the file at once.
//
//   digits.textproto:12: parameter[1].float.low: must be > 0 when log is set, is 0
//
// Three layers, each able to go on after an error: the text against the descriptors (unknown fields, wrong types),
// every field against its Rule, and what fields say together (paths, ranges, conditions, metrics). Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/study.pb.h"
#include "studies/base_study.h"
#include "studies/problem.h"

namespace parzen {

// Study files may not be larger.
inline constexpr size_t kMaxStudyFileBytes = 4 << 20;

// Parses and checks. InvalidArgument holds all problems, one a line, "FILE:LINE: FIELD: WHAT", in line order.
// `file_name` is only used in messages. A study with a base is what it means, put on what `find_base` finds.
absl::StatusOr<StudySpec> ParseStudyFile(absl::string_view text, absl::string_view file_name,
                                         const FindBaseTrial& find_base = {});

// The second and third layer alone, for a spec that arrived by RPC.
std::vector<Problem> CheckStudySpec(const StudySpec& spec);

// What makes two specs the same study: everything but the budget (search.trials).
bool SameStudy(const StudySpec& a, const StudySpec& b);

// What differs between two specs of one name, in a line or a few, for an error.
std::string DescribeDifference(const StudySpec& existing, const StudySpec& wanted);

// The strings of `train` that name files (Rule.file), in field order.
std::vector<std::string> ReferencedFiles(const TrainSpec& train);
// Replaces every file name by its path in `files` (by name). NotFound names a file that is missing there.
absl::Status ResolveFiles(const google::protobuf::RepeatedPtrField<DatasetFile>& files, TrainSpec& train);

}  // namespace parzen
