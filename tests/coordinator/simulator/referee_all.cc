// What the referee looks at when all is quiet.
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/coordinator/simulator/referee.h"

namespace parzen {
namespace {

constexpr char kAttempts[] = "attempts are numbered and bounded";
constexpr char kMemory[] = "memory equals the disk";

}  // namespace

void Referee::CheckAll(const Dispatcher& dispatcher, Now now) {
  absl::Status status = LookAtStudies();
  if (status.ok()) status = LookAtTrials();
  if (status.ok()) status = CheckValues();
  if (status.ok()) status = CheckAttempts();
  if (status.ok()) status = CompareMemory(dispatcher, now);
  if (!status.ok()) world_.Broken("the referee can read the database", status.ToString());
}

absl::Status Referee::CheckValues() {
  for (const auto& [id, study] : studies_) {
    int64_t final = 0;
    for (size_t number = 0; number < study.trials.size(); ++number) {
      const Trial& trial = study.trials[number];
      if (trial.state == "RUNNING" || trial.state == "WAITING") continue;
      ++final;
      ASSIGN_OR_RETURN(const std::optional<double> value, ValueOf(trial.trial_id));
      if (value != trial.value || (trial.state == "COMPLETE") > value.has_value()) {
        world_.Broken("a final trial never changes", Name(study, static_cast<int64_t>(number)));
      }
    }
    if (final < study.budget && !study.space_finished && !study.stopped) {
      world_.Broken("the budget is exact",
                    absl::StrCat(study.name, " ends with ", final, " final trials of ", study.budget));
    }
  }
  return absl::OkStatus();
}

absl::Status Referee::CheckAttempts() {
  ASSIGN_OR_RETURN(const std::vector<StoredStudy> studies, store_.LoadStudies());
  ASSIGN_OR_RETURN(Statement & query,
                   store_.database().Prepare(
                       "SELECT count(*), max(attempt), sum(state IN ('LOST', 'CRASHED')), sum(state = 'ENDED') "
                       "FROM parzen_attempts WHERE trial_id = ?"));
  for (const StoredStudy& stored : studies) {
    const Study& study = studies_[stored.study_id];
    const SearchSpec& search = stored.spec->search();
    for (size_t number = 0; number < study.trials.size(); ++number) {
      const Trial& trial = study.trials[number];
      RETURN_IF_ERROR(query.BindInt(1, trial.trial_id).ForEach([&] {
        const int64_t attempts = query.Int(0), ended = query.Int(3);
        const bool all_right = (attempts == 0 || query.Int(1) == attempts) && ended <= 1 + search.retries() &&
                               (study.touched || query.Int(2) <= search.max_attempts()) &&
                               (study.touched || trial.state != "COMPLETE" || ended >= 1);
        if (!all_right) {
          world_.Broken(kAttempts, absl::StrCat(Name(study, static_cast<int64_t>(number)), ": ", attempts,
                                                " attempts, the last is ", query.Int(1), ", lost ", query.Int(2),
                                                ", ended ", ended));
        }
        return absl::OkStatus();
      }));
    }
  }
  return absl::OkStatus();
}

absl::Status Referee::CompareMemory(const Dispatcher& dispatcher, Now now) {
  Dispatcher fresh(store_, absl::Seconds(10), [] { return std::string("unused"); });
  RETURN_IF_ERROR(store_.Begin());
  const absl::Status loaded = fresh.Reload(now);
  store_.Rollback();
  RETURN_IF_ERROR(loaded);
  for (const auto& [id, study] : studies_) {
    const RunningStudy* const memory = dispatcher.FindStudy(study.name);
    const RunningStudy* const disk = fresh.FindStudy(study.name);
    if (memory == nullptr || disk == nullptr) {
      world_.Broken(kMemory, absl::StrCat(study.name, " is in memory: ", memory != nullptr,
                                          ", and can be loaded: ", disk != nullptr));
      continue;
    }
    CompareStudy(*memory, *disk);
  }
  return absl::OkStatus();
}

void Referee::CompareStudy(const RunningStudy& memory, const RunningStudy& disk) {
  const auto differ = [&](const std::string& what) {
    world_.Broken(kMemory, absl::StrCat(memory.stored().name, ": ", what));
  };
  const auto settings = [](const RunningStudy& study) {
    return std::make_tuple(study.study_id(), study.stored().budget, study.stored().stopped,
                           study.stored().space_finished, study.NextNumber(), study.running());
  };
  if (settings(memory) != settings(disk)) return differ("settings or counts");
  if (memory.OldestWaiting() != disk.OldestWaiting() || memory.WantsNewTrial() != disk.WantsNewTrial()) {
    return differ("what it would hand out next");
  }
  for (int64_t n = 0; n < memory.NextNumber(); ++n) {
    const HistoryTrial& a = memory.history()[n];
    const HistoryTrial& b = disk.history()[n];
    if (memory.trial_id(n) != disk.trial_id(n) || a.state != b.state) return differ(absl::StrCat("trial ", n));
    if (a.point != b.point) return differ(absl::StrCat("the point of trial ", n));
    if (a.values != b.values || a.steps != b.steps) return differ(absl::StrCat("the values of trial ", n));
    if (memory.holds(n) != disk.holds(n)) return differ(absl::StrCat("who holds trial ", n));
    if (a.state == WAITING && memory.failed_attempts(n) != disk.failed_attempts(n))
      return differ(absl::StrCat("the failures of trial ", n));
    if (memory.attempts(n) != disk.attempts(n) || memory.lost_attempts(n) != disk.lost_attempts(n)) {
      return differ(absl::StrCat("trial ", n, " with ", memory.attempts(n), " attempts, ", memory.lost_attempts(n),
                                 " lost; on disk ", disk.attempts(n), ", ", disk.lost_attempts(n)));
    }
  }
}

}  // namespace parzen
