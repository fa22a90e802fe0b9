#include "tests/coordinator/simulator/simulation.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "absl/strings/str_cat.h"
#include "tests/coordinator/simulator/client.h"
#include "tests/coordinator/simulator/foreign_program.h"
#include "tests/coordinator/simulator/network.h"
#include "tests/coordinator/simulator/referee.h"
#include "tests/coordinator/simulator/scenario.h"
#include "tests/coordinator/simulator/simulated_coordinator.h"
#include "tests/coordinator/simulator/simulated_worker.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {
namespace {

// What freezes or is cut off is so for less, so that all troubles are over so long after the calm began.
constexpr absl::Duration kLongestTrouble = absl::Seconds(60);
// By then everything must have come to an end.
constexpr absl::Duration kLongestRun = absl::Hours(3);
constexpr int64_t kMostEvents = 2'000'000;

std::vector<LinkSpeed> LinksOf(const Scenario& scenario) {
  std::vector<LinkSpeed> links;
  for (const WorkerPlan& worker : scenario.workers) links.push_back(worker.link);
  return links;
}

class Run {
 public:
  Run(SimulatedDisk& disk, Scenario scenario, uint64_t seed, bool traced)
      : scenario_(std::move(scenario)),
        world_(seed, traced),
        random_(world_.Random(0, "troubles")),
        network_(world_, LinksOf(scenario_)),
        referee_(world_, disk.store()),
        coordinator_(world_, scenario_, network_, disk.store(), referee_),
        client_(world_, scenario_, coordinator_, disk.store(), referee_),
        foreign_(world_, scenario_, disk.other_store(), referee_) {
    network_.set_coordinator(&coordinator_);
    referee_.set_is_heard([this](const std::string& token) {
      const std::optional<absl::Duration> listened = coordinator_.ListenedUntil();
      if (!listened.has_value()) return false;
      const absl::Duration since = *listened - 1.2 * scenario_.lease;
      return std::any_of(workers_.begin(), workers_.end(),
                         [&](const auto& worker) { return worker->IsHeard(token, since); });
    });
    for (int i = 0; i < static_cast<int>(scenario_.workers.size()); ++i) {
      workers_.push_back(std::make_unique<SimulatedWorker>(world_, scenario_, network_, referee_, i));
    }
  }

  Outcome ToEnd() {
    coordinator_.Boot();
    for (const auto& worker : workers_) {
      world_.events().After(DurationAround(random_, absl::Seconds(2)), [&worker] { worker->Boot(); });
    }
    client_.Begin();
    PlanTroubles();
    world_.events().At(scenario_.calm + kLongestTrouble, [this] { TidyUp(); });
    while (!over_ && !world_.broken().has_value() && world_.events().RunNext()) {
      if (world_.events().happened() > kMostEvents) world_.Broken("everything comes to an end", "too many events");
    }
    return {world_.broken(),
            world_.faults(),
            referee_.trials(),
            referee_.results(),
            world_.events().happened(),
            world_.now(),
            world_.log(),
            {}};
  }

 private:
  SimulatedWorker& AnyWorker() { return *workers_[random_.Below(workers_.size())]; }
  absl::Duration ShortOrLong() {
    const absl::Duration lease = scenario_.lease;
    return std::min(DurationBetween(random_, absl::ZeroDuration(), Chance(random_, 0.5) ? lease / 3 : 2 * lease),
                    kLongestTrouble);
  }

  // `happens` again and again until the calm, once in `mean`.
  void Plan(absl::Duration mean, const char* name, std::function<void()> happens) {
    if (mean == absl::InfiniteDuration()) return;
    const absl::Duration next = world_.now() + DurationAround(random_, mean);
    if (next >= scenario_.calm) return;
    world_.events().At(next, [=, this] {
      world_.Count(name);
      happens();
      Plan(mean, name, happens);
    });
  }

