// The dispatcher's inputs that come from the command line: studies made, resumed, extended, and their final results.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
#include "studies/store/inferred_space.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

constexpr int kMaxFiles = 1024;

absl::Status CheckFiles(const CreateStudyRequest& request) {
  if (request.file_size() > kMaxFiles) return absl::InvalidArgumentError("too many dataset files");
  const std::vector<std::string> names = ReferencedFiles(request.spec().train());
  for (const DatasetFile& file : request.file()) {
    const bool digest =
        file.sha256().size() == 64 && file.sha256().find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
    const bool referenced = std::find(names.begin(), names.end(), file.name()) != names.end();
    if (!digest || !referenced || file.path().empty() || file.path()[0] != '/') {
      return absl::InvalidArgumentError(absl::StrCat(
          "dataset file \"", file.name(), "\" must be one that the study names, with an absolute path and a SHA-256"));
    }
  }
  TrainSpec train = request.spec().train();
  const absl::Status resolved = ResolveFiles(request.file(), train);
  if (!resolved.ok()) return absl::InvalidArgumentError(resolved.message());
  return absl::OkStatus();
}

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

// What is searched, and for how long.
struct Search {
  SearchSpace space;
  int64_t budget = 0;
};

// Checks options that only sampler and pruner themselves can. Without a budget in the spec, it is all points of a space
// that has an end.
absl::StatusOr<Search> CheckSearch(const StudySpec& spec) {
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec));
  std::vector<Direction> directions;
  for (const ObjectiveSpec& objective : spec.objective()) directions.push_back(objective.direction());
  const History history;
  RETURN_IF_ERROR(MakePruner({spec.search().pruner(), spec.name(), directions[0], history}).status());
  std::optional<int64_t> points;
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<Sampler> sampler, MakeSampler({space, spec.search(), directions, history}));
    points = sampler->TotalPoints();
  }
  if (spec.search().has_trials()) return Search{std::move(space), spec.search().trials()};
  if (!points.has_value()) {
    return absl::InvalidArgumentError("search.trials: missing; this sampler has no end of its own, write trials: 50");
  }
  // Points to try first need not be among them; the end of the space ends the study when they are.
  return Search{std::move(space), *points + spec.search().enqueue_size()};
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
  refusal = ProblemsToStatus(CheckStudySpec(spec), spec.name());
  if (refusal.ok()) refusal = CheckFiles(request);
  if (!refusal.ok()) return absl::OkStatus();
  const absl::StatusOr<Search> search = CheckSearch(spec);
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
    return refusal.ok() ? ResumeStudy(existing->study_id, files, search->budget) : absl::OkStatus();
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

absl::Status Dispatcher::ResumeStudy(int64_t study_id, const std::vector<DatasetFile>& files, int64_t budget) {
  // The same bytes may lie elsewhere by now.
  RETURN_IF_ERROR(store_.SetFiles(study_id, files));
  RETURN_IF_ERROR(store_.SetBudget(study_id, budget));
  RETURN_IF_ERROR(store_.SetStopped(study_id, false));
  return ReloadStudy(study_id);
}

absl::Status Dispatcher::PutFinalResult(const PutFinalResultRequest& request, absl::Status& refusal) {
  const absl::StatusOr<StoredStudy> study = store_.FindStudy(request.study());
  refusal = study.status();
  if (!refusal.ok()) return absl::OkStatus();
  const auto running = studies_.find(study->study_id);
  const int64_t number = request.result().trial_number();
  if (running == studies_.end() || number < 0 || number >= running->second->NextNumber()) {
    refusal = absl::NotFoundError(absl::StrCat("study \"", request.study(), "\" has no trial ", number));
    return absl::OkStatus();
  }
  return store_.SetFinalResult(study->study_id, request.result());
}

}  // namespace parzen
