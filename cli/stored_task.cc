#include "cli/stored_task.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/search_space.h"
#include "studies/trial_task.h"

namespace parzen {
namespace {

absl::StatusOr<Point> PointOf(const SearchSpace& space, const TrialRecord& trial) {
  Point point(space.size());
  for (const NamedJson& parameter : trial.parameter()) {
    const std::optional<size_t> i = space.Find(parameter.name());
    if (!i) {
      return absl::FailedPreconditionError(absl::StrCat("trial ", trial.number(), " has a parameter \"",
                                                        parameter.name(), "\" that the study's space does not know"));
    }
    ASSIGN_OR_RETURN(point[*i], ValueFromJson(space.distribution(*i), parameter.json()));
  }
  return point;
}

}  // namespace

absl::StatusOr<TrialTask> StoredTask(const StudySummary& study, const TrialRecord& trial,
                                     const std::vector<DatasetFile>& files) {
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(study.spec()));
  ASSIGN_OR_RETURN(const Point point, PointOf(space, trial));
  return MakeTrialTask(study.spec(), space, point, trial.number(), files);
}

}  // namespace parzen
