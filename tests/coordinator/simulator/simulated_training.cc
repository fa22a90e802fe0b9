// What goes on in a simulated worker's slots.
#include <utility>

#include "tests/coordinator/simulator/simulated_worker.h"

namespace parzen {
namespace {

// Sphere, with a little of the trial's number in it, so that no two trials look alike.
double ValueOf(const FunctionTask& task) {
  double sum = 1e-6 * static_cast<double>(task.trial_number());
  for (const double x : task.x()) sum += x * x;
  return sum;
}

}  // namespace

SimulatedWorker::Job* SimulatedWorker::JobBefore(absl::string_view token) {
  for (Job& job : jobs_) {
    if (job.next.lease() != nullptr && job.next.lease()->token() == token) return &job;
  }
  return nullptr;
}

std::vector<Lease> SimulatedWorker::Held() const {
  std::vector<Lease> held;
  for (const Job& job : jobs_) {
    if (job.lease.has_value() && !job.unwanted) held.push_back(*job.lease);
    if (job.next.lease() != nullptr) held.push_back(*job.next.lease());
  }
  return held;
}

void SimulatedWorker::Wait(Job& job, const Assignment& assignment) {
  job.next.Wait({assignment, /*cluster_id=*/""}, world_.now());
  if (!job.lease.has_value()) return StartNext(job);
  world_.Count("trial waited for its slot");
  const size_t slot = static_cast<size_t>(&job - jobs_.data());
  Later(NextTrial::kLongestWait, [this, slot] {
    if (world_.now() < jobs_[slot].next.LateAt()) return;  // another one waits there, or none
    world_.Count("trial waited too long");
    GiveBackNext(jobs_[slot]);
  });
}

void SimulatedWorker::StartNext(Job& job) {
  const std::optional<NextTrial::Waiting> next = job.next.Take();
  if (!next.has_value()) return;
  job.lease = next->assignment.lease();
  job.unwanted = false;
  StartTraining(job, next->assignment);
}

void SimulatedWorker::GiveBackNext(Job& job) {
  if (const std::optional<NextTrial::Waiting> next = job.next.Take(); next.has_value()) {
    GiveBack(next->assignment.lease());
  }
}

void SimulatedWorker::GiveBack(const Lease& lease) {
  TrialEnd released;
  *released.mutable_lease() = lease;
  released.set_released(true);
  Deliver(std::move(released));
}

void SimulatedWorker::StartTraining(Job& job, const Assignment& assignment) {
  if (!assignment.task().has_function())
    world_.Broken("a worker gets the work of its study", assignment.ShortDebugString());
  const FunctionTask& task = assignment.task().function();
  Training training;
  training.value = ValueOf(task);
  if (task.spec().has_curve()) training.steps = task.spec().curve().steps();
  if (assignment.task().has_progress()) {
    world_.Count("paused trial went on");
    if (assignment.task().progress().checkpoint() != "a checkpoint") {
      world_.Broken("a trial goes on from its checkpoint", assignment.ShortDebugString());
    }
    // Some work begins again.
    if (Chance(random_, 0.7)) training.done = assignment.task().progress().step();
  }
  for (const StudyPlan& study : scenario_.studies) {
    if (study.spec.name() != assignment.study()) continue;
    training.step_time = DurationAround(random_, study.trial_time) / static_cast<double>(training.steps + 1);
    const auto moment = [&] { return static_cast<int64_t>(random_.Below(static_cast<uint64_t>(training.steps) + 1)); };
    // Whether it fails is the trial's own; all else happens to an attempt.
    RandomStream fate(task.study_seed(), task.trial_number(), "fate");
    if (Chance(fate, study.failing))
      training.fails_at = static_cast<int64_t>(fate.Below(static_cast<uint64_t>(training.steps) + 1));
    if (Chance(random_, study.crashing)) training.crashes_at = moment();
  }
  job.training = training;
  ++job.trainings;
  if (assignment.has_time_limit_seconds()) {
    const size_t slot = static_cast<size_t>(&job - jobs_.data());
    Later(absl::Seconds(assignment.time_limit_seconds()), [this, slot, round = job.trainings] {
      if (jobs_[slot].trainings != round || !jobs_[slot].lease.has_value()) return;
      SlotEnded(slot, [](TrialEnd& end) { end.set_failure("it took too long"); });
    });
  }
  if (plan_.asks_ahead && Chance(random_, 0.5)) Ask(job);
  GoOn(static_cast<size_t>(&job - jobs_.data()));
}

// One more step, or the end after the last.
void SimulatedWorker::GoOn(size_t slot) {
  if (jobs_[slot].training.cancelled) return;
  Later(jobs_[slot].training.step_time, [this, slot, round = jobs_[slot].trainings] {
    const Job& job = jobs_[slot];
    if (job.trainings == round && job.lease.has_value() && !job.training.cancelled) StepDone(slot);
  });
}

void SimulatedWorker::StepDone(size_t slot) {
  Job& job = jobs_[slot];
  Training& training = job.training;
  if (training.fails_at == training.done) {
    return SlotEnded(slot, [](TrialEnd& end) { end.set_failure("it cannot be trained"); });
  }
  if (training.crashes_at == training.done) {
    world_.Count("slot crashed");
    return SlotEnded(slot, [](TrialEnd& end) { end.set_crash("slot died: signal 11"); });
  }
  if (training.done == training.steps) {
    return SlotEnded(slot, [value = training.value](TrialEnd& end) {
      MetricValue& metric = *end.mutable_result()->add_metric();
      metric.set_name("value");
      metric.set_value(value);
    });
  }
  ++training.done;
  StepReport report;
  *report.mutable_lease() = *job.lease;
  report.set_step(training.done);
  report.set_value(training.value + 1.0 / static_cast<double>(training.done));
  if (!job.unwanted) {
    if (welcomed_) SendReport(report);
    job.unanswered.push_back(report);
  }
  if (!welcomed_ || job.unwanted) return GoOn(slot);
  training.awaited = training.done;
}

void SimulatedWorker::Answered(Job& job, const Verdict& verdict) {
  if (verdict.stop()) return Cancel(job);
  if (job.training.awaited != verdict.step()) return;
  job.training.awaited.reset();
  const auto slot = static_cast<size_t>(&job - jobs_.data());
  if (!verdict.pause()) return GoOn(slot);
  world_.Count("trial paused");
  SlotEnded(slot, [step = verdict.step()](TrialEnd& end) {
    end.mutable_paused()->set_step(step);
    end.mutable_paused()->set_checkpoint("a checkpoint");
  });
}

// The trial ends soon, not at once.
void SimulatedWorker::Cancel(Job& job) {
  if (!job.lease.has_value() || job.training.cancelled) return;
  job.training.cancelled = true;
  const size_t slot = static_cast<size_t>(&job - jobs_.data());
  Later(DurationAround(random_, absl::Milliseconds(50)), [this, slot, round = job.trainings] {
    if (jobs_[slot].trainings != round || !jobs_[slot].lease.has_value()) return;
    SlotEnded(slot, [](TrialEnd& end) { end.set_released(true); });
  });
}

void SimulatedWorker::SlotEnded(size_t slot, const std::function<void(TrialEnd& end)>& outcome) {
  Job& job = jobs_[slot];
  TrialEnd end;
  *end.mutable_lease() = *std::exchange(job.lease, std::nullopt);
  outcome(end);
  for (const StepReport& report : job.unanswered) {
    StepValue& step = *end.add_step();
    step.set_step(report.step());
    step.set_value(report.value());
  }
  job.unanswered.clear();
  const bool wanted = !job.unwanted;
  StartNext(job);
  if (wanted) Deliver(std::move(end));
  AskForTrial(job);
  EndIfFinished();
}

}  // namespace parzen
