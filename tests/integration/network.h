// A network of a test's own: a host for the coordinator with a switch in it, and a host for each worker, plugged into
// the switch. Hosts are network namespaces, cables veth pairs, the switch a bridge; no packet leaves them, and their
// ports and addresses meet nobody else's. Cables are pulled and plugged in again, and lose packets; the coordinator's
// host moves to another address under the same name.
//
// Owns all of it and takes it away at the end; what a killed test left behind, the next one takes away. End the
// processes on the hosts first. Needs root, `ip` (iproute2) and, to lose packets, `nft` (nftables). Threads: externally
// synchronised. Errors: Unavailable, with what the failed command said.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

class Network {
 public:
  // What the coordinator's host is called on the workers' hosts, and where it is at first.
  static constexpr char kCoordinator[] = "coordinator";
  static constexpr char kFirstAddress[] = "10.77.0.1";

  // Workers are counted from 0.
  static absl::StatusOr<std::unique_ptr<Network>> Make(int workers);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // The command that runs `command` on a host, as the process that it starts.
  std::vector<std::string> OnCoordinatorHost(const std::vector<std::string>& command) const;
  std::vector<std::string> OnWorkerHost(int worker, const std::vector<std::string>& command) const;

  // Pulls a worker's cable out of the switch: what is sent is gone, and no end is told.
  absl::Status Unplug(int worker);
  absl::Status Plug(int worker);
  // A worker's cable loses so many packets of a hundred, drawn at random, in each direction.
  absl::Status LosePackets(int worker, int percent);
  // How many it has lost so far, in both directions.
  absl::StatusOr<int64_t> LostPackets(int worker) const;
  // The coordinator's host gives up the address it has for this one, and the workers' hosts know.
  absl::Status MoveCoordinator(absl::string_view address);

 private:
  explicit Network(int workers);

  absl::Status AddHost(const std::string& host);
  absl::Status AddWorker(int worker);
  const std::string& WorkerHost(int worker) const { return workers_[static_cast<size_t>(worker)]; }

  const std::string coordinator_;           // names of namespaces
  const std::vector<std::string> workers_;  // the same
};

}  // namespace parzen
