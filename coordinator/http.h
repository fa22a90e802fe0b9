// The coordinator's HTTP server: what browsers and programs that watch it fetch, and what they post to it. A path that
// is not served is 404, another method than the path's is 405. On an address of this machine it answers only those who
// call it by a name of this machine: a page from elsewhere cannot have its own name lead here. No page of anybody's may
// put one of ours into a frame, and none but our own may post: an Origin that is another host than Host, or than the
// X-Forwarded-Host of a proxy, is 403.
//
// Slow or hostile clients cost one of its threads until their time is up (5 s) and nothing else: the commit loop and
// gRPC have threads of their own. Bodies have at most kMostBodyBytes (413), say how long they are (411), and are taken
// as they come, not compressed (415). A connection has one request: what was not read of a body is never taken for the
// next one. Streams have a thread each, kMostStreams of them; who comes after that is told 503.
//
// What is refused here is {"error": why} below /api/, and a line of text elsewhere; of what was posted, the log says
// so. Threads: Start, Stop and destruction from one; pages are made on the server's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/refusal_log.h"

namespace parzen {

enum class HttpMethod { kGet, kPost };

struct HttpRequest {
  std::string path;                               // without parameters
  std::string last_event_id;                      // of a stream that is taken up again
  std::map<std::string, std::string> parameters;  // without escapes
  std::string peer;                               // "127.0.0.1:40312"
  std::string authorization;                      // these headers, as they came
  std::string content_type;
  std::string body;  // of a post
};

struct HttpPage {
  int status = 200;
  std::string body;
  std::string media_type = "text/plain; charset=utf-8";
  // Where it is there, the body is what it says piece by piece, "" when there is nothing yet, until it returns false.
  // Each call comes back within about a second.
  std::function<bool(std::string& piece)> stream = nullptr;
  std::vector<std::pair<std::string, std::string>> headers = {};  // beside the usual ones
};

struct HttpRoute {
  std::string path;  // "/metrics"
  std::function<HttpPage(const HttpRequest& request)> make;
  HttpMethod method = HttpMethod::kGet;
};

// InvalidArgument for what is no HOST:PORT, and, unless `insecure`, for an address that others than this machine reach.
// What is served there is not encrypted, and asks nobody who he is.
absl::Status CheckHttpAddress(const std::string& listen, bool insecure);

class HttpServer {
 public:
  static constexpr int kMostStreams = 64;
  static constexpr size_t kMostBodyBytes = 256 << 10;

  // `listen`: HOST:PORT, port 0 for a free one. Borrows the log. InvalidArgument when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const std::string& listen, std::vector<HttpRoute> routes,
                                                           RefusalLog& log);
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
