// What all who watch one study share: the study, and what changed of it, as events for streams. Threads: any.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "studies/reports/watched_study.h"

namespace parzen {

class WatchedFeed {
 public:
  // Events that a stream may be behind, together of at most so many bytes.
  static constexpr size_t kMostEvents = 100;
  static constexpr size_t kMostEventBytes = 16 << 20;

  // `begin`: positions are larger. Feeds of one study one after another must not share any, or who saw the one takes it
  // for the other: the time will do.
  WatchedFeed(std::string name, int64_t begin) : study_(std::move(name)), position_(begin) {}

  // Looks for changes and tells them; while the study is in use (plots are made), it is left for the next time. Errors:
  // as WatchedStudy::Look; NotFound ends all streams.
  absl::Status Look(StudyReader& reader);

  // Everything, with plots; or why the last look failed. `now`: steady time, as below.
  absl::StatusOr<std::string> WholeText(absl::Duration now);
  // The plots that are others than at the position `after`, made anew where something changed and enough time went by
  // since they were made: 40 times what that took.
  absl::StatusOr<std::string> PlotsText(absl::Duration now, int64_t after);

  // What a stream that has seen everything up to `position` is told next, and moves it on; "" when nothing happens
  // within `patience`. False: the stream ends.
  bool NextEvents(int64_t& position, absl::Duration patience, std::string& text);
  // Ends all streams, and plots that are being made, now and later.
  void Close();

  int64_t position();
  // The study was deleted.
  bool is_gone();
  // Steady time: when somebody last asked.
  void Want(absl::Duration now);
  absl::Duration wanted();

 private:
  struct Event {
    int64_t position = 0;
    std::string text;
  };
  absl::Status LookNow(StudyReader& reader) ABSL_EXCLUSIVE_LOCKS_REQUIRED(study_mutex_);
  struct MadePlot {
    std::string text;
    int64_t position = 0;  // since when it is as it is
  };
  // If it is time to.
  void MakePlots(absl::Duration now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(study_mutex_);
  std::string PlotsAfter(int64_t after) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(study_mutex_);
  bool is_closed();

  // Held while the study is read and while plots are made: longer than streams may wait.
  absl::Mutex study_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  WatchedStudy study_ ABSL_GUARDED_BY(study_mutex_);
  absl::Status looked_ ABSL_GUARDED_BY(study_mutex_);  // what the last look said
  std::map<std::string, MadePlot> plots_ ABSL_GUARDED_BY(study_mutex_);
  int64_t plots_position_ ABSL_GUARDED_BY(study_mutex_) = -1;
  absl::Duration plots_made_ ABSL_GUARDED_BY(study_mutex_), plots_took_ ABSL_GUARDED_BY(study_mutex_);
  std::string whole_ ABSL_GUARDED_BY(study_mutex_);  // without plots
  int64_t whole_position_ ABSL_GUARDED_BY(study_mutex_) = -1;

  absl::Mutex mutex_;
  int64_t position_ ABSL_GUARDED_BY(mutex_);  // of the last change
  std::deque<Event> events_ ABSL_GUARDED_BY(mutex_);
  size_t event_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration wanted_ ABSL_GUARDED_BY(mutex_) = absl::ZeroDuration();
};

}  // namespace parzen
