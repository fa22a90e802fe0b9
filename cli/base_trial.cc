#include "cli/base_trial.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "cli/cache_folder.h"
#include "cli/stored_task.h"
#include "cli/whole_file.h"
#include "studies/reports/shown_artifacts.h"

namespace parzen {
namespace {

// A result that is kept has to fit into a message, and so have its activations.
constexpr int64_t kMostActivationBytes = 64 << 20;

// A file with these bytes, where whoever has the same bytes finds it again.
absl::StatusOr<std::string> PutIntoCache(const std::string& name, const std::string& bytes) {
  ASSIGN_OR_RETURN(const std::string cache, DefaultCacheFolder());
  const std::string digest = absl::BytesToHexString(Sha256Of(bytes));
  const std::filesystem::path folder = std::filesystem::path(cache) / "activations" / digest;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::UnavailableError(absl::StrCat("cannot make ", folder.string(), ": ", error.message()));
  const std::string path = (folder / name).string();
  RETURN_IF_ERROR(WriteWholeFile(path, bytes));
  return path;
}

// Activations that the trial has kept, as a dataset.
absl::StatusOr<TrainSpec> ActivationsOf(StudySource& source, const StudySummary& study, int64_t trial) {
  ListArtifactsRequest request;
  request.set_study(study.name());
  request.set_number(trial);
  ASSIGN_OR_RETURN(const ListArtifactsResponse artifacts, source.ListArtifacts(request));
  const bool is_final = study.has_final() && study.final().trial_number() == trial;
  for (const std::string& prefix : {std::string("test_"), std::string()}) {
    const std::string name = prefix + "activations";
    const bool is_there = std::any_of(artifacts.artifact().begin(), artifacts.artifact().end(),
                                      [&](const ArtifactRecord& one) { return one.name() == name + ".npy"; });
    if (!is_there || (!prefix.empty() && !is_final)) continue;
    TrainSpec train;
    Npy& npy = *train.mutable_dataset()->mutable_npy();
    for (const auto& [ending, field] :
         {std::pair(".npy", npy.mutable_file()), std::pair(".json", npy.mutable_labels())}) {
      ASSIGN_OR_RETURN(const std::string bytes,
                       ReadArtifact(source, study.name(), trial, name + ending, kMostActivationBytes));
      ASSIGN_OR_RETURN(*field, PutIntoCache(name + ending, bytes));
    }
    return train;
  }
  return absl::FailedPreconditionError(absl::StrCat("trial ", trial, " of study \"", study.name(),
                                                    "\" has kept no activations; its study file says ",
                                                    "how many rows' with train { keep { activations: 5000 } }"));
}

}  // namespace

absl::StatusOr<BaseTrial> FindBaseTrialOf(StudySource& source, const std::string& name, const BaseSpec& base) {
  const absl::StatusOr<StudySummary> self = GetStudy(source, name);
  const bool known = self.ok() && self->spec().base().study() == base.study() &&
                     (!base.has_trial() || self->spec().base().trial() == base.trial()) &&
                     self->spec().base().activations() == base.activations();
  // It has all that it began with, whatever has become of that study since.
  if (known) return BaseTrial{self->spec().train(), self->spec().base().trial()};
  const absl::StatusOr<StudySummary> study = GetStudy(source, base.study());
  if (absl::IsNotFound(study.status())) {
    return absl::NotFoundError(
        absl::StrCat(study.status().message(), "; run that study first, into the same database"));
  }
  RETURN_IF_ERROR(study.status());
  if (!study->spec().has_train()) {
    return absl::FailedPreconditionError(absl::StrCat("study \"", base.study(), "\" trains nothing"));
  }
  TrialRecord trial;
  if (base.has_trial()) {
    ASSIGN_OR_RETURN(trial, GetTrial(source, base.study(), base.trial()));
  } else if (study->has_best()) {
    trial = study->best();
  } else {
    return absl::FailedPreconditionError(absl::StrCat(
        "study \"", base.study(), "\" has no best trial",
        study->direction_size() > 1 ? ": it has several objectives; name one with base { trial: N }" : " yet"));
  }
  if (base.activations()) {
    ASSIGN_OR_RETURN(TrainSpec train, ActivationsOf(source, *study, trial.number()));
    return BaseTrial{std::move(train), trial.number()};
  }
  ASSIGN_OR_RETURN(const TrialTask task, StoredTask(*study, trial, {}));
  return BaseTrial{task.train().spec(), trial.number()};
}

}  // namespace parzen
