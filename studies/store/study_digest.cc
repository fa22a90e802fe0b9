#include "studies/store/study_digest.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/store/schema_sql.h"
#include "studies/store/stored_value.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

constexpr char kTrialRows[] =
    "SELECT t.trial_id, t.study_id, t.number, t.state, t.datetime_start, t.datetime_complete, v.value, v.value_type "
    "FROM trials t LEFT JOIN trial_values v ON v.trial_id = t.trial_id ";

bool IsBetter(Direction direction, double value, double than) {
  return direction == MAXIMIZE ? value > than : value < than;
}

// No worse in any objective and better in one. Requires: no NaN, one value a direction.
bool Dominates(const std::vector<Direction>& directions, const std::vector<double>& a, const std::vector<double>& b) {
  bool better = false;
  for (size_t i = 0; i < directions.size(); ++i) {
    if (IsBetter(directions[i], b[i], a[i])) return false;
    better = better || IsBetter(directions[i], a[i], b[i]);
  }
  return better;
}

// Grows with a DATETIME's text, "YYYY-MM-DD HH:MM:SS.ffffff"; 0 for none. Months of 31 days do no harm to an order.
int64_t OrderOfTime(absl::string_view text) {
  constexpr int64_t kCounts[] = {10000, 12, 31, 24, 60, 60, 1'000'000};
  int64_t order = 0;
  size_t at = 0;
  for (const int64_t count : kCounts) {
    int64_t part = 0;
    int64_t scale = count;
    while (at < text.size() && !absl::ascii_isdigit(text[at])) ++at;
    for (; at < text.size() && absl::ascii_isdigit(text[at]) && part < count; ++at, scale /= 10) {
      part = part * 10 + (text[at] - '0');
    }
    // A fraction with fewer digits is a larger one.
    if (count == 1'000'000) part *= std::max<int64_t>(scale, 1);
    order = order * (count + 1) + std::min(part, count);
  }
  return order;
}

absl::StatusOr<bool> KeepsConstraints(Database& database, int64_t trial_id) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat("SELECT 1 FROM trial_system_attributes a WHERE a.trial_id = ? AND ",
                                                 kBreaksConstraintSql, " LIMIT 1")));
  bool keeps = true;
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    keeps = false;
    return absl::OkStatus();
  }));
  return keeps;
}

}  // namespace

bool StudyDigest::IsOf(const StoredStudy& study) const {
  return study_id_ == study.study_id && name_ == study.name && directions_ == study.directions;
}

bool StudyDigest::Same(const TrialRow& a, const TrialRow& b) {
  const auto same_value = [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); };
  return a.trial_id == b.trial_id && a.study_id == b.study_id && a.number == b.number && a.state == b.state &&
         a.started == b.started && a.completed == b.completed &&
         std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), same_value);
}

// A trial's rows, one an objective, follow each other.
absl::Status StudyDigest::ForEachTrial(Statement& query, const std::function<absl::Status(const TrialRow&)>& on_trial) {
  TrialRow row;
  bool any = false;
  RETURN_IF_ERROR(query.ForEach([&]() -> absl::Status {
    if (!any || query.Int(0) != row.trial_id) {
      if (any) RETURN_IF_ERROR(on_trial(row));
      any = true;
      row.trial_id = query.Int(0);
      row.study_id = query.Int(1);
      row.number = query.IsNull(2) ? -1 : query.Int(2);
      ASSIGN_OR_RETURN(row.state, ParseTrialState(query.Text(3)));
      row.started = query.Text(4);
      row.completed = query.Text(5);
      row.values.clear();
    }
    if (!query.IsNull(7)) row.values.push_back(ReadTypedValue(query, 6));
    return absl::OkStatus();
  }));
  return any ? on_trial(row) : absl::OkStatus();
}

absl::StatusOr<std::optional<StudyDigest::TrialRow>> StudyDigest::ReadTrial(Database& database, int64_t trial_id) {
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(kTrialRows, "WHERE t.trial_id = ? ORDER BY v.objective")));
  std::optional<TrialRow> found;
  RETURN_IF_ERROR(ForEachTrial(query.BindInt(1, trial_id), [&](const TrialRow& row) {
    found = row;
    return absl::OkStatus();
  }));
  return found;
}

