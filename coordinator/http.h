// The coordinator's HTTP server: what browsers and programs that watch it fetch. GET only; a path that is not served is
// 404. On an address of this machine it answers only those who call it by a name of this machine: a page from elsewhere
// cannot have its own name lead here.
//
// Slow or hostile clients cost one of its threads until their time is up (5 s) and nothing else: the commit loop and
// gRPC have threads of their own. Streams have a thread each, kMostStreams of them; who comes after that is told 503.
// Threads: Start, Stop and destruction from one; pages are made on the server's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"

namespace parzen {

struct HttpRequest {
  std::string last_event_id;                      // of a stream that is taken up again
  std::map<std::string, std::string> parameters;  // without escapes
};

struct HttpPage {
  int status = 200;
  std::string body;
  std::string media_type = "text/plain; charset=utf-8";
  // Where it is there, the body is what it says piece by piece, "" when there is nothing yet, until it returns false.
  // Each call comes back within about a second.
  std::function<bool(std::string& piece)> stream = nullptr;
};

struct HttpRoute {
  std::string path;  // "/metrics"
  std::function<HttpPage(const HttpRequest& request)> make;
};

// InvalidArgument for what is no HOST:PORT, and, unless `insecure`, for an address that others than this machine reach.
// What is served there is not encrypted, and asks nobody who he is.
absl::Status CheckHttpAddress(const std::string& listen, bool insecure);

class HttpServer {
 public:
  static constexpr int kMostStreams = 64;

  // `listen`: HOST:PORT, port 0 for a free one. InvalidArgument when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen, std::vector<HttpRoute> routes);
  ~HttpServer();  // Stop

  // "127.0.0.1:9090".
  const std::string& address() const { return address_; }
  // Ends streams, waits for the other requests under way. Idempotent.
  void Stop();

 private:
  struct Server;
  explicit HttpServer(std::unique_ptr<Server> server);

  std::unique_ptr<Server> server_;
  std::string address_;
  std::thread thread_;
};

}  // namespace parzen
