#include "cli/training_check.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "studies/problem.h"
#include "studies/search_space.h"
#include "worker/train_spec_check.h"

namespace parzen {
namespace {

constexpr int kPoints = 64;

Point RandomPoint(const SearchSpace& space, RandomStream random) {
  Point point(space.size());
  for (const size_t i : space.activation_order()) {
    if (space.IsActive(i, point)) point[i] = space.axis(i).FromUnit(random.Uniform());
  }
  return point;
}

}  // namespace

absl::StatusOr<std::string> CheckTrainings(const StudySpec& spec, const StudyText& text, absl::string_view file) {
  ASSIGN_OR_RETURN(const SearchSpace space, SearchSpace::Create(spec));
  const RandomStream stream(static_cast<uint64_t>(spec.search().seed()), 0, "check");
  const int points = space.size() == 0 ? 1 : kPoints;
  absl::Status first;
  int failed = 0;
  for (int i = 0; i < points; ++i) {
    ASSIGN_OR_RETURN(const TrainSpec train, space.Apply(RandomPoint(space, stream.Fork(static_cast<uint64_t>(i)))));
    const absl::Status status = CheckTrainSpec(train);
    if (status.ok()) continue;
    first.Update(status);
    ++failed;
  }
  if (failed == 0) return "";
  const std::string why = absl::StrCat("train.", first.message());
  if (failed == points) {
    // "train.mlp.layers: 3 is more than ...": the field, and what is wrong with it.
    const std::pair<std::string, std::string> parts = absl::StrSplit(why, absl::MaxSplits(": ", 1));
    return ProblemsToStatus({{parts.first, parts.second, text.LineOf(parts.first)}}, file);
  }
  return absl::StrCat(failed, " of ", points,
                      " points drawn at random cannot be trained, so such trials will fail; the first: ", why);
}

}  // namespace parzen
