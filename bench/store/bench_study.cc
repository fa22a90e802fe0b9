#include "bench/store/bench_study.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/random_stream.h"
#include "base/status_macros.h"
#include "studies/distribution.h"
#include "studies/store/stored_value.h"

namespace parzen {
namespace {

constexpr uint64_t kSeed = 1;
const absl::Time kStart = absl::FromUnixSeconds(1'795'176'000);

}  // namespace

StudySpec BenchSpec(const std::string& name, int parameters) {
  StudySpec spec;
  spec.set_name(name);
  spec.mutable_function()->mutable_noop();
  spec.add_objective()->set_metric("value");
  spec.mutable_objective(0)->set_direction(MINIMIZE);
  for (int i = 0; i < parameters; ++i) {
    ParameterSpec& parameter = *spec.add_parameter();
    parameter.set_name(absl::StrCat("parameter_", i));
    if (i == 8) {
      parameter.mutable_int_()->set_low(1);
      parameter.mutable_int_()->set_high(100);
    } else if (i == 9) {
      for (const char* const choice : {"adam", "sgd", "rmsprop"}) parameter.mutable_categorical()->add_choice(choice);
    } else {
      parameter.mutable_float_()->set_low(0.001);
      parameter.mutable_float_()->set_high(1);
      parameter.mutable_float_()->set_log(i % 2 == 1);
    }
  }
  spec.mutable_search()->mutable_sampler()->mutable_random();
  spec.mutable_search()->set_trials(100'000'000);
  return spec;
}

BenchTrials::BenchTrials(SearchSpace space) : space_(std::move(space)) {
  for (size_t i = 0; i < space_.size(); ++i) distributions_.push_back(DistributionToJson(space_.distribution(i)));
}

absl::StatusOr<BenchTrials> BenchTrials::Create(const StudySpec& spec) {
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec));
  return BenchTrials(std::move(space));
}

TrialRecord BenchTrials::Make(int64_t number) const {
  RandomStream random(kSeed, number, "bench");
  TrialRecord trial;
  trial.set_number(number);
  trial.set_state(COMPLETE);
  const absl::Time start = kStart + absl::Milliseconds(number);
  trial.set_started(ToDateTime(start));
  trial.set_completed(ToDateTime(start + absl::Microseconds(730)));
  for (size_t i = 0; i < space_.size(); ++i) {
    const Distribution& distribution = space_.distribution(i);
    NamedJson& parameter = *trial.add_parameter();
    parameter.set_name(space_.name(i));
    const double drawn = std::holds_alternative<IntDistribution>(distribution)           ? 1 + 99 * random.Uniform()
                         : std::holds_alternative<CategoricalDistribution>(distribution) ? 2 * random.Uniform()
                                                                                         : random.Uniform();
    parameter.set_json(ValueToJson(distribution, NearestValue(distribution, drawn)));
    trial.add_distribution(number == 0 ? distributions_[i] : "");
  }
  for (int step = 0; step < kBenchSteps; ++step) {
    StepValue& value = *trial.add_step();
    value.set_step(step);
    value.set_value(random.Uniform());
  }
  trial.add_value(random.Uniform());
  return trial;
}

}  // namespace parzen