absl::Status StudyDigest::Refresh(Store& store) {
  Database& database = store.database();
  ASSIGN_OR_RETURN(const int64_t data_version, store.DataVersion());
  const int64_t total_changes = database.TotalChanges();
  if (data_version_ == data_version && total_changes_ == total_changes) return absl::OkStatus();
  data_version_.reset();  // an error half way must not pass for a look
  if (absl::Status read = ReadChanges(database); !read.ok()) {
    if (!absl::IsCancelled(read)) Forget();
    return read;
  }
  data_version_ = data_version;
  total_changes_ = total_changes;
  return absl::OkStatus();
}

absl::Status StudyDigest::ReadChanges(Database& database) {
  ASSIGN_OR_RETURN(bool same_study, AnchorsHold(database));
  if (same_study) {
    ASSIGN_OR_RETURN(same_study, RereadUnfinished(database));
  }
  if (!same_study) Forget();
  // Ids grow within a study as long as it lives, so what is new comes after the last one.
  ASSIGN_OR_RETURN(Statement & query,
                   database.Prepare(absl::StrCat(kTrialRows, "WHERE t.study_id = ? AND t.trial_id > ? ",
                                                 "ORDER BY t.trial_id, v.objective")));
  query.BindAll({study_id_, last_trial_id_});
  RETURN_IF_ERROR(ForEachTrial(query, [&](const TrialRow& row) { return Absorb(database, row); }));
  return SortIn(database);
}

absl::StatusOr<bool> StudyDigest::AnchorsHold(Database& database) const {
  for (const std::optional<TrialRow>* anchor : {&first_final_, &last_final_}) {
    if (!anchor->has_value()) continue;
    ASSIGN_OR_RETURN(const std::optional<TrialRow> now, ReadTrial(database, (*anchor)->trial_id));
    if (!now.has_value() || !Same(*now, **anchor)) return false;
  }
  return true;
}

absl::StatusOr<bool> StudyDigest::RereadUnfinished(Database& database) {
  for (auto next = unfinished_.begin(); next != unfinished_.end();) {
    const auto [trial_id, row] = *next++;  // it may go
    ASSIGN_OR_RETURN(const std::optional<TrialRow> now, ReadTrial(database, trial_id));
    if (!now.has_value() || now->study_id != study_id_ || now->number != row.number) return false;
    RETURN_IF_ERROR(Absorb(database, *now));
  }
  return true;
}

void StudyDigest::Forget() { *this = StudyDigest(study_id_, name_, directions_); }

absl::Status StudyDigest::Absorb(Database& database, const TrialRow& row) {
  if (row.state == COMPLETE && directions_.size() > 1) RETURN_IF_ERROR(AddToFront(database, row));
  last_trial_id_ = std::max(last_trial_id_, row.trial_id);
  if (!IsFinal(row.state)) {
    unfinished_[row.trial_id] = row;
    return absl::OkStatus();
  }
  unfinished_.erase(row.trial_id);
  ++final_[row.state];
  if (!row.started.empty() && (first_started_.empty() || row.started < first_started_)) first_started_ = row.started;
  last_completed_ = std::max(last_completed_, row.completed);
  if (!first_final_.has_value()) first_final_ = row;
  last_final_ = row;
  if (row.state != COMPLETE || directions_.size() > 1) return absl::OkStatus();
  const double value = row.values.empty() ? std::nan("") : row.values[0];
  completions_.push_back({OrderOfTime(row.completed), row.number, row.trial_id, value, Keeps::kUnknown});
  return absl::OkStatus();
}

absl::Status StudyDigest::SortIn(Database& database) {
  if (sorted_ == completions_.size()) return Walk(database);
  const auto earlier = [](const Completion& a, const Completion& b) {
    return std::tie(a.time, a.number, a.trial_id) < std::tie(b.time, b.number, b.trial_id);
  };
  const auto fresh = completions_.begin() + static_cast<ptrdiff_t>(sorted_);
  std::sort(fresh, completions_.end(), earlier);
  // Trials nearly always come in the order in which they end. Where one came late, all are walked again.
  const bool late = sorted_ > 0 && earlier(*fresh, completions_[sorted_ - 1]);
  if (late) {
    std::inplace_merge(completions_.begin(), fresh, completions_.end(), earlier);
    walked_ = 0;
    improvements_.clear();
    best_.reset();
  }
  sorted_ = completions_.size();
  return Walk(database);
}

