// A study as it goes on, for those who watch it: what is kept of it is brought up to date by reading what changed, and
// told as JSON (web/src/data.ts). Works on any file that StudyReader reads. Threads: externally synchronised.
//
// What happens when things fail:
//   the study is deleted, or made anew     Look says so (NotFound), or that everything is another by now
//   a look fails half way                  the next one that succeeds tells what that one had found, too
//   trials come faster than they are read  some are left out: counts stay right, and it is known how many are kept
//   more trials than are kept              at first some are read, evenly spread; later every other one goes, but for
//                                          the best and those that run, as long as these are less than half; who has
//                                          them is told which
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "proto/study.pb.h"
#include "studies/reports/plots/plot.h"
#include "studies/store/study_reader.h"

namespace parzen {

class WatchedStudy {
 public:
  // Trials that are kept at most, and steps of each.
  static constexpr size_t kMostTrials = 20000;
  static constexpr int kMostSteps = 1000;
  // Trials that one look reads at most.
  static constexpr int64_t kMostNewTrialsOfLook = 1000;
  static constexpr size_t kMostUnfinishedTrialsOfLook = 300;

  explicit WatchedStudy(std::string name, size_t most_trials = kMostTrials)
      : name_(std::move(name)), most_trials_(most_trials) {}

  // What changed since the last look that succeeded.
  struct Changes {
    bool everything = false;  // it is another study than before, or the first look
    bool summary = false;
    std::set<int64_t> trials;
    std::vector<int64_t> dropped;  // trials that are not kept any more
    bool any() const { return everything || summary || !trials.empty() || !dropped.empty(); }
  };
  // Reads what changed. NotFound: there is no such study any more.
  absl::StatusOr<Changes> Look(StudyReader& reader);

  // Borrows; until the next look.
  StudySnapshot snapshot() const { return {summary_, trials_, artifacts_}; }
  // How many trials the study has.
  int64_t all_trials() const { return all_; }
  // {"summary", "parameters", "metrics", "trials", "dropped", "all_trials"}: of those that changed. Who has had all
  // changes has the trials that are kept here, no others.
  nlohmann::ordered_json ChangesJson(const Changes& changes) const;
  // Everything but the plots.
  nlohmann::ordered_json WholeJson() const;

 private:
  // Whether it is still the study that was looked at before.
  absl::StatusOr<bool> IsTheSame(StudyReader& reader, const StudySummary& summary, int64_t all);
  absl::Status ReadTrials(StudyReader& reader);
  absl::Status ReadNewTrials(StudyReader& reader);
  // Fewer than `most` of all trials, evenly spread, the newest among them.
  absl::Status ReadSample(StudyReader& reader, int64_t most);
  // From this number on, before `end`; more than that where numbers are left out.
  absl::Status ReadFrom(StudyReader& reader, int64_t number, int64_t end);
  absl::Status ReadUnfinishedTrials(StudyReader& reader);
  absl::Status ReadOne(StudyReader& reader, int64_t number);
  absl::Status ReadArtifacts(StudyReader& reader);
  bool Has(int64_t number) const;
  // Takes a trial in, or over what was known of it.
  void Keep(TrialRecord trial);
  std::set<int64_t> MustStay() const;
  void ThinOut();

  std::string name_;
  size_t most_trials_;
  StudySummary summary_;
  std::vector<TrialRecord> trials_;  // by number
  std::vector<TrialArtifact> artifacts_;
  std::set<int64_t> unfinished_;  // of trials_
  int64_t all_ = 0;               // trials there are
  int64_t next_number_ = 0;       // trials from there on were not looked at
  int64_t looked_at_ = -1;        // the last of the unfinished trials that was looked at: the others' turn comes
  std::string first_trial_;       // what tells the study from another of its name and id
  std::string artifacts_are_of_;  // the best, the final, and how many were complete
  Changes pending_;               // that nobody was told of yet
};

}  // namespace parzen
