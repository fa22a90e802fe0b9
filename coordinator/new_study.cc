#include "coordinator/new_study.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "studies/history.h"
#include "studies/pruners/pruner.h"
#include "studies/samplers/sampler.h"
#include "studies/study_file.h"

namespace parzen {
namespace {

constexpr int kMaxFiles = 1024;

absl::Status CheckFiles(const CreateStudyRequest& request) {
  if (request.file_size() > kMaxFiles) return absl::InvalidArgumentError("too many dataset files");
  const std::vector<std::string> names = ReferencedFiles(request.spec().train());
  for (const DatasetFile& file : request.file()) {
    const bool digest = IsSha256(absl::AsciiStrToLower(file.sha256()));
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

// Checks options that only sampler and pruner themselves can. Without a budget in the spec, it is all points of a space
// that has an end.
absl::StatusOr<NewStudy> CheckSearch(const StudySpec& spec) {
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
  if (spec.search().has_trials()) return NewStudy{std::move(space), spec.search().trials()};
  if (!points.has_value()) {
    return absl::InvalidArgumentError("search.trials: missing; this sampler has no end of its own, write trials: 50");
  }
  // Points to try first need not be among them; the end of the space ends the study when they are.
  return NewStudy{std::move(space), *points + spec.search().enqueue_size()};
}

}  // namespace

absl::StatusOr<NewStudy> CheckNewStudy(const CreateStudyRequest& request) {
  RETURN_IF_ERROR(ProblemsToStatus(CheckStudySpec(request.spec()), request.spec().name()));
  RETURN_IF_ERROR(CheckFiles(request));
  return CheckSearch(request.spec());
}

}  // namespace parzen
