// Starts a program, in a process group or session of its own.
//
// The program dies with the thread that starts it (and so with the worker, however that ends): SIGKILL reaches the
// program itself, not what it has started in turn. By its session, that can be found and ended. It inherits the
// environment and no file but its three standard streams; signals are as in a fresh shell. Threads: any.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "worker/objectives/file_descriptor.h"

namespace parzen {

// A process and a handle of it.
struct RunningProgram {
  pid_t pid = -1;         // of the process, its group and, if it has one, its session; to be waited for
  FileDescriptor handle;  // readable once the process has ended (a pidfd)
};

// What the program leads, and what it starts belongs to unless it leaves it.
enum class Leads { kGroup, kSession };

// What becomes its standard streams.
struct ProgramStreams {
  int in, out, err;
};

// `argv[0]` is looked up on PATH when it has no slash; otherwise it is a path, from `folder` when relative. An empty
// `folder` means the worker's own. NotFound, InvalidArgument: the program or the folder is not there or cannot be run.
// ResourceExhausted: no process or no file is left. Requires: argv is not empty.
absl::StatusOr<RunningProgram> SpawnProgram(const std::vector<std::string>& argv, const std::string& folder,
                                            const ProgramStreams& streams, Leads leads = Leads::kGroup);

// Two ends: ours is kept, theirs becomes a standard stream of a program. Neither is a standard stream of this process.
struct StreamPair {
  FileDescriptor ours, theirs;
};
// What they write, we read. ResourceExhausted: no file is left.
absl::StatusOr<StreamPair> MakePipe();
// Both write and read. ResourceExhausted: no file is left.
absl::StatusOr<StreamPair> MakeSocketPair();
void NeverBlock(const FileDescriptor& fd);
// As poll takes it; longer waits are cut at an hour, to be repeated.
int PollMilliseconds(absl::Duration left);

struct SpawnedChild {
  pid_t pid = -1;         // of the process and of its group; to be waited for
  FileDescriptor handle;  // readable once the process has ended (a pidfd)
  FileDescriptor in;      // our ends of its streams; none of them blocks
  FileDescriptor out;
  FileDescriptor err;
};

// SpawnProgram with pipes to its streams.
absl::StatusOr<SpawnedChild> SpawnChild(const std::vector<std::string>& argv, const std::string& folder);

}  // namespace parzen
