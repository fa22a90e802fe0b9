// What the samplers' tests are written in: a space from a few lines of text proto, and a study that runs its sampler.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "studies/samplers/sampler.h"

namespace parzen {

// A study in miniature. Trials are suggested in order and kept; all parts live as long as it does.
class SampledStudy {
 public:
  // `spec` is the text of a StudySpec; the rest of what a study needs is filled in.
  explicit SampledStudy(const std::string& spec);

  const SearchSpace& space() const { return space_; }
  const History& history() const { return history_; }

  // A sampler of this study that has seen nothing yet.
  absl::StatusOr<std::unique_ptr<Sampler>> NewSampler() const;
  Sampler& sampler();

  // The next point, which becomes a trial in `state`; nullopt when there is none left.
  std::optional<Point> Next(TrialState state = COMPLETE);
  // All points that are left, at most `limit`.
  std::vector<Point> Rest(size_t limit = 100000);
  void Add(const Point& point, TrialState state);

 private:
  StudySpec spec_;
  SearchSpace space_;
  History history_;
  std::unique_ptr<Sampler> sampler_;
};

}  // namespace parzen
