// Streams between workers and the coordinator, as gRPC over TCP gives them: what arrives on one stream arrives in order
// and once; a stream that breaks loses what was under way, in one direction or both; each end learns of it by itself,
// soon, late, or after a new stream is there. Different streams of a worker know nothing of each other.
//
// Threads: externally synchronised. Borrows the world and both kinds of ends.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/random_stream.h"
#include "coordinator/dispatcher.h"
#include "proto/coordinator.pb.h"
#include "tests/coordinator/simulator/world.h"

namespace parzen {

class CoordinatorEnd {
 public:
  virtual ~CoordinatorEnd() = default;
  virtual bool Listens() const = 0;
  virtual void Received(ConnectionId stream, const WorkerMessage& message) = 0;
  // The stream is over, whoever ended it.
  virtual void StreamEnded(ConnectionId stream) = 0;
};

// Of one worker. `dial` names the attempt to connect.
class WorkerEnd {
 public:
  virtual ~WorkerEnd() = default;
  virtual void Dialled(int64_t dial, absl::StatusOr<ConnectionId> stream) = 0;
  virtual void Received(ConnectionId stream, const CoordinatorMessage& message) = 0;
  virtual void StreamEnded(ConnectionId stream, const absl::Status& reason) = 0;
};

// How long what a worker sends or gets is under way.
struct LinkSpeed {
  absl::Duration delay;   // at least
  absl::Duration jitter;  // on average, on top
};

class Network {
 public:
  Network(World& world, std::vector<LinkSpeed> links);
  void set_coordinator(CoordinatorEnd* coordinator) { coordinator_ = coordinator; }

  // --- For the ends.
  // Answers Dialled once.
  void Dial(int worker, WorkerEnd* end, int64_t dial);
  void SendUp(ConnectionId stream, const WorkerMessage& message);
  void SendDown(ConnectionId stream, const CoordinatorMessage& message);
  // What the worker has sent still arrives. With `silently` its machine is gone: nothing arrives, and the coordinator
  // finds out late.
  void CloseByWorker(ConnectionId stream, bool silently);
  // Of what was sent some may be lost. The first reason counts.
  void CloseByCoordinator(ConnectionId stream, const absl::Status& reason);
  void CloseAllByCoordinator(const absl::Status& reason);
  // Its process is dead: every stream is over.
  void CoordinatorDied();

  // Whether all that the worker says on the stream arrives in time, and did since then.
  bool IsSound(ConnectionId stream, absl::Duration since) const;

  // --- Faults.
  // Breaks a random stream of the worker in one of many ways; does nothing when there is none.
  void Break(int worker);
  // Nothing passes between the worker and the coordinator for so long, but what TCP repeats arrives afterwards.
  void CutOff(int worker, absl::Duration time);

 private:
  struct Stream {
    int worker = 0;
    WorkerEnd* end = nullptr;
    bool up_lost = false;    // nothing more arrives at the coordinator
    bool down_lost = false;  // nothing more arrives at the worker
    bool worker_knows = false;
    bool coordinator_knows = false;
    bool closing = false;  // by the coordinator
    absl::Duration up_last, down_last;
    absl::Duration up_stalled_until;
  };

  Stream* Find(ConnectionId stream);
  absl::Duration Delay(int worker);
  // Whether what arrives now has to wait, and until when.
  absl::Duration HeldUntil(const Stream& stream, bool up) const;
  void ArriveUp(ConnectionId stream, const WorkerMessage& message);
  void ArriveDown(ConnectionId stream, const CoordinatorMessage& message);
  // The end notices at `time`; with `by_wire` what tells it has to pass the link.
  void TellWorker(ConnectionId stream, absl::Duration time, const absl::Status& reason, bool by_wire);
  void TellCoordinator(ConnectionId stream, absl::Duration time, bool by_wire);
  void ForgetIfOver(ConnectionId stream);

  World& world_;
  RandomStream random_;
  CoordinatorEnd* coordinator_ = nullptr;
  std::vector<LinkSpeed> links_;
  std::vector<absl::Duration> cut_off_until_;  // by worker
  std::map<ConnectionId, Stream> streams_;
  ConnectionId next_stream_ = 1;
};

}  // namespace parzen
