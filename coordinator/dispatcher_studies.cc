// The dispatcher's inputs that come from the command line: studies made, resumed, extended, and their final results.
#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/dispatcher.h"
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
  if (!existing.spec.has_value()) return absl::AlreadyExistsError(absl::StrCat(name, ", made by another program"));
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

// The budget that is asked for; without one, all points of a space that has an end.
absl::StatusOr<int64_t> BudgetOf(const StudySpec& spec) {
  if (spec.search().has_trials()) return spec.search().trials();
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(spec));
  std::vector<Direction> directions;
  for (const ObjectiveSpec& objective : spec.objective()) directions.push_back(objective.direction());
  const History history;
  ASSIGN_OR_RETURN(const std::unique_ptr<Sampler> sampler, MakeSampler({space, spec.search(), directions, history}));
  const std::optional<int64_t> points = sampler->TotalPoints();
  if (!points.has_value()) {
    return absl::InvalidArgumentError("search.trials: missing; this sampler has no end of its own, write trials: 50");
  }
  // Points to try first need not be among them; the end of the space ends the study when they are.
  return *points + spec.search().enqueue_size();
}

// Options of sampler and pruner that only they can check.
absl::Status CheckSearch(const StudySpec& spec) {
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(spec));
  std::vector<Direction> directions;
  for (const ObjectiveSpec& objective : spec.objective()) directions.push_back(objective.direction());
  const History history;
  RETURN_IF_ERROR(MakeSampler({space, spec.search(), directions, history}).status());
  return MakePruner({spec.search().pruner(), spec.name(), directions[0], history}).status();
}

}  // namespace

absl::Status Dispatcher::CreateStudy(const CreateStudyRequest& request, Now now, absl::Status& refusal) {
  const StudySpec& spec = request.spec();
  refusal = ProblemsToStatus(CheckStudySpec(spec), spec.name());
  if (refusal.ok()) refusal = CheckFiles(request);
  if (refusal.ok()) refusal = CheckSearch(spec);
  if (!refusal.ok()) return absl::OkStatus();
  const absl::StatusOr<int64_t> budget = BudgetOf(spec);
  refusal = budget.status();
  if (!refusal.ok()) return absl::OkStatus();

  const absl::StatusOr<StoredStudy> existing = store_.FindStudy(spec.name());
  if (existing.ok()) {
    refusal = CheckSameStudy(*existing, request);
    const auto running = studies_.find(existing->study_id);
    if (refusal.ok() && running == studies_.end()) {
      refusal = absl::FailedPreconditionError(
          absl::StrCat("study \"", spec.name(), "\" could not be loaded; the coordinator's log says why"));
    }
    if (!refusal.ok()) return absl::OkStatus();
    // The same bytes may lie elsewhere by now.
    RETURN_IF_ERROR(store_.SetFiles(existing->study_id, {request.file().begin(), request.file().end()}));
    RETURN_IF_ERROR(store_.SetBudget(existing->study_id, *budget));
    running->second->SetFiles({request.file().begin(), request.file().end()});
    running->second->SetBudget(*budget);
    return absl::OkStatus();
  }
  if (!absl::IsNotFound(existing.status())) return existing.status();
  const std::vector<DatasetFile> files(request.file().begin(), request.file().end());
  ASSIGN_OR_RETURN(const int64_t study_id, store_.CreateStudy(spec, files, *budget, now.wall));
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(spec));
  for (size_t i = 0; i < space.enqueued().size(); ++i) {
    RETURN_IF_ERROR(store_.EnqueueTrial(study_id, static_cast<int64_t>(i), space, space.enqueued()[i]).status());
  }
  ASSIGN_OR_RETURN(const StoredStudy stored, store_.FindStudy(spec.name()));
  ASSIGN_OR_RETURN(studies_[stored.study_id], RunningStudy::Load(stored, store_));
  spdlog::info("study \"{}\" created, {} trials", spec.name(), *budget);
  return absl::OkStatus();
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