  void PlanTroubles() {
    const Troubles& troubles = scenario_.troubles;
    Plan(troubles.worker_killed, "worker killed", [this] { AnyWorker().Kill(Chance(random_, 0.3)); });
    Plan(troubles.worker_stopped, "worker stopped", [this] { AnyWorker().Stop(); });
    Plan(troubles.worker_drained, "worker drained", [this] {
      if (Chance(random_, 0.5)) return AnyWorker().Drain();
      client_.DrainWorker(static_cast<int>(random_.Below(workers_.size())));
    });
    Plan(troubles.worker_frozen, "worker frozen", [this] { AnyWorker().Freeze(ShortOrLong()); });
    Plan(troubles.stream_broken, "stream broken",
         [this] { network_.Break(static_cast<int>(random_.Below(workers_.size()))); });
    Plan(troubles.worker_cut_off, "worker cut off",
         [this] { network_.CutOff(static_cast<int>(random_.Below(workers_.size())), ShortOrLong()); });
    Plan(troubles.coordinator_killed, "coordinator killed", [this] { coordinator_.Kill(); });
    Plan(troubles.coordinator_frozen, "coordinator frozen", [this] { coordinator_.Freeze(ShortOrLong()); });
    Plan(troubles.disk_full, "disk full", [this] { coordinator_.FillDisk(ShortOrLong()); });
    Plan(troubles.clock_jump, "clock jumped",
         [this] { coordinator_.JumpClock(DurationBetween(random_, -absl::Hours(2), absl::Hours(2))); });
    Plan(troubles.edit, "edits", [this] { client_.Edit(); });
    Plan(troubles.foreign_write, "foreign writes", [this] { foreign_.Write(coordinator_.Clock().wall); });
  }

  void TidyUp() {
    world_.Say("calm");
    foreign_.TidyUp(coordinator_.Clock().wall);
    client_.TidyUp();
    WaitForTheEnd();
  }

  void WaitForTheEnd() {
    world_.events().After(absl::Seconds(1), [this] {
      std::string waits_for;
      if (IsOver(waits_for)) {
        over_ = true;
        referee_.CheckAll(*coordinator_.dispatcher(), coordinator_.Clock());
      } else if (world_.now() > kLongestRun) {
        world_.Broken("everything comes to an end", waits_for);
      } else {
        WaitForTheEnd();
      }
    });
  }

  bool IsOver(std::string& waits_for) {
    waits_for = "people";
    if (!client_.IsTidy()) return false;
    waits_for = "the coordinator";
    if (!coordinator_.IsQuiet() || coordinator_.dispatcher()->FileHasChanged()) return false;
    for (const StudyPlan& plan : scenario_.studies) {
      waits_for = plan.spec.name();
      const RunningStudy* const study = coordinator_.dispatcher()->FindStudy(plan.spec.name());
      if (study == nullptr || study->running() > 0) return false;
      if (study->stored().stopped && plan.spec.search().has_time_limit_seconds()) continue;
      if (study->stored().stopped) return false;
      if (study->OldestWaiting().has_value() || study->WantsNewTrial() || study->has_paused()) return false;
    }
    for (size_t i = 0; i < workers_.size(); ++i) {
      waits_for = absl::StrCat("worker ", i);
      if (!workers_[i]->IsQuiet()) return false;
    }
    return true;
  }

  const Scenario scenario_;
  World world_;
  RandomStream random_;
  Network network_;
  Referee referee_;
  SimulatedCoordinator coordinator_;
  Client client_;
  ForeignProgram foreign_;
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
  bool over_ = false;
};

Outcome Failed(const absl::Status& status) {
  Outcome outcome;
  outcome.broken = {"the database can be used", status.ToString()};
  return outcome;
}

}  // namespace

Outcome Simulate(SimulatedDisk& disk, uint64_t seed, bool traced) {
  const absl::Status wiped = disk.Wipe();
  if (!wiped.ok()) return Failed(wiped);
  return Run(disk, DrawScenario(seed), seed, traced).ToEnd();
}

Outcome SimulateDeterministic(SimulatedDisk& disk, uint64_t study_seed, uint64_t trouble_seed, bool traced) {
  const absl::Status wiped = disk.Wipe();
  if (!wiped.ok()) return Failed(wiped);
  Outcome outcome =
      Run(disk, WithStudy(DrawScenario(trouble_seed), DrawDeterministicStudy(study_seed)), trouble_seed, traced)
          .ToEnd();
  absl::StatusOr<std::vector<std::string>> table = disk.Table();
  if (!table.ok()) return Failed(table.status());
  outcome.table = *std::move(table);
  return outcome;
}

}  // namespace parzen
