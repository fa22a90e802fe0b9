#include "coordinator/http.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "httplib.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

class HttpTest : public testing::Test {
 protected:
  HttpTest() {
    auto server = HttpServer::Start(
        "127.0.0.1:0",
        {{"/page",
          [](const HttpRequest&) {
            return HttpPage{200, "hello\n"};
          }},
         {"/bad",
          [](const HttpRequest&) {
            return HttpPage{503, "disk full\n"};
          }},
         {"/named",
          [](const HttpRequest& request) {
            return HttpPage{200, request.parameters.at("a")};
          }},
         {"/taken",
          [](const HttpRequest& request) {
            return HttpPage{200, absl::StrCat(request.authorization, "|", request.content_type, "|", request.body)};
          },
          HttpMethod::kPost},
         {"/api/taken",
          [](const HttpRequest&) {
            return HttpPage{200, "{}"};
          },
          HttpMethod::kPost},
         {"/stream",
          [this](const HttpRequest&) {
            HttpPage page;
            page.stream = [this, left = 3](std::string& piece) mutable {
              if (endless_) return true;
              piece = "piece\n";
              return --left >= 0;
            };
            return page;
          }}},
        log_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  int Port() const { return std::stoi(server_->address().substr(server_->address().rfind(':') + 1)); }
  // A connection that says `text` and then nothing.
  int Connect(const std::string& text) const {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(Port()));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    return descriptor;
  }

  // All that is said on a connection until it ends.
  static std::string ReadAll(int connection) {
    std::string said;
    char bytes[4096];
    for (ssize_t got = 0; (got = read(connection, bytes, sizeof(bytes))) > 0;) {
      said.append(bytes, static_cast<size_t>(got));
    }
    close(connection);
    return said;
  }
  std::string Say(const std::string& text) const { return ReadAll(Connect(text)); }

  std::atomic<bool> endless_ = false;  // the stream
  std::atomic<int> refusals_ = 0;      // that were logged
  RefusalLog log_{[this] { ++refusals_; }};
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpTest, PageIsMadeForEachRequest) {
  const auto page = httplib::Client("127.0.0.1", Port()).Get("/page");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, "hello\n");
  EXPECT_EQ(page->get_header_value("Cache-Control"), "no-store");
}

TEST_F(HttpTest, ParametersComeWithoutEscapes) {
  const auto page = httplib::Client("127.0.0.1", Port()).Get("/named?a=%3C%0A%26");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "<\n&");
}

TEST_F(HttpTest, AStreamIsAllItsPieces) {
  const auto page = httplib::Client("127.0.0.1", Port()).Get("/stream");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "piece\npiece\npiece\n");
}

TEST_F(HttpTest, StopEndsAStreamThatHasNoEnd) {
  endless_ = true;
  const int connection = Connect("GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n");
  char byte = 0;
  ASSERT_EQ(read(connection, &byte, 1), 1) << "it has begun";
  server_->Stop();
  close(connection);
}

TEST_F(HttpTest, APageFromElsewhereCannotCallItByItsOwnName) {
  httplib::Client client("127.0.0.1", Port());
  EXPECT_EQ(client.Get("/page", {{"Host", "evil.example:80"}})->status, 403);
  EXPECT_EQ(client.Get("/page", {{"Host", "127.0.0.1.evil.example"}})->status, 403);
  EXPECT_EQ(client.Get("/page", {{"Host", "localhost:7718"}})->status, 200);
}

TEST_F(HttpTest, OnlyItsOwnPagesPost) {
  httplib::Client client("127.0.0.1", Port());
  const std::string own = absl::StrCat("http://", server_->address());
  const auto status = [&](const httplib::Headers& headers) {
    return client.Post("/api/taken", headers, "{}", "application/json")->status;
  };
  EXPECT_EQ(status({}), 200) << "a program";
  EXPECT_EQ(status({{"Origin", own}}), 200);
  EXPECT_EQ(status({{"Origin", "https://search.example"}, {"X-Forwarded-Host", "search.example"}}), 200) << "a proxy's";
  EXPECT_EQ(refusals_, 0);
  for (const char* origin : {"http://evil.example", "https://evil.example:7718", "null", "http://", "127.0.0.1"}) {
    EXPECT_EQ(status({{"Origin", origin}}), 403) << origin;
  }
  EXPECT_EQ(status({{"Origin", absl::StrCat("http://localhost:", Port())}}), 403) << "not the name that was called";
  EXPECT_EQ(status({{"Origin", absl::StrCat(own, "0")}}), 403) << "another port";
  EXPECT_EQ(refusals_, 7);
  EXPECT_EQ(client.Get("/page", {{"Origin", "http://evil.example"}})->status, 200) << "it cannot read the answer";
}

TEST_F(HttpTest, WhatIsNotServedIsNamedWithWhatWasMeant) {
  httplib::Client client("127.0.0.1", Port());
  const auto missed = client.Post("/api/take", "{}", "application/json");
  EXPECT_EQ(missed->status, 404);
  EXPECT_EQ(missed->body, "{\"error\":\"nothing is served at \\\"/api/take\\\"; did you mean \\\"/api/taken\\\"?\"}\n");
  EXPECT_THAT(client.Get("/api/taken")->body, HasSubstr("/api/taken is done with POST"));
  EXPECT_EQ(client.Get("/api/%22%0a%ff")->body,
            "{\"error\":\"nothing is served at \\\"/api/\\\\\\\"\\\\n\\\\ufffd\\\"\"}\n");
}

