// The coordinator as one object: the study file, its lock, the dispatcher on its commit loop, and the gRPC server.
//
// Members stand in dependency order, so destruction is the reverse: stop accepting, end the commit loop, close the
// store, release the lock. Threads: Start and Stop from one thread; the rest from any.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace parzen {

struct ServerOptions {
  // The study database; made when it does not exist (its folder must).
  std::string db;
  // "HOST:PORT" (port 0: a free one) or "unix:PATH". A host other than loopback is refused until there is TLS.
  std::string listen = "127.0.0.1:7717";
  // A worker that is silent for longer loses its trials.
  absl::Duration lease = absl::Seconds(10);
  // When not empty: hand out only this study's trials; others in the file stay as they are (`parzen run`).
  std::string only_study;
  // Folders below which clients' dataset files are looked for before they are uploaded.
  std::vector<std::string> data;
  // The largest dataset file that a client may upload.
  int64_t max_upload_bytes = int64_t{16} << 30;
  // Clients name dataset files by paths that are taken as they are: whoever can dial is this process itself.
  bool trusts_paths = false;
};

class Server {
 public:
  // InvalidArgument: bad or used address. Aborted: another coordinator holds the file (it says which).
  // Otherwise what Store::Open says. When it returns OK, studies that were running go on.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options);
  ~Server();  // Stop

  // What a worker or the command line dials: "127.0.0.1:41234" or "unix:PATH".
  const std::string& address() const;

  // Ends all streams and RPCs, commits what was received, closes the file. Idempotent.
  void Stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace parzen
