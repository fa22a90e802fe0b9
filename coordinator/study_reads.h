// Reads of the study database for the RPCs: on threads and connections of their own, so that a long one holds up
// neither gRPC's threads, of which there are two for all streams and calls, nor the commit loop.
//
// What happens when things fail:
//   a read takes long                   one other goes on beside it, and dataset files are found all the same
//   its caller goes away                it ends soon, also in the midst of a statement: Cancelled
//   it is not through after a while     DeadlineExceeded; one that waits counts its waiting
//   the database is opened anew         reads under way are ended for it, and done again afterwards
//   it cannot be opened any more        every read is told so, until a later Reopen
// Threads: internally synchronised.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/work_queue.h"
#include "proto/study.pb.h"
#include "studies/store/study_reader.h"

namespace parzen {

class StudyReads {
 public:
  // Whether the caller still waits; asked often, on another thread, until `done` is called.
  using IsWanted = std::function<bool()>;
  // May be called again after it was ended; then as if it had never been.
  using Work = std::function<absl::Status(StudyReader& reader)>;
  using Done = std::function<void(const absl::Status&)>;

  // `longest`: how long a read may take, its waiting included. Errors: as StudyReader::Open.
  static absl::StatusOr<std::unique_ptr<StudyReads>> Open(const std::string& path, absl::Duration longest);

  // Does `work` soon, then calls `done` with what it said, both on another thread. First come, first served.
  void Post(IsWanted is_wanted, Work work, Done done);
  // The dataset files that studies name (see StudyReader); waits for no read but the like.
  absl::StatusOr<std::vector<DatasetFile>> DatasetFiles(const std::string& sha256);
  // Closes all connections, calls `reopen_others`, and opens them again; waits for no read to come to its own end. When
  // one of these fails, every read is told so until a later call.
  absl::Status Reopen(const std::function<absl::Status()>& reopen_others);

 private:
  static constexpr int kThreads = 2;
  struct Connection {
    std::unique_ptr<StudyReader> reader;
    bool in_use = false;
  };

  explicit StudyReads(absl::Duration longest) : longest_(longest) {}

  // Runs `work` on the first of some connections that is free: who reads alone always gets the one that remembers what
  // it read before. `until`: steady time.
  absl::Status Run(size_t first, size_t end, absl::Duration until, const IsWanted& is_wanted, const Work& work);
  // A connection of those, to be given back; waits.
  absl::StatusOr<Connection*> Take(size_t first, size_t end);
  void GiveBack(Connection& connection);

  const absl::Duration longest_;
  std::atomic<bool> reopening_ = false;  // reads are to end
  absl::Mutex mutex_;
  // One a thread, and one for those who look for files.
  std::array<Connection, kThreads + 1> connections_ ABSL_GUARDED_BY(mutex_);
  absl::Status opened_ ABSL_GUARDED_BY(mutex_);  // why they are closed; OK while they are open
  WorkQueue queue_{kThreads};                    // ends first
};

}  // namespace parzen