TEST_F(HttpTest, StatusOfAPageIsTheAnswers) {
  const auto page = httplib::Client("127.0.0.1", Port()).Get("/bad");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 503);
  EXPECT_EQ(page->body, "disk full\n");
}

TEST_F(HttpTest, WhatIsNotServedIsNotFound) {
  httplib::Client client("127.0.0.1", Port());
  EXPECT_EQ(client.Get("/etc/passwd")->status, 404);
  EXPECT_EQ(client.Get("/../../etc/passwd")->status, 404);
  EXPECT_EQ(client.Post("/nowhere", "body", "text/plain")->status, 404);
}

TEST_F(HttpTest, ABodyThatIsPostedComesWithItsHeaders) {
  httplib::Client client("127.0.0.1", Port());
  const auto page = client.Post("/taken", {{"Authorization", "Bearer x"}}, "{\"a\": 1}", "application/json");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, "Bearer x|application/json|{\"a\": 1}");
  EXPECT_EQ(client.Post("/taken")->body, "||");
}

TEST_F(HttpTest, AnotherMethodThanThePathsIsRefusedAndSaysWhich) {
  httplib::Client client("127.0.0.1", Port());
  const auto posted = client.Post("/page", "body", "text/plain");
  EXPECT_EQ(posted->status, 405);
  EXPECT_EQ(posted->get_header_value("Allow"), "GET, HEAD");
  EXPECT_EQ(client.Put("/page", "body", "text/plain")->status, 405);
  EXPECT_EQ(client.Delete("/taken")->status, 405);
  EXPECT_EQ(client.Options("/taken")->status, 405) << "so no page from elsewhere may post with a header of ours";
  EXPECT_EQ(client.Get("/taken")->get_header_value("Allow"), "POST");
  EXPECT_EQ(client.Head("/page")->status, 200);
}

TEST_F(HttpTest, ABodyIsBoundedWhateverItSaysOfItsLength) {
  httplib::Client client("127.0.0.1", Port());
  EXPECT_EQ(client.Post("/taken", std::string(HttpServer::kMostBodyBytes, 'a'), "text/plain")->status, 200);
  const auto page = client.Post("/taken", std::string(HttpServer::kMostBodyBytes + 1, 'a'), "text/plain");
  EXPECT_EQ(page->status, 413);
  EXPECT_THAT(page->body, HasSubstr("262144 bytes"));
  const auto below_api = client.Post("/api/taken", std::string(HttpServer::kMostBodyBytes + 1, 'a'), "text/plain");
  EXPECT_EQ(below_api->body, "{\"error\":\"a body has at most 262144 bytes\"}\n");
  const std::string head = "POST /taken HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_THAT(Say(head + "Content-Length: 99999999999\r\n\r\n"), HasSubstr("413"));
  EXPECT_THAT(Say(head + "Content-Length: -1\r\n\r\n"), HasSubstr("400"));
  EXPECT_THAT(Say(head + "\r\n"), HasSubstr("411"));
  EXPECT_THAT(Say(head + "Transfer-Encoding: chunked\r\n\r\n"), HasSubstr("411"));
  EXPECT_THAT(Say(head + "Content-Length: 1\r\nContent-Encoding: gzip\r\n\r\nx"), HasSubstr("415"));
}

TEST_F(HttpTest, WhatIsLeftOfABodyIsNoRequest) {
  const int connection = Connect("POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n");
  std::string status(std::string("HTTP/1.1 405").size(), ' ');
  ASSERT_EQ(recv(connection, status.data(), status.size(), MSG_WAITALL), static_cast<ssize_t>(status.size()))
      << "it is refused before its body is there";
  EXPECT_EQ(status, "HTTP/1.1 405");
  const std::string body = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";
  send(connection, body.data(), body.size(), MSG_NOSIGNAL);
  EXPECT_THAT(ReadAll(connection), Not(HasSubstr("hello")));
}

TEST_F(HttpTest, NobodyMayFrameAPage) {
  EXPECT_EQ(httplib::Client("127.0.0.1", Port()).Get("/page")->get_header_value("X-Frame-Options"), "DENY");
}

TEST_F(HttpTest, GarbageAndSilenceDoNotKeepOthersOut) {
  std::vector<int> connections;
  for (int i = 0; i < 3; ++i) connections.push_back(Connect("\x16\x03\x01 no HTTP"));
  const auto page = httplib::Client("127.0.0.1", Port()).Get("/page");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  for (const int connection : connections) close(connection);
}

TEST_F(HttpTest, PortInUseIsNamed) {
  const auto second = HttpServer::Start(server_->address(), {}, log_);
  ASSERT_FALSE(second.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(second.status()));
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("--http " + server_->address() + ": cannot listen"));
}

TEST_F(HttpTest, StoppedServerIsGoneAndItsPortFree) {
  const std::string address = server_->address();
  server_->Stop();
  EXPECT_TRUE(HttpServer::Start(address, {}, log_).ok());
}

TEST(HttpAddressTest, AddressThatIsNoneIsRefused) {
  RefusalLog log;
  for (const char* address : {"", "localhost", ":80", "127.0.0.1:http", "127.0.0.1:70000"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(HttpServer::Start(address, {}, log).status())) << address;
  }
}

}  // namespace
}  // namespace parzen
