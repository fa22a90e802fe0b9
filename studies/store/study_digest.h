// What a study's summary needs of its trials, kept up to date by reading only those that changed: trials that are new
// and those that were not final at the last look. Final trials are taken to stay as they are, as the store and Optuna
// keep them; a study that was deleted and made anew, even with the same name and ids, is noticed and read afresh.
//
// A look that is given up (Cancelled) is gone on with by the next one: a study that is too large for the patience of
// one caller is digested all the same.
//
// A digest is exactly what a fresh one of the same moment would be. Memory: 40 bytes for each complete trial of a study
// with one objective, and some more for each trial that is not final. Threads: externally synchronised. Errors: as
// store.h.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/query.pb.h"
#include "proto/study.pb.h"
#include "studies/store/store.h"

namespace parzen {

class StudyDigest {
 public:
  explicit StudyDigest(const StoredStudy& study) : StudyDigest(study.study_id, study.name, study.directions) {}

  const std::string& name() const { return name_; }
  // Whether it can be the digest of this study: id, name and directions are the same.
  bool IsOf(const StoredStudy& study) const;

  // Brings it up to the moment that `store` sees. Requires: a Snapshot of it lives, or a transaction is open.
  absl::Status Refresh(Store& store);

  // Counts by state, first start and last end.
  void Describe(StudySummary& summary) const;
  // The best complete trial that keeps all constraints, of equals the one with the lowest number; nullopt without one,
  // and with several objectives. A trial_id.
  std::optional<int64_t> best() const { return best_; }
  // How the best value of a study with one objective came about, in the order in which trials ended: at most `limit`
  // (at least 2), the first and the last among them.
  std::vector<Improvement> Improvements(size_t limit) const;
  // With several objectives: how many complete trials that keep all constraints are not dominated by another of them.
  int64_t front() const { return static_cast<int64_t>(front_.size()); }
  // The first so many that run, by number: trial_ids.
  std::vector<int64_t> Running(size_t limit) const;

 private:
  StudyDigest(int64_t study_id, std::string name, std::vector<Direction> directions)
      : study_id_(study_id), name_(std::move(name)), directions_(std::move(directions)) {}

  struct TrialRow {
    int64_t trial_id = 0;
    int64_t study_id = 0;
    int64_t number = 0;
    TrialState state = RUNNING;
    std::string started;
    std::string completed;
    std::vector<double> values;
  };
  enum class Keeps : uint8_t { kUnknown, kYes, kNo };  // all constraints?
  struct Completion {
    int64_t time = 0;  // grows with it, and says nothing else
    int64_t number = 0;
    int64_t trial_id = 0;
    double value = 0;
    Keeps keeps = Keeps::kUnknown;
  };

  absl::Status ReadChanges(Database& database);
  // False when a trial is gone or another's: the study was made anew meanwhile.
  absl::StatusOr<bool> RereadUnfinished(Database& database);
  absl::StatusOr<bool> AnchorsHold(Database& database) const;
  void Forget();
  // All of it or, on an error, nothing.
  absl::Status Absorb(Database& database, const TrialRow& row);
  absl::Status SortIn(Database& database);
  // Looks at the completions that were not looked at yet.
  absl::Status Walk(Database& database);
  absl::Status AddToFront(Database& database, const TrialRow& row);

  static bool Same(const TrialRow& a, const TrialRow& b);
  static absl::Status ForEachTrial(Statement& query, const std::function<absl::Status(const TrialRow&)>& on_trial);
  static absl::StatusOr<std::optional<TrialRow>> ReadTrial(Database& database, int64_t trial_id);

  int64_t study_id_;
  std::string name_;
  std::vector<Direction> directions_;

  // What the connection said when it was last read; nullopt before.
  std::optional<int64_t> data_version_;
  int64_t total_changes_ = 0;

  int64_t last_trial_id_ = 0;
  std::map<int64_t, TrialRow> unfinished_;  // by trial_id
  int64_t final_[TrialState_ARRAYSIZE] = {};
  std::string first_started_;  // of final trials
  std::string last_completed_;
  std::optional<TrialRow> first_final_;  // the first and the last that were read: they tell the study from another
  std::optional<TrialRow> last_final_;

  // With one objective.
  std::vector<Completion> completions_;  // by time, then number; those from sorted_ on are not sorted in yet
  size_t sorted_ = 0;
  size_t walked_ = 0;                 // those before it were looked at
  std::vector<size_t> improvements_;  // places in completions_
  double best_value_ = 0;
  int64_t best_number_ = 0;
  std::optional<int64_t> best_;
  // With several.
  std::vector<std::vector<double>> front_;
};

// The digests of a connection's studies, made when first asked for.
class StudyDigests {
 public:
  // The study's digest, up to date. Requires: as StudyDigest::Refresh.
  absl::StatusOr<const StudyDigest*> Of(Store& store, const StoredStudy& study);
  // Drops those of studies that are not among these, or that have this name.
  void KeepOnly(const std::vector<StoredStudy>& studies);
  void Drop(absl::string_view study);
  void Clear() { digests_.clear(); }

 private:
  std::map<int64_t, std::unique_ptr<StudyDigest>> digests_;  // by study_id
};

}  // namespace parzen
