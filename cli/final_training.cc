#include "cli/final_training.h"

#include <utility>

#include "base/status_macros.h"
#include "cli/stored_task.h"
#include "cli/whole_file.h"
#include "worker/saved_model.h"
#include "worker/trainer.h"

namespace parzen {

absl::StatusOr<FinalResult> TrainBestAgain(const StudySummary& study, const std::vector<DatasetFile>& files,
                                           DataCache& cache, const Stop& stop, const std::string& model_file) {
  ASSIGN_OR_RETURN(TrialTask task, StoredTask(study, study.best(), files));
  TrainTask& train = *task.mutable_train();
  train.set_final(true);

  TrainHooks hooks;
  hooks.stop = &stop;
  hooks.stop_requested = [&stop] { return stop.Requested(); };
  if (!model_file.empty()) {
    hooks.keep = [&](const Model& model, const PreparedData& data, const TrainMetrics& metrics) {
      ModelHeader header;
      header.set_study(study.name());
      header.set_trial_number(study.best().number());
      *header.mutable_spec() = train.spec();
      *header.mutable_notes() = data.notes;
      *header.mutable_metrics() = metrics;
      return WriteWholeFile(model_file, SavedModel::Bytes(std::move(header), model));
    };
  }
  FinalResult result;
  result.set_trial_number(study.best().number());
  ASSIGN_OR_RETURN(*result.mutable_metrics(), Train(train, cache, hooks));
  return result;
}

}  // namespace parzen
