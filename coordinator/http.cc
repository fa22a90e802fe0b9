#include "coordinator/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "coordinator/listen_address.h"
#include "httplib.h"

namespace parzen {
namespace {

constexpr size_t kThreads = 4;
constexpr time_t kPatienceSeconds = 5;
constexpr size_t kMaxHttpBytes = 1 << 16;

// "127.0.0.1", and no name that begins like it.
bool IsLoopbackNumber(const std::string& host) {
  in_addr address;
  return inet_pton(AF_INET, host.c_str(), &address) == 1 && (ntohl(address.s_addr) >> 24) == IN_LOOPBACKNET;
}

// "localhost:7718" is; "evil.example:7718" is not.
bool NamesThisMachine(const std::string& host_header) {
  const bool has_port = !absl::EndsWith(host_header, "]") && absl::StrContains(host_header, ':');
  const std::string host = has_port ? host_header.substr(0, host_header.rfind(':')) : host_header;
  return host.empty() || host == "localhost" || host == "[::1]" || IsLoopbackNumber(host);
}

HttpRequest ToRequest(const httplib::Request& from) {
  HttpRequest request;
  request.last_event_id = from.get_header_value("Last-Event-ID");
  for (const auto& [name, value] : from.params) request.parameters.emplace(name, value);
  return request;
}

void Answer(HttpPage page, std::atomic<int>& streams, httplib::Response& response) {
  response.status = page.status;
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  if (page.stream == nullptr) {
    response.set_content(std::move(page.body), page.media_type.c_str());
    return;
  }
  if (streams.fetch_add(1) >= HttpServer::kMostStreams) {
    --streams;
    response.status = 503;
    response.set_content("too many streams are open\n", "text/plain; charset=utf-8");
    return;
  }
  const auto next = [stream = std::move(page.stream)](size_t, httplib::DataSink& sink) {
    std::string piece;
    if (!stream(piece)) {
      sink.done();
      return true;
    }
    return piece.empty() || sink.write(piece.data(), piece.size());
  };
  response.set_chunked_content_provider(page.media_type.c_str(), next, [&streams](bool) { --streams; });
}

}  // namespace

struct HttpServer::Server {
  std::atomic<int> streams = 0;
  httplib::Server http;
};

HttpServer::HttpServer(std::unique_ptr<Server> server) : server_(std::move(server)) {}

HttpServer::~HttpServer() { Stop(); }

absl::Status CheckHttpAddress(const std::string& listen, bool insecure) {
  if (absl::StartsWith(listen, "unix:") || !CheckListenAddress(listen).ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--http ", listen, ": must be HOST:PORT, such as 127.0.0.1:7718"));
  }
  if (insecure || IsLocalAddress(listen)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "--http ", listen, ": only of this machine (127.0.0.1, localhost, [::1]), unless --insecure: it is not ",
      "encrypted, and whoever reaches it reads all studies"));
}

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen,
                                                              std::vector<HttpRoute> routes) {
  RETURN_IF_ERROR(CheckHttpAddress(listen, /*insecure=*/true));
  const auto [host, port_text] = SplitHostPort(listen);
  int port = 0;
  if (!absl::SimpleAtoi(port_text, &port)) return absl::InternalError("a port that was checked is no number");
  auto result = std::unique_ptr<HttpServer>(new HttpServer(std::make_unique<Server>()));
  httplib::Server& http = result->server_->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads + kMostStreams); };
  http.set_read_timeout(kPatienceSeconds).set_write_timeout(kPatienceSeconds);
  http.set_keep_alive_timeout(1);  // an idle connection holds a thread
  http.set_payload_max_length(kMaxHttpBytes);
  // The library's choice, SO_REUSEPORT, would let a second coordinator share the port in silence.
  http.set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  if (IsLocalAddress(listen)) {
    http.set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
      if (NamesThisMachine(request.get_header_value("Host"))) return httplib::Server::HandlerResponse::Unhandled;
      response.status = 403;
      response.set_content("call it by a name of this machine: localhost, 127.0.0.1\n", "text/plain; charset=utf-8");
      return httplib::Server::HandlerResponse::Handled;
    });
  }
  for (HttpRoute& route : routes) {
    http.Get(route.path, [make = std::move(route.make), &streams = result->server_->streams](
                             const httplib::Request& request, httplib::Response& response) {
      Answer(make(ToRequest(request)), streams, response);
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
