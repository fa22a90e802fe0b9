#include "coordinator/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <optional>
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
// Of a body that is too long, so much is read before that is said: who is still sending does not listen.
constexpr uint64_t kMostSkippedBytes = 16 << 20;
constexpr char kText[] = "text/plain; charset=utf-8";

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
  request.peer = absl::StrCat(from.remote_addr, ":", from.remote_port);
  request.authorization = from.get_header_value("Authorization");
  request.content_type = from.get_header_value("Content-Type");
  request.body = from.body;
  return request;
}

// `why` needs no escapes.
void Refuse(const httplib::Request& request, int status, absl::string_view why, httplib::Response& response) {
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  if (absl::StartsWith(request.path, "/api/")) {
    response.set_content(absl::StrCat("{\"error\":\"", why, "\"}\n"), "application/json");
  } else {
    response.set_content(absl::StrCat(why, "\n"), kText);
  }
}

// What a path takes; absent where nothing is served.
using Methods = std::map<std::string, HttpMethod>;

// Refuses, unread, what no route is to see; whether it did.
bool RefuseUnread(const httplib::Request& request, const Methods& methods, bool is_of_this_machine,
                  httplib::Response& response) {
  const auto refuse = [&](int status, absl::string_view why) {
    Refuse(request, status, why, response);
    return true;
  };
  if (is_of_this_machine && !NamesThisMachine(request.get_header_value("Host"))) {
    return refuse(403, "call it by a name of this machine: localhost, 127.0.0.1");
  }
  const auto known = methods.find(request.path);
  if (known == methods.end()) return refuse(404, "nothing is served here");
  const bool gets = request.method == "GET" || request.method == "HEAD";
  if (known->second == HttpMethod::kGet) {
    if (gets) return false;
    response.set_header("Allow", "GET, HEAD");
    return refuse(405, "this is read with GET, and takes nothing else");
  }
  if (request.method != "POST") {
    response.set_header("Allow", "POST");
    return refuse(405, "this is done with POST, and takes nothing else");
  }
  if (request.has_header("Content-Encoding")) return refuse(415, "send the body as it is, without Content-Encoding");
  uint64_t bytes = 0;
  if (request.has_header("Transfer-Encoding") || !request.has_header("Content-Length")) {
    return refuse(411, "say how long the body is: Content-Length, and no Transfer-Encoding");
  }
  if (!absl::SimpleAtoi(request.get_header_value("Content-Length"), &bytes)) {
    return refuse(400, "Content-Length is no number");
  }
  if (bytes > kMostSkippedBytes) {
    return refuse(413, absl::StrCat("a body has at most ", HttpServer::kMostBodyBytes, " bytes"));
  }
  return false;
}

// What the library refused, it left without words.
void Explain(const httplib::Request& request, httplib::Response& response) {
  if (!response.body.empty()) return;
  const std::string why = response.status == 413
                              ? absl::StrCat("a body has at most ", HttpServer::kMostBodyBytes, " bytes")
                              : std::string("no request that is understood");
  Refuse(request, response.status, why, response);
}

void Answer(HttpPage page, std::atomic<int>& streams, httplib::Response& response) {
  response.status = page.status;
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("X-Frame-Options", "DENY");
  response.set_header("Referrer-Policy", "no-referrer");
  for (const auto& [name, value] : page.headers) response.set_header(name.c_str(), value);
  if (page.stream == nullptr) {
    response.set_content(std::move(page.body), page.media_type.c_str());
    return;
  }
  if (streams.fetch_add(1) >= HttpServer::kMostStreams) {
    --streams;
    response.status = 503;
    response.set_content("too many streams are open\n", kText);
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
  Methods methods;
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
  http.set_keep_alive_timeout(1);  // a silent connection holds a thread
  http.set_keep_alive_max_count(1);
  http.set_payload_max_length(kMostBodyBytes);
  // The library's choice, SO_REUSEPORT, would let a second coordinator share the port in silence.
  http.set_socket_options([](socket_t socket) {
    const int on = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  for (HttpRoute& route : routes) {
    result->server_->methods.emplace(route.path, route.method);
    auto answer = [make = std::move(route.make), &streams = result->server_->streams](const httplib::Request& request,
                                                                                      httplib::Response& response) {
      Answer(make(ToRequest(request)), streams, response);
    };
    if (route.method == HttpMethod::kPost) {
      http.Post(route.path, std::move(answer));
    } else {
      http.Get(route.path, std::move(answer));
    }
  }
  http.set_pre_routing_handler([&methods = result->server_->methods, is_of_this_machine = IsLocalAddress(listen)](
                                   const httplib::Request& request, httplib::Response& response) {
    using HandlerResponse = httplib::Server::HandlerResponse;
    return RefuseUnread(request, methods, is_of_this_machine, response) ? HandlerResponse::Handled
                                                                        : HandlerResponse::Unhandled;
  });
  http.set_error_handler(
      [](const httplib::Request& request, httplib::Response& response) { Explain(request, response); });
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
