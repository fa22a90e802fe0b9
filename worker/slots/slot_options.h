// What a slot's process is told when it starts, as arguments: it is the worker's own program, started again as
// `parzen slot ...`. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace parzen {

// The program's first argument.
inline constexpr char kSlotCommand[] = "slot";

struct SlotOptions {
  // Of its TBB arena.
  int threads = 1;
  // See WorkerOptions.
  bool allow_commands = false;
  int64_t memory_bytes = 0;
  std::string cache;
  int64_t cache_bytes = 0;
};

// Behind kSlotCommand.
std::vector<std::string> SlotArguments(const SlotOptions& options);
// Back again. InvalidArgument: they are no such arguments.
absl::StatusOr<SlotOptions> ParseSlotArguments(const std::vector<std::string>& arguments);

}  // namespace parzen
