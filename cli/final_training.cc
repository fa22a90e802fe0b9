#include "cli/final_training.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/search_space.h"
#include "worker/trainer.h"

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

absl::StatusOr<FinalResult> TrainBestAgain(const StudySummary& study, const std::vector<DatasetFile>& files,
                                           DataCache& cache, const Stop& stop) {
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(study.spec()));
  ASSIGN_OR_RETURN(const Point point, PointOf(space, study.best()));
  TrainTask task;
  ASSIGN_OR_RETURN(*task.mutable_spec(), space.Apply(point));
  task.set_study_seed(static_cast<uint64_t>(study.spec().search().seed()));
  task.set_trial_number(study.best().number());
  task.set_final(true);
  task.mutable_files()->Assign(files.begin(), files.end());

  TrainHooks hooks;
  hooks.stop_requested = [&stop] { return stop.Requested(); };
  FinalResult result;
  result.set_trial_number(study.best().number());
  ASSIGN_OR_RETURN(*result.mutable_metrics(), Train(task, cache, hooks));
  return result;
}

}  // namespace parzen
