#include "tests/coordinator/simulator/scenario.h"

#include <cmath>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/text_format.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {
namespace {

// Evenly over the orders of magnitude.
absl::Duration DrawDuration(RandomStream& random, absl::Duration low, absl::Duration high) {
  const double ratio = absl::FDivDuration(high, low);
  return absl::Microseconds(absl::ToInt64Microseconds(low * std::pow(ratio, random.Uniform())));
}

void AddParameters(RandomStream& random, StudySpec& spec) {
  const auto add = [&](const std::string& name, const std::string& domain) {
    ParameterSpec& parameter = *spec.add_parameter();
    const bool parsed = google::protobuf::TextFormat::ParseFromString(domain, &parameter);
    if (!parsed) std::abort();
    parameter.set_name(name);
  };
  switch (random.Below(4)) {
    case 0:  // so few points that the space may be finished first
      add("x", absl::StrCat("int { low: 0 high: ", 1 + random.Below(3), " }"));
      add("y", "categorical { choice: '1' choice: '2' }");
      break;
    case 1:
      add("x", "float { low: -5 high: 5 }");
      break;
    case 2:
      add("x", "float { low: 0.001 high: 5 log: true }");
      add("y", "int { low: 0 high: 50 }");
      break;
    default:
      add("x", "float { low: -5 high: 5 }");
      add("y", "categorical { choice: '1' choice: '2' choice: '3' }");
      add("z", "int { low: 1 high: 9 } when { parameter: 'y' equals: '2' }");
  }
}

void DrawSearch(RandomStream& random, bool curve, SearchSpec& search) {
  search.set_trials(static_cast<int64_t>(1 + random.Below(14)));
  search.set_seed(static_cast<int64_t>(random.Below(1000)));
  search.set_max_attempts(static_cast<int32_t>(1 + random.Below(4)));
  switch (random.Below(6)) {
    case 0:
      search.mutable_sampler()->mutable_random();
      break;
    case 1:
      search.mutable_sampler()->mutable_grid()->set_points(3);
      break;
    case 2:
      search.mutable_sampler()->mutable_tpe()->set_startup_trials(3);
      break;
    case 3:
      search.mutable_sampler()->mutable_sobol();
      break;
    case 4:
      search.mutable_sampler()->mutable_halton();
      break;
    default:
      search.mutable_sampler()->mutable_nsga2()->set_population(4);
  }
  if (curve && Chance(random, 0.7)) {
    if (Chance(random, 0.5)) {
      search.mutable_pruner()->mutable_median()->set_startup_trials(1);
    } else {
      SuccessiveHalvingPruner& halving = *search.mutable_pruner()->mutable_successive_halving();
      halving.set_promote(Chance(random, 0.6));
      if (halving.promote()) halving.set_reduction_factor(2 + static_cast<int32_t>(random.Below(3)));
    }
  }
  if (Chance(random, 0.3)) search.set_retries(static_cast<int32_t>(random.Below(3)));
  if (Chance(random, 0.2)) search.set_trial_time_limit_seconds(random.Uniform(1, 20));
  if (Chance(random, 0.1)) search.set_time_limit_seconds(random.Uniform(5, 100));
  for (uint64_t i = random.Below(3); i > 0 && Chance(random, 0.5); --i) {
    FixedValue& value = *search.add_enqueue()->add_set();
    value.set_parameter("x");
    value.set_value("1");
  }
}

StudyPlan DrawStudy(RandomStream& random, int index) {
  StudyPlan plan;
  StudySpec& spec = plan.spec;
  spec.set_name(absl::StrCat("study-", index));
  spec.add_objective()->set_direction(Chance(random, 0.5) ? MINIMIZE : MAXIMIZE);
  spec.mutable_function()->mutable_sphere();
  const bool curve = Chance(random, 0.5);
  if (curve) spec.mutable_function()->mutable_curve()->set_steps(static_cast<int32_t>(1 + random.Below(6)));
  AddParameters(random, spec);
  DrawSearch(random, curve, *spec.mutable_search());
  if (Chance(random, 0.5)) spec.mutable_placement()->set_weight(random.Uniform(0.5, 4));
  plan.created = DurationBetween(random, absl::ZeroDuration(), absl::Seconds(10));
  plan.trial_time = DrawDuration(random, absl::Milliseconds(10), absl::Seconds(15));
  if (Chance(random, 0.3)) plan.failing = random.Uniform(0, 0.3);
  if (Chance(random, 0.3)) plan.crashing = random.Uniform(0, 0.3);
  return plan;
}

WorkerPlan DrawWorker(RandomStream& random) {
  WorkerPlan plan;
  plan.slots = static_cast<int>(1 + random.Below(3));
  plan.link.delay = DrawDuration(random, absl::Microseconds(50), absl::Milliseconds(Chance(random, 0.1) ? 450 : 50));
  plan.link.jitter = DrawDuration(random, absl::Microseconds(10), absl::Milliseconds(200));
  plan.clock_rate = random.Uniform(0.95, 1.05);
  plan.spools = Chance(random, 0.5);
  plan.labelled = Chance(random, 0.5);
  return plan;
}

// Most runs have some kinds of trouble, some all of them, some none.
Troubles DrawTroubles(RandomStream& random) {
  const double share = random.Uniform();
  const auto draw = [&](absl::Duration often, absl::Duration seldom) {
    return Chance(random, share) ? DrawDuration(random, often, seldom) : absl::InfiniteDuration();
  };
  Troubles troubles;
  troubles.worker_killed = draw(absl::Seconds(3), absl::Seconds(60));
  troubles.worker_stopped = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.worker_drained = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.worker_frozen = draw(absl::Seconds(3), absl::Seconds(60));
  troubles.stream_broken = draw(absl::Seconds(1), absl::Seconds(30));
  troubles.worker_cut_off = draw(absl::Seconds(3), absl::Seconds(60));
  troubles.coordinator_killed = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.coordinator_frozen = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.disk_full = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.clock_jump = draw(absl::Seconds(5), absl::Seconds(60));
  troubles.edit = draw(absl::Seconds(1), absl::Seconds(20));
  troubles.foreign_write = draw(absl::Seconds(1), absl::Seconds(20));
  if (Chance(random, share)) troubles.commit_fails = random.Uniform(0, 0.05);
  if (Chance(random, share)) troubles.dies_before_commit = random.Uniform(0, 0.02);
  if (Chance(random, share)) troubles.dies_after_commit = random.Uniform(0, 0.02);
  if (Chance(random, share)) troubles.dies_while_answering = random.Uniform(0, 0.02);
  if (Chance(random, share)) troubles.cannot_begin = random.Uniform(0, 0.3);
  return troubles;
}

}  // namespace

