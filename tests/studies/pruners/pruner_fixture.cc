#include "tests/studies/pruners/pruner_fixture.h"

#include <google/protobuf/text_format.h>

#include <utility>

namespace parzen {

PrunerSpec PrunerText(const std::string& text) {
  PrunerSpec spec;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &spec)) << text;
  return spec;
}

PrunedStudy::PrunedStudy(const std::string& pruner, Direction direction, const std::string& name, int64_t trials)
    : spec_(PrunerText(pruner)), name_(name), direction_(direction), trials_(trials), pruner_(*NewPruner()) {}

absl::StatusOr<std::unique_ptr<Pruner>> PrunedStudy::NewPruner() const {
  return MakePruner({spec_, name_, direction_, history_, nullptr, &trials_});
}

size_t PrunedStudy::Start() {
  HistoryTrial trial;
  trial.number = static_cast<int64_t>(history_.size());
  history_.Add(std::move(trial));
  return history_.size() - 1;
}

PrunerDecision PrunedStudy::Report(size_t trial, int64_t step, double value) {
  Tell(trial, step, value);
  return pruner_->Judge(trial, step);
}

void PrunedStudy::Finish(size_t trial, TrialState state, std::vector<double> values, double violation) {
  history_.Move(trial, state, std::move(values), violation);
}

size_t PrunedStudy::Completed(const std::vector<double>& curve, double violation) {
  const size_t trial = Start();
  for (size_t i = 0; i < curve.size(); ++i) Tell(trial, static_cast<int64_t>(i) + 1, curve[i]);
  Finish(trial, COMPLETE, {curve.empty() ? 0 : curve.back()}, violation);
  return trial;
}

}  // namespace parzen
