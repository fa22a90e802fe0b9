#include "coordinator/http.h"

#include <sys/socket.h>

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "coordinator/listen_address.h"
#include "httplib.h"

namespace parzen {
namespace {

constexpr size_t kThreads = 4;
constexpr time_t kPatienceSeconds = 5;
constexpr size_t kMaxHttpBytes = 1 << 16;

}  // namespace

struct HttpServer::Server {
  httplib::Server http;
};

HttpServer::HttpServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

HttpServer::~HttpServer() { Stop(); }

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              std::vector<HttpRoute> routes) {
  if (absl::StartsWith(listen, "unix:") || !CheckListenAddress(listen).ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--http ", listen, ": must be HOST:PORT, such as 127.0.0.1:7718"));
  }
  const auto [host, port_text] = SplitHostPort(listen);
  int port = 0;
  if (!absl::SimpleAtoi(port_text, &port)) return absl::InternalError("a port that was checked is no number");
  auto result = std::unique_ptr<HttpServer>(new HttpServer(std::make_unique<Server>()));
  httplib::Server& http = result->server_->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http.set_read_timeout(kPatienceSeconds).set_write_timeout(kPatienceSeconds);
  http.set_keep_alive_timeout(1);  // an idle connection holds a thread
  http.set_payload_max_length(kMaxHttpBytes);
  // The library's choice, SO_REUSEPORT, would let a second coordinator share the port in silence.
  http.set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  for (HttpRoute& route : routes) {
    http.Get(route.path, [make = std::move(route.make)](const httplib::Request&, httplib::Response& response) {
      HttpPage page = make();
      response.status = page.status;
      response.set_header("Cache-Control", "no-store");
      response.set_content(std::move(page.body), page.media_type.c_str());
    });
  }
  if (port == 0) {
    port = http.bind_to_any_port(host);
  } else if (!http.bind_to_port(host, port)) {
    port = -1;
  }
  if (port < 0) {
    return absl::InvalidArgumentError(absl::StrCat("--http ", listen,
                                                   ": cannot listen there; is the port in use? Choose another, or "
                                                   "port 0 for any free one"));
  }
  result->address_ = absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
  result->thread_ = std::thread([&http] { http.listen_after_bind(); });
  while (!http.is_running()) std::this_thread::yield();  // a stop before that would be overlooked
  return result;
}

void HttpServer::Stop() {
  if (!thread_.joinable()) return;
  server_->http.stop();
  thread_.join();
}

}  // namespace parzen
