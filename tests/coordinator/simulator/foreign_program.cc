#include "tests/coordinator/simulator/foreign_program.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/stored_value.h"

namespace parzen {

ForeignProgram::ForeignProgram(World& world, const Scenario& scenario, Store& store, Referee& referee)
    : world_(world), scenario_(scenario), store_(store), referee_(referee), random_(world.Random(0, "foreign")) {}

void ForeignProgram::Write(absl::Time now) {
  const std::string& name = scenario_.studies[random_.Below(scenario_.studies.size())].spec.name();
  const absl::StatusOr<StoredStudy> study = store_.FindStudy(name);
  if (!study.ok()) return;
  const absl::Status status = Transact([&] { return WriteTo(*study, now); });
  if (!status.ok()) world_.Broken("another program can write", status.ToString());
}

absl::Status ForeignProgram::Transact(const std::function<absl::Status()>& writes) {
  RETURN_IF_ERROR(store_.Begin());
  const absl::Status status = writes();
  if (status.ok()) return store_.Commit();
  store_.Rollback();
  return status;
}

absl::Status ForeignProgram::Run(absl::string_view sql, std::initializer_list<SqlValue> values) {
  ASSIGN_OR_RETURN(Statement & statement, store_.database().Prepare(sql));
  return statement.RunWith(values);
}

absl::StatusOr<int64_t> ForeignProgram::SomeTrial(int64_t study_id, absl::string_view state) {
  std::vector<int64_t> trials;
  ASSIGN_OR_RETURN(
      Statement & query,
      store_.database().Prepare("SELECT trial_id FROM trials WHERE study_id = ? AND state = ? ORDER BY trial_id"));
  RETURN_IF_ERROR(query.BindInt(1, study_id).BindText(2, state).ForEach([&] {
    trials.push_back(query.Int(0));
    return absl::OkStatus();
  }));
  return trials.empty() ? 0 : trials[random_.Below(trials.size())];
}

absl::Status ForeignProgram::WriteTo(const StoredStudy& study, absl::Time now) {
  world_.Count("write by another program");
  switch (random_.Below(16)) {
    case 0:
    case 1:
    case 2:
      return Claim(study, now);
    case 3:
    case 4:
    case 5:
      return Make(study, now);
    case 6:
    case 7:
    case 8: {
      ASSIGN_OR_RETURN(const int64_t trial_id, SomeTrial(study.study_id, "RUNNING"));
      if (trial_id == 0) return absl::OkStatus();
      referee_.Touched(study.name, 1);
      return End(trial_id, now);
    }
    case 9: {
      ASSIGN_OR_RETURN(const int64_t trial_id, SomeTrial(study.study_id, "RUNNING"));
      if (trial_id == 0) return absl::OkStatus();
      referee_.Touched(study.name, 0);
      world_.Say("foreign: puts trial_id ", trial_id, " of ", study.name, " back into the queue");
      return Run("UPDATE trials SET state = 'WAITING', datetime_start = NULL WHERE trial_id = ?", {trial_id});
    }
    case 10:
      if (Chance(random_, 0.8)) return absl::OkStatus();
      world_.Say("foreign: deletes ", study.name);
      referee_.MayDisappear(study.name);
      return store_.DeleteStudy(study.study_id);
    default:
      world_.Say("foreign: enqueues a trial of ", study.name);
      return store_.EnqueueTrial(study.study_id, R"({"x": 1.0})").status();
  }
}

absl::Status ForeignProgram::Claim(const StoredStudy& study, absl::Time now) {
  ASSIGN_OR_RETURN(const int64_t trial_id, SomeTrial(study.study_id, "WAITING"));
  if (trial_id == 0) return absl::OkStatus();
  world_.Say("foreign: claims trial_id ", trial_id, " of ", study.name);
  referee_.Touched(study.name, 1);
  running_.emplace_back(study.name, trial_id);
  return Run("UPDATE trials SET state = 'RUNNING', datetime_start = ? WHERE trial_id = ?", {ToDateTime(now), trial_id});
}

absl::Status ForeignProgram::Make(const StoredStudy& study, absl::Time now) {
  world_.Say("foreign: makes a trial of ", study.name);
  referee_.Touched(study.name, 1);
  RETURN_IF_ERROR(
      Run("INSERT INTO trials (number, study_id, state, datetime_start) "
          "SELECT count(*), ?1, 'RUNNING', ?2 FROM trials WHERE study_id = ?1",
          {study.study_id, ToDateTime(now)}));
  running_.emplace_back(study.name, store_.database().LastInsertId());
  return absl::OkStatus();
}

absl::Status ForeignProgram::End(int64_t trial_id, absl::Time now) {
  const bool fails = Chance(random_, 0.3);
  world_.Say("foreign: ends trial_id ", trial_id);
  RETURN_IF_ERROR(Run("UPDATE trials SET state = ?, datetime_complete = ? WHERE trial_id = ?",
                      {absl::string_view(fails ? "FAIL" : "COMPLETE"), ToDateTime(now), trial_id}));
  if (fails) return absl::OkStatus();
  return Run("INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, 0, ?, 'FINITE')",
             {trial_id, random_.Uniform()});
}

void ForeignProgram::TidyUp(absl::Time now) {
  const absl::Status status = Transact([&]() -> absl::Status {
    for (const StudyPlan& plan : scenario_.studies) {
      const absl::StatusOr<StoredStudy> study = store_.FindStudy(plan.spec.name());
      if (!study.ok()) continue;
      for (const auto& [name, trial_id] : running_) {
        if (name != study->name || Chance(random_, 0.3)) continue;
        bool still_runs = false;
        ASSIGN_OR_RETURN(Statement & query, store_.database().Prepare(
                                                "SELECT 1 FROM trials WHERE trial_id = ? AND study_id = ? AND state = "
                                                "'RUNNING' AND NOT EXISTS (SELECT 1 FROM parzen_attempts a WHERE "
                                                "a.trial_id = trials.trial_id AND a.state = 'OPEN' AND a.started = "
                                                "trials.datetime_start)"));
        RETURN_IF_ERROR(query.BindInt(1, trial_id).BindInt(2, study->study_id).ForEach([&] {
          still_runs = true;
          return absl::OkStatus();
        }));
        if (still_runs) RETURN_IF_ERROR(End(trial_id, now));
      }
    }
    return absl::OkStatus();
  });
  if (!status.ok()) world_.Broken("another program can write", status.ToString());
}

}  // namespace parzen
