#include "studies/store/trial_changes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

absl::Status ReadUnfinished(Database& database, int64_t study_id, std::map<int64_t, UnfinishedTrial>& unfinished) {
  // Named, because in the order of numbers SQLite would rather look at all trials.
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT t.number, t.state, t.state = 'RUNNING' AND EXISTS (SELECT 1 FROM "
                                    "parzen_attempts a WHERE a.trial_id = t.trial_id AND a.state = 'OPEN' "
                                    "AND a.started = t.datetime_start) "
                                    "FROM trials t INDEXED BY parzen_trials_unfinished WHERE t.study_id = ? "
                                    "AND t.state IN ('RUNNING', 'WAITING') AND t.number IS NOT NULL"));
  return query.BindInt(1, study_id).ForEach([&]() -> absl::Status {
    UnfinishedTrial& trial = unfinished[query.Int(0)];
    ASSIGN_OR_RETURN(trial.state, ParseTrialState(query.Text(1)));
    trial.held = query.Int(2) != 0;
    return absl::OkStatus();
  });
}

absl::Status KnownTrialsAreGone(int64_t study_id) {
  return absl::AbortedError(absl::StrCat("trials of study ", study_id, " were removed or changed after their end"));
}

// Numbers from `from` on; they have no gaps.
absl::Status ReadNew(Database& database, int64_t study_id, int64_t from, std::set<int64_t>& changed, int64_t& next) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare("SELECT number FROM trials WHERE study_id = ? AND number >= ? ORDER BY number"));
  next = std::max<int64_t>(0, from - 1);  // the last one that is known has to be there still
  return query.BindAll({study_id, next}).ForEach([&] {
    if (query.Int(0) != next) return KnownTrialsAreGone(study_id);
    if (next >= from) changed.insert(next);
    ++next;
    return absl::OkStatus();
  });
}

}  // namespace

absl::StatusOr<std::vector<int64_t>> FindTrialChanges(Database& database, int64_t study_id, TrialCursor& cursor) {
  const Snapshot snapshot(database);
  RETURN_IF_ERROR(snapshot.status());
  std::map<int64_t, UnfinishedTrial> unfinished;
  RETURN_IF_ERROR(ReadUnfinished(database, study_id, unfinished));
  std::set<int64_t> changed;
  int64_t next = 0;
  RETURN_IF_ERROR(ReadNew(database, study_id, cursor.next_number, changed, next));
  if (next < cursor.next_number) return KnownTrialsAreGone(study_id);
  for (const auto& [number, trial] : unfinished) {
    const auto known = cursor.unfinished.find(number);
    if (known == cursor.unfinished.end() && number < cursor.next_number) return KnownTrialsAreGone(study_id);
    const bool elsewhere = trial.state == RUNNING && !trial.held;
    if (elsewhere || known == cursor.unfinished.end() || known->second != trial) changed.insert(number);
  }
  for (const auto& [number, trial] : cursor.unfinished) {
    if (!unfinished.contains(number)) changed.insert(number);
  }
  cursor.next_number = next;
  cursor.unfinished = std::move(unfinished);
  return std::vector<int64_t>(changed.begin(), changed.end());
}

absl::StatusOr<std::vector<StudyMark>> ReadStudyMarks(Database& database, std::optional<int64_t> study_id) {
  // Two statements, so that one study is found by its id.
  const absl::string_view which = study_id.has_value() ? "WHERE s.study_id = ? " : "";
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(
                       "SELECT s.study_id, s.study_name, p.created, p.budget, p.space_finished, p.stopped, p.deadline, "
                       "(SELECT group_concat(name || char(31) || path || char(31) || sha256 || char(31), '') FROM "
                       "(SELECT * FROM parzen_files f WHERE f.study_id = s.study_id ORDER BY position)) "
                       "FROM studies s LEFT JOIN parzen_studies p ON p.study_id = s.study_id ",
                       which, "ORDER BY s.study_id")));
  if (study_id.has_value()) query.BindInt(1, *study_id);
  std::vector<StudyMark> marks;
  RETURN_IF_ERROR(query.ForEach([&] {
    marks.push_back({query.Int(0), query.Text(1), query.Text(2), query.Int(3), query.Int(4) != 0, query.Int(5) != 0,
                     ReadDateTime(query, 6).value_or(absl::InfiniteFuture()), query.Text(7)});
    return absl::OkStatus();
  }));
  return marks;
}

}  // namespace parzen
