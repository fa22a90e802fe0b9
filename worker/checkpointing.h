// How a training, or any trial, that is asked to pause leaves what it needs to go on later, here or on another machine.
// What goes on gives the same bits as what was never interrupted.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace parzen {

// What the coordinator says to the report of a step.
enum class StepVerdict { kGoOn, kStop, kPause };

// A longer checkpoint is dropped, and the trial begins again: it has to fit into a message to the coordinator.
inline constexpr size_t kMaxCheckpointBytes = size_t{15} << 20;

struct PauseHooks {
  // After a report was answered with false: whether that was to pause.
  std::function<bool()> asked = [] { return false; };
  // Takes the checkpoint; to be called before Cancelled is returned. What never calls it begins again.
  std::function<void(std::string checkpoint)> save = [](const std::string&) {};
};

}  // namespace parzen
