#include "studies/trial_task.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/metrics.h"

namespace parzen {
namespace {

// What a test function takes from a category: its number where all choices are numbers, its index otherwise.
double Coordinate(const Distribution& distribution, double internal) {
  const auto* const categories = std::get_if<CategoricalDistribution>(&distribution);
  if (categories == nullptr) return internal;
  double chosen = internal;
  for (size_t i = 0; i < categories->choices.size(); ++i) {
    const auto* const whole = std::get_if<int64_t>(&categories->choices[i]);
    const auto* const real = std::get_if<double>(&categories->choices[i]);
    if (whole == nullptr && real == nullptr) return internal;
    if (static_cast<double>(i) == internal) chosen = whole != nullptr ? static_cast<double>(*whole) : *real;
  }
  return chosen;
}

FunctionTask MakeFunctionTask(const StudySpec& spec, const SearchSpace& space, const Point& point, int64_t number) {
  FunctionTask task;
  *task.mutable_spec() = spec.function();
  for (size_t i = 0; i < point.size(); ++i) {
    task.add_x(point[i].has_value() ? Coordinate(space.distribution(i), *point[i]) : 0);
  }
  task.set_study_seed(static_cast<uint64_t>(spec.search().seed()));
  task.set_trial_number(number);
  return task;
}

CommandTask MakeCommandTask(const StudySpec& spec, const SearchSpace& space, const Point& point, int64_t number) {
  std::string parameters;
  for (size_t i = 0; i < point.size(); ++i) {
    if (!point[i].has_value()) continue;
    absl::StrAppend(&parameters, parameters.empty() ? "" : ", ", JsonString(space.name(i)), ": ",
                    space.ToJson(i, *point[i]));
  }
  CommandTask task;
  *task.mutable_spec() = spec.command();
  task.set_trial_number(number);
  task.set_input(absl::StrCat("{\"study\": ", JsonString(spec.name()), ", \"trial\": ", number,
                              ", \"seed\": ", spec.search().seed(), ", \"parameters\": {", parameters, "}}"));
  return task;
}

}  // namespace

absl::StatusOr<TrialTask> MakeTrialTask(const StudySpec& spec, const SearchSpace& space, const Point& point,
                                        int64_t number, const std::vector<DatasetFile>& files) {
  if (const absl::Status status = space.Check(point); !status.ok()) return absl::InternalError(status.message());
  TrialTask task;
  switch (spec.work_case()) {
    case StudySpec::kTrain: {
      TrainTask& train = *task.mutable_train();
      ASSIGN_OR_RETURN(*train.mutable_spec(), space.Apply(point));
      train.set_study_seed(static_cast<uint64_t>(spec.search().seed()));
      train.set_trial_number(number);
      train.set_watched_metric(MetricOf(spec, 0));
      for (const DatasetFile& file : files) *train.add_files() = file;
      return task;
    }
    case StudySpec::kFunction:
      *task.mutable_function() = MakeFunctionTask(spec, space, point, number);
      return task;
    case StudySpec::kCommand:
      *task.mutable_command() = MakeCommandTask(spec, space, point, number);
      return task;
    case StudySpec::WORK_NOT_SET:
      break;
  }
  return absl::InternalError("a study without work");
}

}  // namespace parzen
