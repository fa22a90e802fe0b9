// Starts a program with pipes to its standard streams, in a process group of its own.
//
// The program dies with the thread that starts it (and so with the worker, however that ends): SIGKILL reaches the
// program itself, not what it has started in turn. It inherits the environment and no file but the three pipes; signals
// are as in a fresh shell. Threads: any.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "worker/objectives/file_descriptor.h"

namespace parzen {

struct SpawnedChild {
  pid_t pid = -1;         // of the process and of its group; to be waited for
  FileDescriptor handle;  // readable once the process has ended (a pidfd)
  FileDescriptor in;      // our ends of its streams; none of them blocks
  FileDescriptor out;
  FileDescriptor err;
};

// `argv[0]` is looked up on PATH when it has no slash; otherwise it is a path, from `folder` when relative. An empty
// `folder` means the worker's own. NotFound, InvalidArgument: the program or the folder is not there or cannot be run.
// ResourceExhausted: no process or no file is left. Requires: argv is not empty.
absl::StatusOr<SpawnedChild> SpawnChild(const std::vector<std::string>& argv, const std::string& folder);

}  // namespace parzen
