// What /proc says of a process and of those that it has started. All of it is a snapshot: a process that ends meanwhile
// counts as nothing.
//
// Threads: any.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "absl/time/time.h"

namespace parzen {

// What it has started and what those have started, at most kMostDescendants; without what has lost its parent.
inline constexpr size_t kMostDescendants = 10'000;
std::vector<pid_t> Descendants(pid_t pid);

// Memory of its own that it has in RAM now; without files that are mapped, which processes share.
int64_t PrivateMemoryBytes(pid_t pid);

// User and system time, with that of its children that have ended.
absl::Duration ProcessorTime(pid_t pid);

// SIGKILL to it, and to all that it has started, with their process groups. Requires: it was not waited for.
void KillWithDescendants(pid_t pid);

// SIGKILL to all of the session that it leads or led, whatever has become of their parents, but not to itself.
// Requires: it was not waited for, so that no other session can have its number.
void KillSession(pid_t leader);

}  // namespace parzen
