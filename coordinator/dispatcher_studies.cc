// The dispatcher's inputs that come from the command line: studies made, resumed, extended.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
#include "coordinator/new_study.h"
#include "studies/store/inferred_space.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

// The study that exists, if it is the one that is asked for; an error that says what differs otherwise.
absl::Status CheckSameStudy(const StoredStudy& existing, const CreateStudyRequest& request) {
  const std::string name = absl::StrCat("a study \"", existing.name, "\" exists");
  if (!existing.unreadable.empty()) return absl::FailedPreconditionError(existing.unreadable);
  if (!SameStudy(*existing.spec, request.spec())) {
    return absl::AlreadyExistsError(
        absl::StrCat(name, " with another spec: ", DescribeDifference(*existing.spec, request.spec())));
  }
  absl::flat_hash_map<std::string, std::string> known;
  for (const DatasetFile& file : existing.files) known[file.name()] = file.sha256();
  for (const DatasetFile& file : request.file()) {
    if (known[file.name()] != file.sha256()) {
      return absl::AlreadyExistsError(absl::StrCat(name, ", and its dataset file ", file.name(),
                                                   " held other bytes (SHA-256 ", known[file.name()].substr(0, 12),
                                                   "..., now ", file.sha256().substr(0, 12), "...)"));
    }
  }
  return absl::OkStatus();
}

// Whether a study that another program made can go on under this spec.
absl::Status CheckTakeover(Database& database, const StoredStudy& existing, const StudySpec& spec,
                           const SearchSpace& space) {
  const std::string name = absl::StrCat("a study \"", existing.name, "\" exists, made by another program, ");
  std::vector<Direction> directions;
  for (const ObjectiveSpec& objective : spec.objective()) directions.push_back(objective.direction());
  if (directions != existing.directions) {
    const auto append = [](std::string* out, Direction direction) { out->append(Direction_Name(direction)); };
    return absl::AlreadyExistsError(
        absl::StrCat(name, "with other objectives: ", absl::StrJoin(existing.directions, ", ", append),
                     " in the database, ", absl::StrJoin(directions, ", ", append), " now"));
  }
  ASSIGN_OR_RETURN(const std::vector<NamedDistribution> stored, StoredDistributions(database, existing.study_id));
  const absl::Status fits = CheckSpaceFits(stored, space);
  if (fits.ok()) return absl::OkStatus();
  return absl::AlreadyExistsError(absl::StrCat(name, "whose trials do not fit the study file: ", fits.message()));
}

}  // namespace

absl::Status Dispatcher::CreateStudy(const CreateStudyRequest& request, Now now, absl::Status& refusal) {
  const StudySpec& spec = request.spec();
  const absl::StatusOr<NewStudy> search = CheckNewStudy(request);
  refusal = search.status();
  if (!refusal.ok()) return absl::OkStatus();

  const std::vector<DatasetFile> files(request.file().begin(), request.file().end());
  const absl::StatusOr<StoredStudy> existing = store_.FindStudy(spec.name());
  if (absl::IsNotFound(existing.status())) {
    ASSIGN_OR_RETURN(const int64_t study_id, store_.CreateStudy(spec, files, search->budget, now.wall));
    spdlog::info("study \"{}\" created, {} trials", spec.name(), search->budget);
    return BeginStudy(study_id, spec.name(), search->space);
  }
  RETURN_IF_ERROR(existing.status());
  if (existing->spec.has_value() || !existing->unreadable.empty()) {
    refusal = CheckSameStudy(*existing, request);
    if (refusal.ok() && !studies_.contains(existing->study_id)) {
      refusal = absl::FailedPreconditionError(
          absl::StrCat("study \"", spec.name(), "\" could not be loaded; the coordinator's log says why"));
    }
    return refusal.ok() ? ResumeStudy(existing->study_id, files, search->budget, now) : absl::OkStatus();
  }
  refusal = CheckTakeover(store_.database(), *existing, spec, search->space);
  if (!refusal.ok()) return absl::OkStatus();
  // What cannot be loaded (numbers with gaps) is not to be taken over.
  Savepoint takeover(store_);
  RETURN_IF_ERROR(takeover.status());
  RETURN_IF_ERROR(store_.AdoptStudy(existing->study_id, spec, files, search->budget, now.wall));
  refusal = BeginStudy(existing->study_id, spec.name(), search->space);
  if (!refusal.ok()) return store_.transaction_status();
  spdlog::info("study \"{}\" taken over from another program, {} trials", spec.name(), search->budget);
  return takeover.Keep();
}

absl::Status Dispatcher::BeginStudy(int64_t study_id, const std::string& name, const SearchSpace& space) {
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(name));
  ASSIGN_OR_RETURN(std::unique_ptr<RunningStudy> study, RunningStudy::Load(stored, store_));
  const int64_t first = study->NextNumber();
  for (size_t i = 0; i < space.enqueued().size(); ++i) {
    RETURN_IF_ERROR(
        store_.EnqueueTrial(study_id, first + static_cast<int64_t>(i), space, space.enqueued()[i]).status());
  }
  RETURN_IF_ERROR(study->Refresh(store_).status());
  studies_[study_id] = std::move(study);
  return absl::OkStatus();
}

absl::Status Dispatcher::ResumeStudy(int64_t study_id, const std::vector<DatasetFile>& files, int64_t budget, Now now) {
  // The same bytes may lie elsewhere by now.
  RETURN_IF_ERROR(store_.SetFiles(study_id, files));
  RETURN_IF_ERROR(store_.SetBudget(study_id, budget));
  // Whoever wants more has the sampler asked once more.
  const auto known = studies_.find(study_id);
  if (known != studies_.end() && budget > known->second->stored().budget) {
    RETURN_IF_ERROR(store_.SetSpaceFinished(study_id, false));
  }
  RETURN_IF_ERROR(store_.SetStopped(study_id, false));
  if (known != studies_.end() && known->second->stored().stopped) {
    RETURN_IF_ERROR(store_.SetDeadline(study_id, DeadlineOf(known->second->spec(), now.wall)));
  }
  return ReloadStudy(study_id);
}

}  // namespace parzen
