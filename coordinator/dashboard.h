// The studies of a database as they go on, for browsers: the page of web/, and what it asks for, in JSON.
//
//   GET /                                the page
//   GET /api/studies                     [{"name": ..., "counts": ..., "best": ...}, ...]
//   GET /api/study?name=NAME             one study, its trials and plots: as web/src/data.ts has it, with "position"
//                                        and "plots_position"
//   GET /api/study/plots?name=NAME       {"position": P, "plots": {...}}; with &after=P those that are others since
//   GET /api/study/space?name=NAME       what values its parameters may have (SpaceJson)
//   GET /api/study/events?name=NAME      server-sent events: "changes", {"summary", "trials", "dropped", ...}, from
//                                        &after=P on; "again" when too much has happened since: ask for all of it;
//                                        "gone"
//   GET /api/workers                     who is connected
//
// What changes studies is in dashboard_actions.h.
//
// It reads through a connection of its own, and reads what changed, once for all who watch: looking takes at most a
// fortieth of a processor, and so do plots. In a database that keeps a write-ahead log, as ours do, no writer waits
// for it. Works on any file that StudyReader reads, with a coordinator and without.
//
// What happens when things fail:
//   a browser goes away, or is too slow   its stream ends; what it missed it is told, or that it has to ask again
//   nobody watches a study any more       after a minute it is forgotten
//   the study is deleted                  its streams say "gone", and end; asking for it is 404
//   a request does not say what it wants  400 with what to say
//   the file cannot be read               503 with why; looking goes on, and ends when it can be read again
//   another file is at the path           without an owner (Follows), that one is shown from then on
// Threads: any.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/http.h"
#include "studies/store/file_identity.h"
#include "studies/store/study_reader.h"

namespace parzen {

class WatchedFeed;

class Dashboard {
 public:
  // Studies that are watched at a time.
  static constexpr size_t kMostFeeds = 50;

  enum class Follows {
    kOwner,  // who owns the database watches its file, and calls Reopen
    kPath,   // whatever file is at the path
  };

  // Errors: as StudyReader::Open.
  static absl::StatusOr<std::unique_ptr<Dashboard>> Open(const std::string& db, Follows follows);
  ~Dashboard();

  // Borrow; until Stop.
  std::vector<HttpRoute> Routes();
  // Ends streams and stops looking. Idempotent.
  void Stop();
  // Closes the connection, calls `reopen_others`, and opens it again; waits for no read to come to its own end.
  absl::Status Reopen(const std::function<absl::Status()>& reopen_others);

 private:
  Dashboard(std::unique_ptr<StudyReader> reader, std::optional<FileIdentity> file);

  HttpPage Studies();
  HttpPage Workers();
  HttpPage Study(const HttpRequest& request);
  HttpPage Plots(const HttpRequest& request);
  HttpPage Space(const HttpRequest& request);
  HttpPage Events(const HttpRequest& request);

  // The study that a request is about. One whose name is no UTF-8 is known by what the page makes of it; of two that
  // look the same, the first.
  absl::StatusOr<std::string> NameIn(const HttpRequest& request);
  // The feed of the study that a request names, which is begun if nobody watches it yet. NotFound; ResourceExhausted:
  // kMostFeeds.
  absl::StatusOr<std::shared_ptr<WatchedFeed>> FeedOf(const HttpRequest& request);
  // Looks at all feeds again and again.
  void LookForChanges();
  // Once. Whether all could be read, and how long that took.
  absl::Status LookOnce(absl::Duration& took);
  // Has the connection ask gives_up_: each one that was opened, as a closed one forgets it.
  void LetReadsEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reader_mutex_);
  void FollowThePath() ABSL_EXCLUSIVE_LOCKS_REQUIRED(reader_mutex_);
  std::vector<std::shared_ptr<WatchedFeed>> Feeds();

  std::atomic<bool> gives_up_ = false;  // reads are to end: the reader is wanted for something else, or it is all over
  absl::Mutex reader_mutex_;
  const std::unique_ptr<StudyReader> reader_ ABSL_PT_GUARDED_BY(reader_mutex_);
  std::optional<FileIdentity> file_ ABSL_GUARDED_BY(reader_mutex_);  // absent: somebody else looks after it
  std::string studies_ ABSL_GUARDED_BY(reader_mutex_);               // the last answer
  absl::Duration studies_read_ ABSL_GUARDED_BY(reader_mutex_) = -absl::InfiniteDuration();
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, std::shared_ptr<WatchedFeed>> feeds_ ABSL_GUARDED_BY(mutex_);
  std::thread looker_;
};

}  // namespace parzen
