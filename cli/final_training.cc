#include "cli/final_training.h"

#include "base/status_macros.h"
#include "cli/stored_task.h"
#include "worker/trainer.h"

namespace parzen {

absl::StatusOr<FinalResult> TrainBestAgain(const StudySummary& study, const std::vector<DatasetFile>& files,
                                           DataCache& cache, const Stop& stop) {
  ASSIGN_OR_RETURN(TrialTask task, StoredTask(study, study.best(), files));
  TrainTask& train = *task.mutable_train();
  train.set_final(true);

  TrainHooks hooks;
  hooks.stop = &stop;
  hooks.stop_requested = [&stop] { return stop.Requested(); };
  FinalResult result;
  result.set_trial_number(study.best().number());
  ASSIGN_OR_RETURN(*result.mutable_metrics(), Train(train, cache, hooks));
  return result;
}

}  // namespace parzen
