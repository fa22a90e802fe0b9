// What others may cost the coordinator: bounds that no honest worker or command meets.
#pragma once

#include <cstddef>

#include "absl/time/time.h"

namespace parzen {

struct ServerLimits {
  // A connection that has not introduced itself (HTTP/2's preface, TLS's handshake) by then is closed.
  absl::Duration handshake = absl::Seconds(10);
  // A worker's stream that has not said Hello by then is closed.
  absl::Duration hello = absl::Seconds(10);
  // Connections at a time; fewer when the process may not open as many files.
  int connections = 8192;
  // Workers' streams at a time.
  int streams = 4096;
  // Messages a second of one stream: in the long run, and at once. 5,000 trials a second are 20,000.
  double stream_messages_per_second = 50'000;
  double stream_message_burst = 100'000;
  // Calls a second of one machine, and at once.
  double calls_per_second = 10'000;
  double call_burst = 20'000;
  // Calls that wait for an answer at a time, of all together.
  int calls = 2048;
  // An upload or an import whose sender sends nothing for so long makes room for the next one that comes.
  absl::Duration sender_may_stand_still = absl::Minutes(1);
};

// Bytes of a request, and of a worker's message: a study with long attributes, or a confusion matrix of a thousand
// classes, is the longest.
inline constexpr size_t kMaxRequestBytes = 16 << 20;
// Bytes of any message that gRPC takes. What it refuses it says of streams alone, without their peer, so that the bound
// above is ours; a request beyond both goes without a line in the log.
inline constexpr int kMaxReceivedBytes = 32 << 20;
inline constexpr int kMaxSentBytes = 64 << 20;
// Streams and calls of one connection at a time; a peer waits with more.
inline constexpr int kMaxConcurrentStreams = 1024;
// What gRPC may keep in its buffers; beyond it, it reads less.
inline constexpr size_t kMaxGrpcBytes = size_t{1} << 30;
// Threads of gRPC's own services for those that ask what there is (reflection); everything of ours has none to itself.
inline constexpr int kMaxGrpcThreads = 8;

}  // namespace parzen
