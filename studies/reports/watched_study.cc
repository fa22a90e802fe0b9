#include "studies/reports/watched_study.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "studies/reports/shown_artifacts.h"
#include "studies/reports/study_json.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

bool ByNumber(const TrialRecord& trial, int64_t number) { return trial.number() < number; }

int64_t CountTrials(const StudySummary& summary) {
  return summary.waiting() + summary.running() + summary.complete() + summary.pruned() + summary.failed();
}

// An answer leaves out distributions that are those of the trial before: here each trial has its own.
void FillDistributions(TrialRecord& trial, std::map<std::string, std::string>& last) {
  for (int i = 0; i < trial.distribution_size(); ++i) {
    std::string& known = last[trial.parameter(i).name()];
    if (trial.distribution(i).empty()) {
      trial.set_distribution(i, known);
    } else {
      known = trial.distribution(i);
    }
  }
}

// Keeps at most so many of its steps, the last one among them.
void ThinOutSteps(TrialRecord& trial) {
  constexpr int64_t kMost = WatchedStudy::kMostSteps;
  const int64_t all = trial.step_size();
  if (all <= kMost) return;
  for (int64_t i = 1; i <= kMost; ++i) {
    trial.mutable_step(static_cast<int>(i - 1))->CopyFrom(trial.step(static_cast<int>(all * i / kMost - 1)));
  }
  trial.mutable_step()->DeleteSubrange(static_cast<int>(kMost), static_cast<int>(all - kMost));
}

TrialRecord WithoutWhatIsNotShown(TrialRecord trial) {
  trial.clear_event();
  // Of a trial that waits they say what it is to be done with.
  if (trial.state() != WAITING) trial.clear_system_attribute();
  ThinOutSteps(trial);
  return trial;
}

GetTrialRequest RequestFor(const std::string& study, int64_t number) {
  GetTrialRequest request;
  request.set_study(study);
  request.set_number(number);
  return request;
}

}  // namespace

absl::StatusOr<WatchedStudy::Changes> WatchedStudy::Look(StudyReader& reader) {
  GetStudyRequest request;
  request.set_study(name_);
  ASSIGN_OR_RETURN(StudySummary summary, reader.GetStudy(request));
  const int64_t all = CountTrials(summary);
  ASSIGN_OR_RETURN(const bool is_the_same, IsTheSame(reader, summary, all));
  if (!is_the_same) {
    *this = WatchedStudy(name_, most_trials_);
    pending_.everything = true;
  }
  if (summary.SerializeAsString() != summary_.SerializeAsString()) pending_.summary = true;
  summary_ = std::move(summary);
  all_ = all;
  const absl::Status status = ReadTrials(reader);
  // What is missing now was there a moment ago: something changes in these very moments, and the next look sees what.
  if (absl::IsNotFound(status)) return absl::AbortedError(status.message());
  RETURN_IF_ERROR(status);
  return std::exchange(pending_, Changes());
}

absl::StatusOr<bool> WatchedStudy::IsTheSame(StudyReader& reader, const StudySummary& summary, int64_t all) {
  if (summary.study_id() != summary_.study_id() || all < all_) return false;
  if (all == 0) return true;
  const absl::StatusOr<TrialRecord> first = reader.GetTrial(RequestFor(name_, 0));
  if (absl::IsNotFound(first.status())) return true;  // somebody took rows away: nothing to tell it by
  RETURN_IF_ERROR(first.status());
  std::string anchor = absl::StrCat(first->trial_id());
  for (const NamedJson& parameter : first->parameter()) absl::StrAppend(&anchor, "\n", parameter.json());
  const bool is_the_same = first_trial_.empty() || anchor == first_trial_ || !IsFinal(first->state());
  if (is_the_same && IsFinal(first->state())) first_trial_ = std::move(anchor);
  return is_the_same;
}

absl::Status WatchedStudy::ReadTrials(StudyReader& reader) {
  RETURN_IF_ERROR(ReadUnfinishedTrials(reader));
  RETURN_IF_ERROR(ReadNewTrials(reader));
  if (summary_.has_best() && !Has(summary_.best().number())) {
    RETURN_IF_ERROR(ReadOne(reader, summary_.best().number()));
  }
  RETURN_IF_ERROR(ReadArtifacts(reader));
  ThinOut();
  return absl::OkStatus();
}

absl::Status WatchedStudy::ReadNewTrials(StudyReader& reader) {
  const auto most = static_cast<int64_t>(most_trials_);
  if (pending_.everything && all_ > most) return ReadSample(reader, most);
  // The newest, where there are more than a look reads: as long as it goes on like that, what is left out is evenly
  // spread.
  if (!pending_.everything) next_number_ = std::max(next_number_, all_ - kMostNewTrialsOfLook);
  return ReadFrom(reader, next_number_, all_);
}

absl::Status WatchedStudy::ReadSample(StudyReader& reader, int64_t most) {
  // Not one by one: what stands together in the file is read together. One run less than there is room for, as there
  // will be more trials.
  constexpr int64_t kRuns = 200;
  const int64_t run = std::max<int64_t>(most / kRuns, 1);
  const int64_t runs = std::max<int64_t>(most / run - 1, 1);
  for (int64_t i = 1; i <= runs; ++i) {
    const int64_t from = runs == 1 ? all_ - run : (i - 1) * (all_ - run) / (runs - 1);
    RETURN_IF_ERROR(ReadFrom(reader, from, from + run));
  }
  next_number_ = std::max(next_number_, all_);
  return absl::OkStatus();
}

