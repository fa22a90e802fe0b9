// What the samplers' tests are written in: a space from a few lines of text proto, and a study that runs its sampler.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "studies/samplers/sampler.h"

namespace parzen {

// A study in miniature. Trials are suggested in order and kept; all parts live as long as it does.
class SampledStudy {
 public:
  // `spec` is the text of a StudySpec; the rest of what a study needs is filled in: an objective to maximise, and
  // digits to train on where it says `train`.
  explicit SampledStudy(const std::string& spec);

  const SearchSpace& space() const { return space_; }
  const History& history() const { return history_; }

  // From now on samplers are made for these brackets.
  void Divide(std::function<int32_t(int64_t number)> bracket_of) { bracket_of_ = std::move(bracket_of); }

  // A sampler of this study that has seen nothing yet.
  absl::StatusOr<std::unique_ptr<Sampler>> NewSampler() const;
  Sampler& sampler();

  // The next point, which becomes a trial in `state`; nullopt when there is none left.
  std::optional<Point> Next(TrialState state = COMPLETE);
  // All points that are left, at most `limit`.
  std::vector<Point> Rest(size_t limit = 100000);
  // Values that differ from trial to trial and repeat with the study, where the state has some.
  void Add(const Point& point, TrialState state);
  void Add(const Point& point, TrialState state, std::vector<double> values, double violation = 0);
  // The next point, which completes with the values that the objectives give it.
  Point Try(const std::function<std::vector<double>(const Point&)>& objectives);
  History& mutable_history() { return history_; }

 private:
  std::vector<Direction> Directions() const;

  StudySpec spec_;
  SearchSpace space_;
  History history_;
  std::function<int32_t(int64_t number)> bracket_of_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace parzen
