// Brings a study that was made elsewhere into a study database, trial by trial: with numbers, states, times, parameters
// and what they could have been, values, steps and attributes as they were. Fast enough for very many trials: put some
// thousand of them into one transaction.
//
//   ASSIGN_OR_RETURN(StudyImport import, StudyImport::Create(store, summary, now));
//   for (const TrialRecord& trial : trials) RETURN_IF_ERROR(import.Add(trial).status());
//
// Every call needs an open transaction of the store, which is borrowed; an import may go on over several. Threads:
// externally synchronised. Errors: InvalidArgument for what no study may hold, which leaves the transaction sound but
// for what was written of that trial (use a Savepoint to go on without it); otherwise as store.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/study.pb.h"
#include "studies/distribution.h"
#include "studies/store/store.h"

namespace parzen {

class StudyImport {
 public:
  // Makes the study: `name` and `direction` are needed. With a spec (whose name must be the study's) it is one of
  // Parzen's own, with budget, files, final result, and stopped where it was; without one it is one that others made.
  // `metric` names the objectives unless the system attributes say so. AlreadyExists when the name is taken.
  static absl::StatusOr<StudyImport> Create(Store& store, const StudySummary& study, absl::Time now);
  // More trials for a study that is there. NotFound.
  static absl::StatusOr<StudyImport> Continue(Store& store, int64_t study_id);

  int64_t study_id() const { return study_id_; }

  // Adds the next trial and gives its id. `number` must be the count of the study's trials, or absent. A parameter's
  // distribution may be empty where it is the same as in the trial before that had the parameter. What is COMPLETE
  // needs one value an objective, none of them NaN; what is FAIL has none. Constraints are stored unless the system
  // attributes have them. A trial that is not final becomes one that WAITs, its parameters given: its values, steps and
  // times are left out. Attempts are not taken over: their workers are not ours.
  absl::StatusOr<int64_t> Add(const TrialRecord& trial);

 private:
  // What is known of a parameter from the last trial that had it.
  struct Parameter {
    std::string given;   // the distribution's text as it came
    std::string stored;  // as Optuna writes it
    Distribution distribution;
  };

  StudyImport(Store& store, int64_t study_id, int64_t objectives)
      : store_(&store), study_id_(study_id), objectives_(objectives) {}

  absl::Status CreateForeign(const StudySummary& study);
  absl::Status PutAttributes(const StudySummary& study);
  absl::StatusOr<int64_t> AddChecked(const TrialRecord& trial);
  absl::Status CheckShape(const TrialRecord& trial) const;
  absl::Status PutParameters(int64_t trial_id, const TrialRecord& trial);
  absl::Status PutResults(int64_t trial_id, const TrialRecord& trial);
  absl::Status PutTrialAttributes(int64_t trial_id, const TrialRecord& trial);
  absl::StatusOr<const Parameter*> Learn(absl::string_view name, const std::string& distribution_json);

  Store* store_;  // never null; a pointer so that an import can be assigned
  int64_t study_id_;
  int64_t objectives_;
  absl::flat_hash_map<std::string, Parameter> parameters_;  // by name
};

}  // namespace parzen
