#include "tests/studies/samplers/sampler_fixture.h"

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

StudySpec Parse(const std::string& text) {
  StudySpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  spec.set_name("study");
  spec.add_objective()->set_direction(MAXIMIZE);
  spec.mutable_train()->mutable_dataset()->mutable_digits();
  return spec;
}

SearchSpace Compile(const StudySpec& spec) {
  absl::StatusOr<SearchSpace> space = SearchSpace::Create(spec);
  EXPECT_TRUE(space.ok()) << space.status();
  return *std::move(space);
}

}  // namespace

SampledStudy::SampledStudy(const std::string& spec) : spec_(Parse(spec)), space_(Compile(spec_)) {}

absl::StatusOr<std::unique_ptr<Sampler>> SampledStudy::NewSampler() const {
  return MakeSampler({space_, spec_.search(), {MAXIMIZE}, history_});
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
  HistoryTrial trial;
  trial.number = static_cast<int64_t>(history_.size());
  trial.state = state;
  trial.point = point;
  // Any value will do, as long as it differs from trial to trial and repeats with the study.
  if (state == COMPLETE) trial.values = {static_cast<double>(trial.number * 7919 % 101) / 101};
  history_.Add(std::move(trial));
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
