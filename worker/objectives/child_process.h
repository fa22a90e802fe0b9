// A running program, spoken to in lines: what we tell it goes to its standard input, what it says comes from its
// standard output, the end of its standard error is kept.
//
// Nothing it does can block its owner: every wait has a deadline and ends when a stop is asked for; a program that does
// not read has what we tell it kept until it does; one that writes too much, or no line ends, is found out. Nothing of
// it stays behind: Finish kills the whole process group and leaves no zombie. Threads: externally synchronised; created
// and destroyed on one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/stop.h"
#include "worker/objectives/child_spawn.h"
#include "worker/objectives/stream_tail.h"

namespace parzen {

// Makes a Stop something to poll.
class StopHandle {
 public:
  explicit StopHandle(const Stop& stop);
  // Readable once stop is requested.
  int fd() const { return event_.get(); }

 private:
  const FileDescriptor event_;
  const StopCallback callback_;
};

class ChildProcess {
 public:
  // Longer lines are an error.
  static constexpr size_t kLongestLine = 1 << 20;
  // Between SIGTERM and SIGKILL.
  static constexpr absl::Duration kTermination = absl::Seconds(2);

  enum class Event {
    kLine,     // it said something
    kClosed,   // it closed its standard output, but still runs
    kEnded,    // it has ended, and all it said was read
    kTooLong,  // it said more than kLongestLine without a line end
    kTimeUp,   // the deadline has come
    kStopped,  // a stop was asked for
  };

  // How it ended.
  struct End {
    bool succeeded = false;  // by itself, with status 0
    std::string how;         // "ended with status 3", "was killed by signal 9 (SIGKILL)"
    std::string last_words;  // the end of its standard error
  };

  // See SpawnChild.
  static absl::StatusOr<std::unique_ptr<ChildProcess>> Start(const std::vector<std::string>& argv,
                                                             const std::string& folder);
  ~ChildProcess() { Finish(); }

  // Tells it a line; never waits.
  void Tell(absl::string_view line);
  // Waits for its next line (without the line end; the last one may lack it). `deadline` is steady time.
  Event Listen(std::string& line, absl::Duration deadline, const StopHandle& stop);
  // Closes its standard input, and waits for it to end by itself: kEnded, kTimeUp or kStopped. What it still says is
  // forgotten.
  Event WaitForEnd(absl::Duration deadline, const StopHandle& stop);
  // Whether it runs and has said nothing that was not listened to.
  bool IsIdle();
  // Ends what still runs of it: SIGTERM to its group, SIGKILL after kTermination. The same at every call.
  const End& Finish();

 private:
  explicit ChildProcess(SpawnedChild child);

  // Waits until something can be read or written, it ends, time is up, or a stop is asked for; the last three are told.
  std::optional<Event> Await(absl::Duration deadline, const StopHandle& stop);
  void WriteSome();
  // Reads some of what is there.
  void ReadSome();
  bool HasEnded() const;
  // Takes the next whole line out of what was read.
  bool TakeLine(std::string& line);

  SpawnedChild child_;
  StreamTail standard_error_;
  std::string to_tell_;
  std::string said_;
  size_t searched_ = 0;  // of said_: no line end before
  std::optional<End> end_;
};

}  // namespace parzen
