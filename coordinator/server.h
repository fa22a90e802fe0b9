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
#include "coordinator/limits.h"
#include "rpc/tls_files.h"

namespace parzen {

struct ServerOptions {
  // The study database; made when it does not exist (its folder must).
  std::string db;
  // "HOST:PORT" (port 0: a free one) or "unix:PATH". A host other than loopback needs `tls`, or `insecure`.
  std::string listen = "127.0.0.1:7717";
  // Encrypts, and lets in only who shows a certificate of the authority, each role to what it may do (role_check.h).
  // Looked at again when they change. Not for Unix sockets, which the file system guards.
  TlsFiles tls;
  // Whoever reaches the address may read and change all studies.
  bool insecure = false;
  // What others may cost it.
  ServerLimits limits;
  // A worker that is silent for longer loses its trials.
  absl::Duration lease = absl::Seconds(10);
  // "HOST:PORT" (port 0: a free one) where the dashboard, /metrics and /healthz are served; "": nowhere.
  std::string http;
  // Of those who may stop, extend, enqueue, retry and drain there (http_token.h makes one); "": nobody may.
  std::string http_token;
  // When not empty: hand out only this study's trials; others in the file stay as they are (`parzen run`).
  std::string only_study;
  // Folders below which clients' dataset files are looked for before they are uploaded.
  std::vector<std::string> data;
  // The largest dataset file that a client may upload.
  int64_t max_upload_bytes = int64_t{16} << 30;
  // Whoever can dial is this process itself: clients name dataset files by paths that are taken as they are, and
  // workers that say so live in it.
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

  // Where HTTP is served, "127.0.0.1:41235"; "" when it is not.
  std::string http_address() const;

  // Ends all streams and RPCs, commits what was received, closes the file. Idempotent.
  void Stop();

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace parzen
