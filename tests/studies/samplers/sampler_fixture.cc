#include "tests/studies/samplers/sampler_fixture.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

StudySpec Parse(const std::string& text) {
  StudySpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  spec.set_name("study");
  if (spec.objective().empty()) spec.add_objective()->set_direction(MAXIMIZE);
  if (spec.has_train()) spec.mutable_train()->mutable_dataset()->mutable_digits();
  return spec;
}

SearchSpace Compile(const StudySpec& spec) {
  absl::StatusOr<SearchSpace> space = SearchSpace::Create(spec);
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

}  // namespace

SampledStudy::SampledStudy(const std::string& spec) : spec_(Parse(spec)), space_(Compile(spec_)) {}

std::vector<Direction> SampledStudy::Directions() const {
  std::vector<Direction> directions;
  for (const ObjectiveSpec& objective : spec_.objective()) directions.push_back(objective.direction());
  return directions;
}

absl::StatusOr<std::unique_ptr<Sampler>> SampledStudy::NewSampler() const {
  return MakeSampler({space_, spec_.search(), Directions(), history_, bracket_of_});
}

Sampler& SampledStudy::sampler() {
  if (sampler_ == nullptr) {
    absl::StatusOr<std::unique_ptr<Sampler>> made = NewSampler();
    EXPECT_TRUE(made.ok()) << made.status();
    sampler_ = *std::move(made);
  }
  return *sampler_;
}

void SampledStudy::Add(const Point& point, TrialState state) {
  const size_t number = history_.size();
  std::vector<double> values;
  for (int m = 0; m < spec_.objective_size() && state == COMPLETE; ++m) {
    values.push_back(static_cast<double>((number + 31 * m) * 7919 % 101) / 101);
  }
  Add(point, state, std::move(values));
}

void SampledStudy::Add(const Point& point, TrialState state, std::vector<double> values, double violation) {
  HistoryTrial trial;
  trial.number = static_cast<int64_t>(history_.size());
  trial.state = state;
  trial.point = point;
  trial.values = std::move(values);
  trial.violation = violation;
  history_.Add(std::move(trial));
}

Point SampledStudy::Try(const std::function<std::vector<double>(const Point&)>& objectives) {
  const std::optional<Point> point = Next(RUNNING);
  EXPECT_TRUE(point.has_value());
  history_.Move(history_.size() - 1, COMPLETE, objectives(*point));
  return *point;
}

std::optional<Point> SampledStudy::Next(TrialState state) {
  const absl::StatusOr<std::optional<Point>> point = sampler().Suggest(static_cast<int64_t>(history_.size()), 0);
  EXPECT_TRUE(point.ok()) << point.status();
  if (point->has_value()) Add(**point, state);
  return *point;
}

std::vector<Point> SampledStudy::Rest(size_t limit) {
  std::vector<Point> points;
  while (points.size() < limit) {
    const std::optional<Point> point = Next();
    if (!point.has_value()) break;
    points.push_back(*point);
  }
  return points;
}

}  // namespace parzen