absl::Status WatchedStudy::ReadFrom(StudyReader& reader, int64_t number, int64_t end) {
  constexpr int64_t kPage = 1000;
  ListTrialsRequest request;
  request.set_study(name_);
  request.set_distributions(true);
  request.set_steps(true);
  size_t waiting = 0;
  for (bool more = true; more && number < end;) {
    request.set_from_number(number);
    request.set_limit(static_cast<int32_t>(std::min(end - number, kPage)));
    ASSIGN_OR_RETURN(ListTrialsResponse page, reader.ListTrials(request));
    more = page.more() && page.trial_size() > 0;
    std::map<std::string, std::string> distributions;
    for (TrialRecord& trial : *page.mutable_trial()) {
      number = trial.number() + 1;
      next_number_ = std::max(next_number_, number);
      FillDistributions(trial, distributions);
      if (trial.state() == WAITING && waiting++ < kMostUnfinishedTrialsOfLook) {
        RETURN_IF_ERROR(ReadOne(reader, trial.number()));  // with what it is to be done with, too
      } else {
        Keep(WithoutWhatIsNotShown(std::move(trial)));
      }
    }
  }
  return absl::OkStatus();
}

absl::Status WatchedStudy::ReadUnfinishedTrials(StudyReader& reader) {
  std::vector<int64_t> turn(unfinished_.upper_bound(looked_at_), unfinished_.end());
  turn.insert(turn.end(), unfinished_.begin(), unfinished_.upper_bound(looked_at_));
  if (turn.size() > kMostUnfinishedTrialsOfLook) turn.resize(kMostUnfinishedTrialsOfLook);
  for (const int64_t number : turn) {
    looked_at_ = number;
    RETURN_IF_ERROR(ReadOne(reader, number));
  }
  return absl::OkStatus();
}

absl::Status WatchedStudy::ReadOne(StudyReader& reader, int64_t number) {
  ASSIGN_OR_RETURN(TrialRecord trial, reader.GetTrial(RequestFor(name_, number)));
  Keep(WithoutWhatIsNotShown(std::move(trial)));
  return absl::OkStatus();
}

absl::Status WatchedStudy::ReadArtifacts(StudyReader& reader) {
  // Which trials come next to the best, or are on the front, may be another after any trial: it is looked at again each
  // time that there are a tenth more.
  int64_t complete = 1;
  while (complete > 0 && complete * 11 / 10 + 1 <= summary_.complete()) complete = complete * 11 / 10 + 1;
  if (summary_.complete() == 0) complete = 0;
  const std::string are_of = absl::StrCat(summary_.has_best() ? summary_.best().number() : -1, "|", complete, "|",
                                          summary_.final().SerializeAsString());
  if (are_of == artifacts_are_of_) return absl::OkStatus();
  ASSIGN_OR_RETURN(artifacts_, ReadShownArtifacts(reader, summary_));
  artifacts_are_of_ = are_of;
  return absl::OkStatus();
}

bool WatchedStudy::Has(int64_t number) const {
  const auto at = std::lower_bound(trials_.begin(), trials_.end(), number, ByNumber);
  return at != trials_.end() && at->number() == number;
}

void WatchedStudy::Keep(TrialRecord trial) {
  const int64_t number = trial.number();
  if (IsFinal(trial.state())) {
    unfinished_.erase(number);
  } else {
    unfinished_.insert(number);
  }
  const auto at = std::lower_bound(trials_.begin(), trials_.end(), number, ByNumber);
  if (at == trials_.end() || at->number() != number) {
    trials_.insert(at, std::move(trial));
  } else if (at->SerializeAsString() != trial.SerializeAsString()) {
    *at = std::move(trial);
  } else {
    return;
  }
  pending_.trials.insert(number);
}

std::set<int64_t> WatchedStudy::MustStay() const {
  std::set<int64_t> numbers;
  if (summary_.direction_size() > 1) {
    const StudySnapshot whole = snapshot();
    for (const TrialRecord* trial : ParetoFront(whole, ValuedTrials(whole))) numbers.insert(trial->number());
  }
  for (const TrialRecord& trial : trials_) {
    if (trial.state() == RUNNING) numbers.insert(trial.number());
  }
  // A front may be all there is: then it is thinned out, too.
  if (numbers.size() > most_trials_ / 2) numbers.clear();
  if (summary_.has_best()) numbers.insert(summary_.best().number());
  return numbers;
}

void WatchedStudy::ThinOut() {
  if (trials_.size() <= most_trials_) return;
  const std::set<int64_t> must_stay = MustStay();
  std::vector<TrialRecord> kept;
  bool drops = false;
  for (TrialRecord& trial : trials_) {
    if (must_stay.contains(trial.number()) || !(drops = !drops)) {
      kept.push_back(std::move(trial));
      continue;
    }
    unfinished_.erase(trial.number());
    pending_.dropped.push_back(trial.number());
  }
  trials_ = std::move(kept);
}

nlohmann::ordered_json WatchedStudy::ChangesJson(const Changes& changes) const {
  Trials changed;
  for (const int64_t number : changes.trials) {
    const auto at = std::lower_bound(trials_.begin(), trials_.end(), number, ByNumber);
    if (at != trials_.end() && at->number() == number) changed.push_back(&*at);
  }
  nlohmann::ordered_json json = TrialsJson(changed);
  json["dropped"] = changes.dropped;
  json["summary"] = SummaryJson(summary_);
  json["all_trials"] = all_;
  return json;
}

nlohmann::ordered_json WatchedStudy::WholeJson() const {
  nlohmann::ordered_json study = SummaryJson(summary_);
  study.update(TrialsJson(snapshot()));
  study["all_trials"] = all_;
  return study;
}

}  // namespace parzen
