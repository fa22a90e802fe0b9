// What has changed in a study database since one last looked, whoever changed it: other programs may write to the file
// at any time. Looking costs what changed and what is unfinished, never what is finished already.
//
//   TrialCursor cursor;                                                      // knows nothing yet
//   ASSIGN_OR_RETURN(numbers, FindTrialChanges(database, study_id, cursor));  // all trials
//   ASSIGN_OR_RETURN(numbers, FindTrialChanges(database, study_id, cursor));  // those that changed since
//
// Requires: the file has our tables. Threads: functions use the Database they are given and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/study.pb.h"
#include "studies/store/sqlite.h"

namespace parzen {

struct UnfinishedTrial {
  TrialState state = RUNNING;  // or WAITING
  // Ours: an attempt is open that began when the trial did. When a trial has another start than its attempt, another
  // program has claimed it over our head (Optuna's UPDATE does not look at the state).
  bool held = false;
  bool operator==(const UnfinishedTrial&) const = default;
};

// What one knows of a study's trials.
struct TrialCursor {
  int64_t next_number = 0;                        // trials below it are known
  std::map<int64_t, UnfinishedTrial> unfinished;  // of those, by number
};

// Moves the cursor on to what the file holds now. Returns the numbers, ascending, of trials to look at: new ones, those
// of the unfinished whose state is another one or that are not ours any more or again, and every trial that runs
// elsewhere, of which parameters and steps appear without a trace. Aborted when the cursor knows what cannot have
// become what the file holds (rows were removed, final trials are unfinished again): it is then useless.
absl::StatusOr<std::vector<int64_t>> FindTrialChanges(Database& database, int64_t study_id, TrialCursor& cursor);

// What may change of a study by itself.
struct StudyMark {
  int64_t study_id = 0;
  std::string name;
  std::string created;  // with the name it tells studies apart that had one id in turn; "" when others made the study
  int64_t budget = 0;
  bool space_finished = false;
  bool stopped = false;
  absl::Time deadline = absl::InfiniteFuture();
  std::string files;  // name, path and SHA-256 of each, every one followed by a unit separator
};

// All studies, by id; with `study_id`, that one if it is there.
absl::StatusOr<std::vector<StudyMark>> ReadStudyMarks(Database& database,
                                                      std::optional<int64_t> study_id = std::nullopt);

}  // namespace parzen
