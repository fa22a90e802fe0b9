// The coordinator's HTTP server: what programs that watch it fetch. GET only; a path that is not served is 404.
//
// Slow or hostile clients cost one of a few threads until their time is up (5 s) and nothing else: the commit loop and
// gRPC have threads of their own. Threads: Start, Stop and destruction from one; pages are made on the server's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace parzen {

struct HttpPage {
  int status = 200;
  std::string body;
  std::string media_type = "text/plain; charset=utf-8";
};

struct HttpRoute {
  std::string path;  // "/metrics"
  std::function<HttpPage()> make;
};

class HttpServer {
 public:
  // `listen`: HOST:PORT, port 0 for a free one. InvalidArgument when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen, std::vector<HttpRoute> routes);
  ~HttpServer();  // Stop

  // "127.0.0.1:9090".
  const std::string& address() const { return address_; }
  // Waits for the requests under way. Idempotent.
  void Stop();

 private:
  struct Server;
  explicit HttpServer(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace parzen
