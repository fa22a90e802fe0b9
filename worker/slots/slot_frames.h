// How messages follow each other on the socket pair between a worker and a slot: each behind its length, 4 bytes,
// little-endian. A message that is longer than kLongestSlotMessage is refused before it is kept. Threads: externally
// synchronised.
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

namespace parzen {

// As much as a worker takes from its coordinator.
inline constexpr size_t kLongestSlotMessage = size_t{64} << 20;

// Appends the message behind its length. Requires: it is at most kLongestSlotMessage long.
void AppendFrame(const google::protobuf::MessageLite& message, std::string& bytes);

// Takes messages out of bytes as they come.
class FrameReader {
 public:
  void Append(absl::string_view bytes);
  // Takes the next message that is there in whole; false when none is. InvalidArgument: it is none of this type, or too
  // long; nothing that follows can be understood.
  absl::StatusOr<bool> Next(google::protobuf::MessageLite& message);

 private:
  std::string bytes_;
  size_t taken_ = 0;  // of bytes_
};

}  // namespace parzen