absl::Status StudyDigest::Walk(Database& database) {
  const Direction direction = directions_.empty() ? MINIMIZE : directions_[0];
  for (; walked_ < completions_.size(); ++walked_) {
    Completion& trial = completions_[walked_];
    if (std::isnan(trial.value) || trial.number < 0) continue;
    const bool better = !best_.has_value() || IsBetter(direction, trial.value, best_value_);
    const bool older_equal = !better && trial.value == best_value_ && trial.number < best_number_;
    if (!better && !older_equal) continue;
    if (trial.keeps == Keeps::kUnknown) {
      ASSIGN_OR_RETURN(const bool keeps, KeepsConstraints(database, trial.trial_id));
      trial.keeps = keeps ? Keeps::kYes : Keeps::kNo;
    }
    if (trial.keeps == Keeps::kNo) continue;
    if (better) improvements_.push_back(walked_);
    best_value_ = trial.value;
    best_number_ = trial.number;
    best_ = trial.trial_id;
  }
  return absl::OkStatus();
}

absl::Status StudyDigest::AddToFront(Database& database, const TrialRow& row) {
  const auto is_nan = [](double value) { return std::isnan(value); };
  if (row.values.size() != directions_.size() || std::any_of(row.values.begin(), row.values.end(), is_nan)) {
    return absl::OkStatus();
  }
  for (const std::vector<double>& other : front_) {
    if (Dominates(directions_, other, row.values)) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool keeps, KeepsConstraints(database, row.trial_id));
  if (!keeps) return absl::OkStatus();
  const auto dominated = [&](const std::vector<double>& other) { return Dominates(directions_, row.values, other); };
  front_.erase(std::remove_if(front_.begin(), front_.end(), dominated), front_.end());
  front_.push_back(row.values);
  return absl::OkStatus();
}

void StudyDigest::Describe(StudySummary& summary) const {
  int64_t running = 0;
  std::string started = first_started_;
  for (const auto& [trial_id, row] : unfinished_) {
    running += row.state == RUNNING;
    if (!row.started.empty() && (started.empty() || row.started < started)) started = row.started;
  }
  summary.set_waiting(static_cast<int64_t>(unfinished_.size()) - running);
  summary.set_running(running);
  summary.set_complete(final_[COMPLETE]);
  summary.set_pruned(final_[PRUNED]);
  summary.set_failed(final_[FAIL]);
  if (!started.empty()) summary.set_started(started);
  if (!last_completed_.empty()) summary.set_last_completed(last_completed_);
}

std::vector<Improvement> StudyDigest::Improvements(size_t limit) const {
  std::vector<Improvement> improvements;
  const size_t count = improvements_.size();
  const size_t shown = std::min(count, limit);
  for (size_t i = 0; i < shown; ++i) {
    const size_t place = improvements_[count <= limit ? i : i * (count - 1) / (limit - 1)];
    Improvement& improvement = improvements.emplace_back();
    improvement.set_complete(static_cast<int64_t>(place) + 1);
    improvement.set_value(completions_[place].value);
  }
  return improvements;
}

std::vector<int64_t> StudyDigest::Running(size_t limit) const {
  std::vector<std::pair<int64_t, int64_t>> running;  // number, trial_id
  for (const auto& [trial_id, row] : unfinished_) {
    if (row.state == RUNNING) running.emplace_back(row.number, trial_id);
  }
  std::sort(running.begin(), running.end());
  if (running.size() > limit) running.resize(limit);
  std::vector<int64_t> ids;
  for (const auto& [number, trial_id] : running) ids.push_back(trial_id);
  return ids;
}

absl::StatusOr<const StudyDigest*> StudyDigests::Of(Store& store, const StoredStudy& study) {
  auto kept = digests_.find(study.study_id);
  if (kept != digests_.end() && !kept->second->IsOf(study)) {
    digests_.erase(kept);
    kept = digests_.end();
  }
  if (kept == digests_.end()) kept = digests_.emplace(study.study_id, std::make_unique<StudyDigest>(study)).first;
  RETURN_IF_ERROR(kept->second->Refresh(store));
  return kept->second.get();
}

void StudyDigests::KeepOnly(const std::vector<StoredStudy>& studies) {
  std::map<int64_t, std::unique_ptr<StudyDigest>> kept;
  for (const StoredStudy& study : studies) {
    const auto digest = digests_.find(study.study_id);
    if (digest != digests_.end()) kept.insert(digests_.extract(digest));
  }
  digests_ = std::move(kept);
}

void StudyDigests::Drop(absl::string_view study) {
  for (auto digest = digests_.begin(); digest != digests_.end();) {
    digest = digest->second->name() == study ? digests_.erase(digest) : std::next(digest);
  }
}

}  // namespace parzen
