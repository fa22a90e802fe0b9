// Actions over HTTP on a real coordinator: who may, what is refused, and that what was answered is in the database.
#include "coordinator/dashboard_actions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/server.h"
#include "httplib.h"
#include "nlohmann/json.hpp"
#include "proto/coordinator.grpc.pb.h"
#include "rpc/channel.h"
#include "tests/coordinator/captured_log.h"
#include "tests/coordinator/spoken_worker.h"

namespace parzen {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

constexpr char kToken[] = "0123456789abcdefABCDEF";
constexpr const char* kPaths[] = {"/api/study/stop",    "/api/study/resume", "/api/study/extend",
                                  "/api/study/enqueue", "/api/trial/retry",  "/api/worker/drain"};

struct Answer {
  int status = 0;
  json body;
  std::string error() const { return body.value("error", ""); }
};

class DashboardActionsTest : public testing::Test {
 protected:
  DashboardActionsTest() {
    options_.db = absl::StrCat(testing::TempDir(), "/actions_", getpid(), "_", counter_++, ".db");
    options_.listen = "127.0.0.1:0";
    options_.http = "127.0.0.1:0";
    options_.http_token = kToken;
    Start();
    CreateStudy();
  }
  ~DashboardActionsTest() override {
    server_.reset();
    for (const char* suffix : {"", "-wal", "-shm", ".lock"}) unlink((options_.db + suffix).c_str());
  }

  void Start() {
    server_.reset();
    auto server = Server::Start(options_);
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    const auto channel = DialCoordinator(server_->address());
    studies_ = StudyService::NewStub(channel);
    workers_ = WorkerService::NewStub(channel);
  }
  // kernel: RBF or POLY; c: 0.001 to 1000.
  void CreateStudy() {
    CreateStudyRequest request;
    StudySpec& spec = *request.mutable_spec();
    spec.set_name("a/b");
    spec.add_objective()->set_direction(MINIMIZE);
    spec.mutable_search()->set_trials(10);
    spec.mutable_search()->mutable_sampler()->mutable_random();
    ParameterSpec& kernel = *spec.add_parameter();
    kernel.set_name("kernel");
    kernel.mutable_categorical()->add_choice("RBF");
    kernel.mutable_categorical()->add_choice("POLY");
    ParameterSpec& c = *spec.add_parameter();
    c.set_name("c");
    c.mutable_float_()->set_low(0.001);
    c.mutable_float_()->set_high(1000);
    grpc::ClientContext context;
    StudySummary reply;
    const grpc::Status status = studies_->CreateStudy(&context, request, &reply);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }

  httplib::Client Client() const {
    httplib::Client client(absl::StrCat("http://", server_->http_address()));
    client.set_read_timeout(30);
    return client;
  }
  Answer PostText(const std::string& path, const std::string& text, const httplib::Headers& headers,
                  const char* type = "application/json") const {
    const httplib::Result result = Client().Post(path.c_str(), headers, text, type);
    EXPECT_TRUE(result) << path;
    if (!result) return {};
    return {result->status, json::parse(result->body, nullptr, /*allow_exceptions=*/false)};
  }
  Answer Post(const std::string& path, const json& body) const {
    return PostText(path, body.dump(), {{"Authorization", absl::StrCat("Bearer ", kToken)}});
  }
  Answer Enqueue(const json& values, const std::string& request_id = "") const {
    return Post("/api/study/enqueue", {{"name", "a/b"}, {"values", values}, {"request_id", request_id}});
  }

