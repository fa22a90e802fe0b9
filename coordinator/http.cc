#include "coordinator/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "base/suggest.h"
#include "coordinator/listen_address.h"
#include "httplib.h"
#include "studies/distribution.h"
#include "studies/problem.h"

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

// "127.0.0.1:40312".
std::string PeerOf(const httplib::Request& request) {
  return absl::StrCat(request.remote_addr, ":", request.remote_port);
}

// Whether a page that this server has given may have sent it, or none has: only browsers say Origin. A page from
// elsewhere cannot say X-Forwarded-Host, as it would have to ask (OPTIONS) before, which is refused.
bool IsOfOurPages(const httplib::Request& request) {
  if (!request.has_header("Origin")) return true;
  const std::string origin = request.get_header_value("Origin");
  const size_t scheme = origin.find("://");
  if (scheme == std::string::npos) return false;
  const absl::string_view host = absl::string_view(origin).substr(scheme + 3);
  return !host.empty() && (absl::EqualsIgnoreCase(host, request.get_header_value("Host")) ||
                           absl::EqualsIgnoreCase(host, request.get_header_value("X-Forwarded-Host")));
}

HttpRequest ToRequest(const httplib::Request& from) {
  HttpRequest request;
  request.path = from.path;
  request.last_event_id = from.get_header_value("Last-Event-ID");
  for (const auto& [name, value] : from.params) request.parameters.emplace(name, value);
  request.peer = PeerOf(from);
  request.authorization = from.get_header_value("Authorization");
  request.content_type = from.get_header_value("Content-Type");
  request.body = from.body;
  return request;
}

// With a line in the log where something was to be done: those who read, or say nothing that is understood, get none.
void Refuse(const httplib::Request& request, int status, absl::string_view why, RefusalLog& log,
            httplib::Response& response) {
  if (!request.method.empty() && request.method != "GET" && request.method != "HEAD") {
    log.Add("a request", absl::StrCat(PeerOf(request), ": ", request.method, " ", request.path, ": ", why),
            ReadClock().steady);
  }
  response.status = status;
  response.set_header("Cache-Control", "no-store");
  if (absl::StartsWith(request.path, "/api/")) {
    response.set_content(absl::StrCat("{\"error\":", JsonString(why), "}\n"), "application/json");
  } else {
    response.set_content(absl::StrCat(why, "\n"), kText);
  }
}

// What a path takes; absent where nothing is served.
using Methods = std::map<std::string, HttpMethod>;

// Whoever asks for what is not there may have meant another path.
std::string NothingAt(const std::string& path, const Methods& methods) {
  std::vector<std::string> paths;
  for (const auto& [known, method] : methods) paths.push_back(known);
  const std::string closest = ClosestName(path, paths);
  return absl::StrCat("nothing is served at ", Quoted(path),
                      closest.empty() ? "" : absl::StrCat("; did you mean ", Quoted(closest), "?"));
}

// Refuses, unread, what no route is to see; whether it did.
bool RefuseUnread(const httplib::Request& request, const Methods& methods, bool is_of_this_machine, RefusalLog& log,
                  httplib::Response& response) {
  const auto refuse = [&](int status, absl::string_view why) {
    Refuse(request, status, why, log, response);
    return true;
  };
  if (is_of_this_machine && !NamesThisMachine(request.get_header_value("Host"))) {
    return refuse(403, "call it by a name of this machine: localhost, 127.0.0.1");
  }
  const auto known = methods.find(request.path);
  if (known == methods.end()) return refuse(404, NothingAt(request.path, methods));
  const bool gets = request.method == "GET" || request.method == "HEAD";
  if (known->second == HttpMethod::kGet) {
    if (gets) return false;
    response.set_header("Allow", "GET, HEAD");
    return refuse(405, absl::StrCat(request.path, " is read with GET, and takes nothing else"));
  }
  if (request.method != "POST") {
    response.set_header("Allow", "POST");
    return refuse(405, absl::StrCat(request.path, " is done with POST, and takes nothing else"));
  }
  if (!IsOfOurPages(request)) {
    return refuse(403,
                  "only this server's own pages post here: Origin must be the host that Host is (or a proxy's "
                  "X-Forwarded-Host); programs leave it out");
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
void Explain(const httplib::Request& request, RefusalLog& log, httplib::Response& response) {
  if (!response.body.empty()) return;
  const std::string why = response.status == 413
                              ? absl::StrCat("a body has at most ", HttpServer::kMostBodyBytes, " bytes")
                              : std::string("no request that is understood");
  Refuse(request, response.status, why, log, response);
}

void Answer(HttpPage page, std::atomic<int>& streams, httplib::Response& response) {
  response.status = page.status;
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("X-Frame-Options", "DENY");
  response.set_header("Referrer-Policy", "no-referrer");
  for (const auto& [name, value] : page.headers) response.set_header(name.c_str(), value);
  if (page.stream == nullptr && page.status >= 400) {
    response.set_content(std::move(page.body), page.media_type.c_str());  // the library's own errors have no content
    return;
  }
  if (page.stream == nullptr) {
    // Told piece by piece, of a known size, it is sent as it is. A text the library would compress with Brotli at its
    // slowest where the browser takes that: a large study was not shown for minutes, with a core at work.
    const size_t bytes = page.body.size();
    response.set_content_provider(bytes, page.media_type.c_str(),
                                  [body = std::move(page.body)](size_t from, size_t length, httplib::DataSink& sink) {
                                    return sink.write(body.data() + from, length);
                                  });
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

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& listen, std::vector<HttpRoute> routes,
                                                              RefusalLog& log) {
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
  http.set_pre_routing_handler([&methods = result->server_->methods, is_of_this_machine = IsLocalAddress(listen), &log](
                                   const httplib::Request& request, httplib::Response& response) {
    using HandlerResponse = httplib::Server::HandlerResponse;
    return RefuseUnread(request, methods, is_of_this_machine, log, response) ? HandlerResponse::Handled
                                                                             : HandlerResponse::Unhandled;
  });
  http.set_error_handler(
      [&log](const httplib::Request& request, httplib::Response& response) { Explain(request, log, response); });
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
