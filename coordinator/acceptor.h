// The coordinator's door: it listens, looks at how a connection begins, and hands on those that begin as gRPC's do.
//
// gRPC itself does not say whom it turned away, does not bound how many connect, and stops listening for good when the
// process runs out of files. Here, a connection that says nothing, or something else (plain text where TLS is expected,
// TLS where it is not, another protocol), costs one entry in a bounded table until it is closed, and the log names it.
// When the table is full, the connection that has said nothing for longest goes: honest ones speak at once. So it is
// with those that gRPC has and that have not called yet: whoever begins a handshake and leaves it there cannot hold the
// place of one that ends it, however many do so.
//
// Owns its sockets until they are handed on. Threads: internally synchronised; one thread of its own.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "coordinator/limits.h"
#include "coordinator/listening_sockets.h"
#include "coordinator/refusal_log.h"

namespace parzen {

class Acceptor {
 public:
  // Takes over the connection.
  using HandOver = std::function<void(int socket)>;

  // Borrows the log. `encrypted`: connections begin with TLS's handshake.
  Acceptor(ListeningSockets sockets, bool encrypted, const ServerLimits& limits, RefusalLog& log);
  ~Acceptor();  // Stop

  // Connections that came before wait in the kernel.
  void Start(HandOver hand_over);
  // Listens no more, and closes what was not handed on. Idempotent.
  void Stop();

  const std::string& address() const { return sockets_.address(); }

  // A call came from `peer` (gRPC's name for it): its handshake went well.
  void Spoke(absl::string_view peer);
  // Who was handed on lately and has not called yet: one of them it was whose handshake failed just now.
  std::string Suspects(absl::Duration now);
  // Who of those that were handed on has sent at least so much.
  std::string SendersOf(uint64_t bytes);

 private:
  // A connection that has not begun yet.
  struct Newcomer {
    int socket;
    std::string peer;
    absl::Duration since;
  };
  // One that was handed on: the socket is another's now, and closed when its inode is gone.
  struct Guest {
    int socket = -1;
    uint64_t inode = 0;
    std::string peer;
  };
  // A guest that has not called yet.
  struct SilentGuest {
    Guest guest;
    absl::Duration since;
  };

  void Run();
  // Waits a little until the system can do again what it cannot do now; true when Stop was called.
  bool Pause(absl::string_view what, int error);
  // Takes one connection that waits; false when there is none, or it cannot be taken now.
  bool Take(int listener, absl::Duration now);
  void Welcome(const Newcomer& newcomer);
  // Makes room for one more connection, if need be at the cost of one that has not called yet; false when all have.
  bool MakeRoom(absl::Duration now);
  // False: there is none.
  bool SendAwayOldestSilent(absl::Duration now);
  absl::Duration OldestSilent();
  size_t Guests();
  // Looks at what it has sent; false when it is no newcomer any more. `ended`: it will send nothing more.
  bool Judge(Newcomer& newcomer, bool ended, absl::Duration now);
  void HandOn(const Newcomer& newcomer, absl::Duration now);
  void Refuse(const Newcomer& newcomer, absl::string_view why, absl::Duration now);
  void RefuseLate(absl::Duration now);

  ListeningSockets sockets_;
  const bool encrypted_;
  const ServerLimits limits_;
  const size_t max_connections_;
  RefusalLog& log_;
  HandOver hand_over_;
  const int wake_;  // an eventfd: written to by Stop
  int spare_;       // closed to make room for the connection that is to be refused when no file can be opened
  std::deque<Newcomer> newcomers_;  // the oldest first

  absl::Mutex mutex_;
  std::vector<Guest> guests_ ABSL_GUARDED_BY(mutex_);
  std::list<SilentGuest> silent_ ABSL_GUARDED_BY(mutex_);  // the oldest first
  absl::flat_hash_map<std::string, std::list<SilentGuest>::iterator> silent_of_ ABSL_GUARDED_BY(mutex_);  // by peer
  std::thread thread_;
};

}  // namespace parzen
