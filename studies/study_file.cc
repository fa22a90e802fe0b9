#include "studies/study_file.h"

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/spec_check.h"
#include "studies/text_check.h"

namespace parzen {

namespace {

absl::Status FindAndPutOnBase(const FindBaseTrial& find_base, StudySpec& spec) {
  if (spec.has_function() || spec.has_command()) {
    return absl::InvalidArgumentError("is for studies that train; leave it out, or the other work");
  }
  if (find_base == nullptr) return absl::InvalidArgumentError("there is no database here to look for it");
  ASSIGN_OR_RETURN(const BaseTrial trial, find_base(spec.base()));
  PutOnBase(trial, spec);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StudySpec> ParseStudyFile(absl::string_view text, absl::string_view file_name,
                                         const FindBaseTrial& find_base) {
  if (text.size() > kMaxStudyFileBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": has ", text.size(), " bytes; a study file has at most ", kMaxStudyFileBytes));
  }
  ProblemList problems;
  StudyText study = ReadStudyText(text, problems);
  if (study.spec.base().has_study()) {
    // Nothing is to be said of a study that lacks most of what it is.
    const absl::Status found = FindAndPutOnBase(find_base, study.spec);
    if (absl::IsUnavailable(found)) return found;  // nothing is wrong with the file
    if (!found.ok()) {
      problems.Add("base.study", found.message(), study.LineOf("base.study"));
      return ProblemsToStatus(problems.problems(), file_name);
    }
  }
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
