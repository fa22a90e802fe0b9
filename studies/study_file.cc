#include "studies/study_file.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/spec_check.h"
#include "studies/text_check.h"

namespace parzen {

absl::StatusOr<StudySpec> ParseStudyFile(absl::string_view text, absl::string_view file_name) {
  if (text.size() > kMaxStudyFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": has ", text.size(), " bytes; a study file has at most ", kMaxStudyFileBytes));
  }
  ProblemList problems;
  StudyText study = ReadStudyText(text, problems);
  ProblemList spec_problems;
  CheckSpec(study.spec, spec_problems);
  for (const Problem& problem : spec_problems.problems()) {
    // A misspelt field is absent too, and a wrong choice leaves its list empty: one complaint is enough.
    if (study.spoilt.count(problem.field) == 0) problems.Add(problem.field, problem.what, study.LineOf(problem.field));
  }
  RETURN_IF_ERROR(ProblemsToStatus(problems.problems(), file_name));
  return std::move(study.spec);
}

std::vector<Problem> CheckStudySpec(const StudySpec& spec) {
  ProblemList problems;
  CheckSpec(spec, problems);
  return problems.problems();
}

}  // namespace parzen