Scenario DrawScenario(uint64_t seed) {
  RandomStream random(seed, 0, "scenario");
  Scenario scenario;
  scenario.lease = DrawDuration(random, absl::Seconds(2), absl::Seconds(30));
  const uint64_t workers = 1 + random.Below(4);
  for (uint64_t i = 0; i < workers; ++i) scenario.workers.push_back(DrawWorker(random));
  const int studies = static_cast<int>(1 + random.Below(3));
  for (int i = 0; i < studies; ++i) scenario.studies.push_back(DrawStudy(random, i));
  // What only some workers can do.
  for (const WorkerPlan& worker : scenario.workers) {
    StudySpec& spec = scenario.studies[random.Below(scenario.studies.size())].spec;
    if (worker.labelled && Chance(random, 0.2) && spec.placement().label().empty()) {
      spec.mutable_placement()->add_label("gpu");
    }
  }
  scenario.troubles = DrawTroubles(random);
  scenario.commit_time = DrawDuration(random, absl::Microseconds(20), absl::Milliseconds(50));
  scenario.calm = DurationBetween(random, absl::Seconds(20), absl::Seconds(90));
  for (WorkerPlan& worker : scenario.workers) worker.asks_ahead = Chance(random, 0.5);
  return scenario;
}

StudyPlan DrawDeterministicStudy(uint64_t seed) {
  StudyPlan study = DrawScenario(seed).studies[0];
  study.crashing = 0;
  study.spec.clear_placement();
  SearchSpec& search = *study.spec.mutable_search();
  if (search.pruner().has_successive_halving()) search.mutable_pruner()->mutable_successive_halving()->clear_promote();
  // Half of them with a pruner, whose verdicts may come late, or with the end.
  if (seed % 2 == 0) {
    study.spec.mutable_function()->mutable_curve()->set_steps(static_cast<int32_t>(2 + seed % 5));
    search.mutable_pruner()->mutable_median()->set_startup_trials(1);
  }
  search.set_trials(search.trials() + 6);
  search.set_deterministic(true);
  search.set_look_ahead(static_cast<int32_t>(1 + seed % 8));
  search.set_max_attempts(1000);
  search.clear_trial_time_limit_seconds();
  search.clear_time_limit_seconds();
  return study;
}

Scenario WithStudy(Scenario scenario, StudyPlan study) {
  scenario.studies = {std::move(study)};
  scenario.troubles.edit = scenario.troubles.foreign_write = absl::InfiniteDuration();
  return scenario;
}

}  // namespace parzen