  // What the database says, over gRPC.
  StudySummary Study() const {
    grpc::ClientContext context;
    GetStudyRequest request;
    request.set_study("a/b");
    StudySummary reply;
    const grpc::Status status = studies_->GetStudy(&context, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }
  TrialRecord Trial(int64_t number) const {
    grpc::ClientContext context;
    GetTrialRequest request;
    request.set_study("a/b");
    request.set_number(number);
    TrialRecord reply;
    const grpc::Status status = studies_->GetTrial(&context, request, &reply);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return reply;
  }
  // A trial that was asked for and has failed: its number.
  int64_t FailATrial() {
    AskTrialRequest ask;
    ask.set_study("a/b");
    TrialRecord trial;
    grpc::ClientContext ask_context;
    EXPECT_TRUE(studies_->AskTrial(&ask_context, ask, &trial).ok());
    TellTrialRequest tell;
    tell.set_study("a/b");
    tell.set_number(trial.number());
    tell.set_state(FAIL);
    TellTrialResponse told;
    grpc::ClientContext tell_context;
    EXPECT_TRUE(studies_->TellTrial(&tell_context, tell, &told).ok());
    return trial.number();
  }

  CapturedLog log_;
  static inline int counter_ = 0;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<StudyService::Stub> studies_;
  std::unique_ptr<WorkerService::Stub> workers_;
};

TEST_F(DashboardActionsTest, AStoppedStudyIsStoppedInTheDatabaseUntilItIsResumed) {
  const Answer stopped = Post("/api/study/stop", {{"name", "a/b"}});
  EXPECT_EQ(stopped.status, 200) << stopped.body;
  EXPECT_EQ(stopped.body["stopped"], true);
  EXPECT_EQ(stopped.body["budget"], 10);
  EXPECT_EQ(stopped.body["counts"]["complete"], 0);
  EXPECT_TRUE(Study().stopped());
  EXPECT_EQ(Post("/api/study/stop", {{"name", "a/b"}}).status, 200) << "once more changes nothing";
  EXPECT_EQ(Post("/api/study/resume", {{"name", "a/b"}}).body["stopped"], false);
  EXPECT_FALSE(Study().stopped());
}

TEST_F(DashboardActionsTest, StoppingAtOnceTakesTrialsBack) {
  SpokenWorker worker(*workers_, "alice");
  WorkerMessage message;
  message.mutable_request()->set_request_id("r");
  // Trials of this study are done by whoever asks: a worker gets one of another.
  CreateStudyRequest request;
  request.mutable_spec()->set_name("sphere");
  request.mutable_spec()->add_objective()->set_direction(MINIMIZE);
  request.mutable_spec()->mutable_function()->mutable_sphere();
  request.mutable_spec()->mutable_search()->set_trials(1);
  ParameterSpec& x = *request.mutable_spec()->add_parameter();
  x.set_name("x");
  x.mutable_float_()->set_low(0);
  x.mutable_float_()->set_high(1);
  grpc::ClientContext context;
  StudySummary reply;
  ASSERT_TRUE(studies_->CreateStudy(&context, request, &reply).ok());
  worker.Say(message);
  ASSERT_TRUE(worker.Hear().has_assignment());
  const Answer stopped = Post("/api/study/stop", {{"name", "sphere"}, {"now", true}});
  EXPECT_EQ(stopped.body["counts"]["running"], 0) << stopped.body;
  EXPECT_EQ(stopped.body["counts"]["waiting"], 1);
  EXPECT_THAT(worker.Hear().drop().reason(), HasSubstr("stopped"));
}

TEST_F(DashboardActionsTest, AnExtendedStudyHasSoManyTrialsInAll) {
  EXPECT_EQ(Post("/api/study/extend", {{"name", "a/b"}, {"trials", 25}}).body["budget"], 25);
  EXPECT_EQ(Study().budget(), 25);
  FailATrial();
  const Answer refused = Post("/api/study/extend", {{"name", "a/b"}, {"trials", 0}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.error(), HasSubstr("1 to "));
  EXPECT_EQ(Study().budget(), 25);
}

TEST_F(DashboardActionsTest, ABudgetThatIsLoweredIsSaidToBe) {
  EXPECT_FALSE(Post("/api/study/extend", {{"name", "a/b"}, {"trials", 10}}).body.contains("lowered_from"));
  const Answer lowered = Post("/api/study/extend", {{"name", "a/b"}, {"trials", 4}});
  EXPECT_EQ(lowered.status, 200) << lowered.body;
  EXPECT_EQ(lowered.body["budget"], 4);
  EXPECT_EQ(lowered.body["lowered_from"], 10);
  EXPECT_FALSE(Post("/api/study/extend", {{"name", "a/b"}, {"trials", 5}}).body.contains("lowered_from"));
}

TEST_F(DashboardActionsTest, EachActionThatIsDoneHasALineThatSaysWhoAndWhat) {
  SpokenWorker worker(*workers_, "alice");
  const int64_t failed = FailATrial();
  Post("/api/study/stop", {{"name", "a/b"}, {"now", true}});
  Post("/api/study/resume", {{"name", "a/b"}});
  Post("/api/study/extend", {{"name", "a/b"}, {"trials", 25}});
  Post("/api/study/extend", {{"name", "a/b"}, {"trials", 20}});
  Enqueue({{"c", 0.5}});
  Post("/api/trial/retry", {{"name", "a/b"}, {"trial", failed}});
  Post("/api/worker/drain", {{"name", "alice"}});
  for (const char* what :
       {"study \"a/b\" is stopped, and its running trials are taken back", "study \"a/b\" is resumed",
        "study \"a/b\" has a budget of 25, extended from 10", "study \"a/b\" has a budget of 20, lowered from 25",
        "study \"a/b\": trial 1 is enqueued", "study \"a/b\": trial 0 is done again, as trial 2",
        "worker alice takes no more trials; 0 run on"}) {
    EXPECT_EQ(log_.Miss({"action of 127.0.0.1:", absl::StrCat(": ", what)}), "");
  }
}

TEST_F(DashboardActionsTest, WhatIsRefusedHasALineThatSaysWhoWhatAndWhy) {
  Post("/api/study/stop", {{"name", "nobody"}});
  EXPECT_EQ(log_.Miss({"refused an action: 127.0.0.1:", ": /api/study/stop: ", "\"nobody\""}), "");
  PostText("/api/study/stop", R"({"name": "a/b"})",
           {{"Authorization", absl::StrCat("Bearer ", kToken)}, {"Origin", "http://evil.example"}});
  EXPECT_EQ(log_.Miss({"refused a request: 127.0.0.1:", ": POST /api/study/stop: ", "Origin"}), "");
  EXPECT_FALSE(Study().stopped());
  for (int i = 0; i < 50; ++i) PostText("/api/study/stop", "{}", {});
  const std::vector<std::string> lines = log_.lines();
  EXPECT_LT(std::count_if(lines.begin(), lines.end(),
                          [](const std::string& line) { return line.find("refused an action") != std::string::npos; }),
            25)
      << "nobody fills a disk";
  for (const std::string& line : lines) EXPECT_THAT(line, Not(HasSubstr(kToken)));
}

TEST_F(DashboardActionsTest, AnEnqueuedTrialWaitsWithItsValues) {
  const Answer queued = Enqueue({{"c", 0.5}, {"kernel", "POLY"}});
  EXPECT_EQ(queued.status, 200) << queued.body;
  EXPECT_EQ(queued.body, json({{"name", "a/b"}, {"trial", 0}, {"state", "WAITING"}}));
  AskTrialRequest ask;
  ask.set_study("a/b");
  grpc::ClientContext context;
  TrialRecord trial;
  ASSERT_TRUE(studies_->AskTrial(&context, ask, &trial).ok());
  ASSERT_EQ(trial.parameter_size(), 2);
  EXPECT_EQ(trial.number(), 0);
  std::vector<std::string> values = {trial.parameter(0).json(), trial.parameter(1).json()};
  EXPECT_THAT(values, testing::UnorderedElementsAre("0.5", "\"POLY\""));
}

TEST_F(DashboardActionsTest, ValuesThatCannotBeAreRefusedAsOnTheCommandLine) {
  const Answer unknown = Enqueue({{"kernal", "POLY"}});
  EXPECT_EQ(unknown.status, 400);
  EXPECT_THAT(unknown.error(), HasSubstr("\"kernel\""));
  EXPECT_EQ(Enqueue({{"c", 5000}}).status, 400);
  EXPECT_EQ(Enqueue({{"kernel", "SIGMOID"}}).status, 400);
  EXPECT_EQ(Enqueue(json::object()).status, 400);
  EXPECT_EQ(Study().waiting(), 0);
}

TEST_F(DashboardActionsTest, WhatAddsATrialAddsOneForOneRequestEvenIfTheCoordinatorDiedMeanwhile) {
  EXPECT_EQ(Enqueue({{"c", 1}}, "r1").body["trial"], 0);
  Start();  // its answer got lost, say
  EXPECT_EQ(Enqueue({{"c", 1}}, "r1").body["trial"], 0);
  EXPECT_EQ(Study().waiting(), 1);
  EXPECT_EQ(Enqueue({{"c", 1}}, "r2").body["trial"], 1);
}

TEST_F(DashboardActionsTest, ARequestIdWithOtherValuesIsRefused) {
  EXPECT_EQ(Enqueue({{"c", 1}, {"kernel", "RBF"}}, "r1").body["trial"], 0);
  EXPECT_EQ(Enqueue({{"kernel", "RBF"}, {"c", "1.0"}}, "r1").body["trial"], 0);
  const Answer other = Enqueue({{"c", 2}, {"kernel", "RBF"}}, "r1");
  EXPECT_EQ(other.status, 409) << other.body;
  EXPECT_THAT(other.error(), HasSubstr("has added trial 0 already, with other values"));
  EXPECT_EQ(Study().waiting(), 1);
}

TEST_F(DashboardActionsTest, AFailedTrialIsDoneAgain) {
  const int64_t failed = FailATrial();
  const Answer again = Post("/api/trial/retry", {{"name", "a/b"}, {"trial", failed}, {"request_id", "r"}});
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.body["trial"], failed + 1);
  EXPECT_EQ(Trial(failed + 1).state(), WAITING);
  EXPECT_EQ(Study().budget(), 11) << "it comes on top";
  EXPECT_EQ(Post("/api/trial/retry", {{"name", "a/b"}, {"trial", failed}, {"request_id", "r"}}).body["trial"],
            failed + 1);
  const Answer waits = Post("/api/trial/retry", {{"name", "a/b"}, {"trial", failed + 1}});
  EXPECT_EQ(waits.status, 409);
  EXPECT_THAT(waits.error(), HasSubstr("WAITING"));
}

TEST_F(DashboardActionsTest, ADrainedWorkerIsToldSo) {
  SpokenWorker worker(*workers_, "alice");
  const Answer drained = Post("/api/worker/drain", {{"name", "id-of-alice"}});
  EXPECT_EQ(drained.status, 200) << drained.body;
  EXPECT_EQ(drained.body["workers"], json::array({{{"name", "alice"}, {"running", 0}}}));
  EXPECT_TRUE(worker.Hear().has_drain());
  const httplib::Result listed = Client().Get("/api/workers");
  EXPECT_EQ(json::parse(listed->body)[0]["draining"], true);
}

TEST_F(DashboardActionsTest, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(Post("/api/study/stop", {{"name", "nobody"}}).status, 404);
  EXPECT_EQ(Post("/api/trial/retry", {{"name", "a/b"}, {"trial", 7}}).status, 404);
  const Answer worker = Post("/api/worker/drain", {{"name", "nobody"}});
  EXPECT_EQ(worker.status, 404);
  EXPECT_THAT(worker.error(), HasSubstr("nobody"));
}

TEST_F(DashboardActionsTest, AStudyThatWasDeletedMeanwhileIsNotFound) {
  DeleteStudyRequest request;
  request.set_study("a/b");
  grpc::ClientContext context;
  DeleteStudyResponse reply;
  ASSERT_TRUE(studies_->DeleteStudy(&context, request, &reply).ok());
  EXPECT_EQ(Enqueue({{"c", 1}}, "r1").status, 404);
}

TEST_F(DashboardActionsTest, NobodyActsWithoutTheToken) {
  const std::string body = R"({"name": "a/b"})";
  for (const char* path : kPaths) {
    EXPECT_EQ(PostText(path, body, {}).status, 401) << path;
    for (const char* wrong : {"Bearer 0123456789abcdefABCDE", "Bearer 0123456789abcdefABCDEf", "Bearer ", "Basic abc",
                              "0123456789abcdefABCDEF"}) {
      EXPECT_EQ(PostText(path, body, {{"Authorization", wrong}}).status, 401) << path << " " << wrong;
    }
  }
  const httplib::Result refused = Client().Post(kPaths[0], body, "application/json");
  EXPECT_EQ(refused->get_header_value("WWW-Authenticate"), "Bearer");
  EXPECT_THAT(refused->body, Not(HasSubstr(kToken)));
  EXPECT_FALSE(Study().stopped());
}

TEST_F(DashboardActionsTest, ThePageHearsWhetherItMayAct) {
  const auto told = [&](const httplib::Headers& headers) {
    return json::parse(Client().Get("/api/actions", headers)->body);
  };
  EXPECT_EQ(told({}), json({{"actions", true}, {"token", "none"}}));
  EXPECT_EQ(told({{"Authorization", "Bearer wrong"}}), json({{"actions", true}, {"token", "wrong"}}));
  EXPECT_EQ(told({{"Authorization", absl::StrCat("bearer ", kToken)}}), json({{"actions", true}, {"token", "right"}}));
}

TEST_F(DashboardActionsTest, WithoutATokenEveryActionIsRefusedAndSaysHowToHaveIt) {
  options_.http_token.clear();
  Start();
  for (const char* path : kPaths) {
    const Answer refused = Post(path, {{"name", "a/b"}});
    EXPECT_EQ(refused.status, 403) << path;
    EXPECT_THAT(refused.error(), HasSubstr("--http-token FILE")) << path;
  }
  EXPECT_EQ(json::parse(Client().Get("/api/actions")->body)["actions"], false);
  EXPECT_FALSE(Study().stopped());
}

TEST_F(DashboardActionsTest, OnlyJsonIsTakenAndOnlyWhatTheActionKnows) {
  const httplib::Headers token = {{"Authorization", absl::StrCat("Bearer ", kToken)}};
  EXPECT_EQ(PostText("/api/study/stop", "name=a/b", token, "application/x-www-form-urlencoded").status, 415);
  EXPECT_EQ(PostText("/api/study/stop", R"({"name": "a/b"})", token, "text/plain").status, 415);
  for (const char* wrong : {"", "{", "[]", "3", "{\"name\": 3}", "{}", "{\"name\": \"\"}", "{\"name\": \"\xff\"}",
                            "{\"name\": \"a/b\", \"name\": \"a/b\"}", "{\"name\": \"a/b\", \"nov\": true}",
                            "{\"name\": \"a/b\", \"now\": 1}"}) {
    const Answer refused = PostText("/api/study/stop", wrong, token);
    EXPECT_EQ(refused.status, 400) << wrong;
    EXPECT_NE(refused.error(), "") << wrong;
  }
  EXPECT_THAT(PostText("/api/study/stop", R"({"name": "a/b", "nov": true})", token).error(), HasSubstr("\"now\""));
  EXPECT_FALSE(Study().stopped());
  EXPECT_EQ(PostText("/api/study/stop", R"({"name": "a/b"})", token, "application/json; charset=utf-8").status, 200);
}

TEST_F(DashboardActionsTest, OtherMethodsAndLongBodiesAreRefused) {
  const httplib::Headers token = {{"Authorization", absl::StrCat("Bearer ", kToken)}};
  const httplib::Result read = Client().Get("/api/study/stop", token);
  EXPECT_EQ(read->status, 405);
  EXPECT_EQ(read->get_header_value("Allow"), "POST");
  EXPECT_EQ(Client().Post("/api/studies", token, "{}", "application/json")->status, 405);
  EXPECT_EQ(Client().Post("/api/study/begin", token, "{}", "application/json")->status, 404);
  const Answer refused = PostText(
      "/api/study/stop", absl::StrCat(R"({"name": ")", std::string(HttpServer::kMostBodyBytes, 'a'), "\"}"), token);
  EXPECT_EQ(refused.status, 413);
  EXPECT_THAT(refused.error(), HasSubstr("262144 bytes"));
  EXPECT_EQ(PostText("/api/study/stop", R"({"name": "a/b"})",
                     {{"Host", "evil.example"}, {"Authorization", absl::StrCat("Bearer ", kToken)}})
                .status,
            403);
  EXPECT_FALSE(Study().stopped());
}

TEST_F(DashboardActionsTest, WhatCannotBeStoredIsNotDoneAndGoesThroughLater) {
  ASSERT_EQ(rename(options_.db.c_str(), (options_.db + ".away").c_str()), 0);
  const Answer refused = Enqueue({{"c", 1}}, "r1");
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.error(), HasSubstr("moved away"));
  ASSERT_EQ(rename((options_.db + ".away").c_str(), options_.db.c_str()), 0);
  Answer queued = Enqueue({{"c", 1}}, "r1");
  for (const absl::Time end = absl::Now() + SpokenWorker::kPatience; queued.status == 503 && absl::Now() < end;) {
    queued = Enqueue({{"c", 1}}, "r1");
  }
  EXPECT_EQ(queued.status, 200) << queued.body;
  EXPECT_EQ(Study().waiting(), 1);
}

TEST_F(DashboardActionsTest, WhoCallsTooOftenIsToldSo) {
  options_.limits.calls_per_second = 1e-6;
  options_.limits.call_burst = 1;
  Start();
  EXPECT_EQ(Post("/api/study/stop", {{"name", "a/b"}}).status, 200);
  EXPECT_EQ(Post("/api/study/resume", {{"name", "a/b"}}).status, 429);
}

}  // namespace
}  // namespace parzen
