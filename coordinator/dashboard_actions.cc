#include "coordinator/dashboard_actions.h"

#include <functional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "coordinator/http_token.h"
#include "nlohmann/json.hpp"
#include "studies/reports/study_json.h"
#include "studies/trial_state.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kJson[] = "application/json";
constexpr char kTold[] = "/api/actions";

HttpPage ErrorPage(int status, absl::string_view why) {
  return {status, absl::StrCat(JsonText({{"error", std::string(why)}}), "\n"), kJson};
}

int HttpStatusOf(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
      return 503;
    default:
      return 500;
  }
}

// "application/json; charset=utf-8" is.
bool IsJson(absl::string_view content_type) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';'))), kJson);
}

Json StudyAnswer(const StudySummary& study) {
  const Json whole = SummaryJson(study);
  Json answer;
  for (const char* member : {"name", "stopped", "finished", "budget", "counts"}) answer[member] = whole[member];
  return answer;
}

Json TrialAnswer(const std::string& study, const TrialRecord& trial) {
  return {{"name", study}, {"trial", trial.number()}, {"state", std::string(TrialStateName(trial.state()))}};
}

// What `submit` is answered with. The loop answers everything, at the latest when it ends.
template <typename Reply>
absl::StatusOr<Reply> WaitFor(const std::function<void(CommittedEdits::Answer<Reply> answer)>& submit) {
  absl::Notification is_answered;
  absl::StatusOr<Reply> reply = absl::UnknownError("not done yet");
  submit([&](absl::StatusOr<Reply> answer) {
    reply = std::move(answer);
    is_answered.Notify();
  });
  is_answered.WaitForNotification();
  return reply;
}

template <typename Request, typename Reply>
absl::StatusOr<Reply> Edit(CommittedEdits& edits, CommittedEdits::EditMethod<Request, Reply> edit,
                           const Request& request) {
  return WaitFor<Reply>([&](CommittedEdits::Answer<Reply> answer) { edits.Submit(edit, request, std::move(answer)); });
}

}  // namespace

const std::vector<DashboardActions::Action>& DashboardActions::All() {
  static const auto* const kActions = new std::vector<Action>{
      {"/api/study/stop", {"name", "now"}, &DashboardActions::StopStudy},
      {"/api/study/resume", {"name"}, &DashboardActions::ResumeStudy},
      {"/api/study/extend", {"name", "trials"}, &DashboardActions::ExtendStudy},
      {"/api/study/enqueue", {"name", "values", "request_id"}, &DashboardActions::EnqueueTrial},
      {"/api/trial/retry", {"name", "trial", "request_id"}, &DashboardActions::RetryTrial},
      {"/api/worker/drain", {"name"}, &DashboardActions::DrainWorker},
  };
  return *kActions;
}

std::vector<HttpRoute> DashboardActions::Routes() {
  std::vector<HttpRoute> routes = {
      {kTold, [this](const HttpRequest& request) { return Admit(request, [&] { return Tell(request); }); }}};
  for (const Action& action : All()) {
    routes.push_back(
        {action.path,
         [this, &action](const HttpRequest& request) { return Admit(request, [&] { return Act(request, action); }); },
         HttpMethod::kPost});
  }
  return routes;
}

std::vector<HttpRoute> DashboardActions::Refused(const std::string& why) {
  std::vector<HttpRoute> routes = {{kTold, [](const HttpRequest&) {
                                      return HttpPage{200, JsonText({{"actions", false}, {"token", "none"}}), kJson};
                                    }}};
  for (const Action& action : All()) {
    routes.push_back({action.path, [why](const HttpRequest&) { return ErrorPage(403, why); }, HttpMethod::kPost});
  }
  return routes;
}

HttpPage DashboardActions::Admit(const HttpRequest& request, const std::function<HttpPage()>& answer) {
  const absl::Status entered =
      gate_.Enter(absl::StrCat("http:", request.peer), request.body.size(), ReadClock().steady);
  if (!entered.ok()) return ErrorPage(429, entered.message());
  HttpPage page = answer();
  gate_.Leave();
  return page;
}

DashboardActions::Token DashboardActions::TokenOf(const HttpRequest& request) {
  if (request.authorization.empty()) return Token::kNone;
  if (IsBearerOf(request.authorization, token_)) return Token::kRight;
  log_.Add("an action", absl::StrCat(request.peer, ": a wrong token"), ReadClock().steady);
  return Token::kWrong;
}

HttpPage DashboardActions::Tell(const HttpRequest& request) {
  const Token token = TokenOf(request);
  const char* const name = token == Token::kNone ? "none" : token == Token::kRight ? "right" : "wrong";
  return {200, JsonText({{"actions", true}, {"token", name}}), kJson};
}

bool DashboardActions::IsRefused(const HttpRequest& request, HttpPage& refusal) {
  if (const Token token = TokenOf(request); token != Token::kRight) {
    refusal = ErrorPage(401, token == Token::kWrong
                                 ? "the token is not the one that --http-token names"
                                 : "say `Authorization: Bearer TOKEN`, with the token that --http-token names");
    refusal.headers = {{"WWW-Authenticate", "Bearer"}};
    return true;
  }
  if (!IsJson(request.content_type)) {
    refusal = ErrorPage(415, "the body must be JSON: say `Content-Type: application/json`");
    return true;
  }
  return false;
}

HttpPage DashboardActions::Act(const HttpRequest& request, const Action& action) {
  HttpPage refusal;
  if (IsRefused(request, refusal)) return refusal;
  const absl::StatusOr<ActionBody> body = ActionBody::Read(request.body, action.members);
  if (!body.ok()) return ErrorPage(400, body.status().message());
  const absl::StatusOr<Json> answer = (this->*action.act)(*body);
  if (!answer.ok()) return ErrorPage(HttpStatusOf(answer.status()), answer.status().message());
  return {200, absl::StrCat(JsonText(*answer), "\n"), kJson};
}

absl::StatusOr<Json> DashboardActions::StopStudy(const ActionBody& body) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const bool now, body.OptionalFlag("now"));
  request.set_stopped(true);
  request.set_release_running(now);
  ASSIGN_OR_RETURN(const StudySummary study, Edit(edits_, &StudyEdits::ChangeStudy, request));
  return StudyAnswer(study);
}

absl::StatusOr<Json> DashboardActions::ResumeStudy(const ActionBody& body) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  request.set_stopped(false);
  ASSIGN_OR_RETURN(const StudySummary study, Edit(edits_, &StudyEdits::ChangeStudy, request));
  return StudyAnswer(study);
}

absl::StatusOr<Json> DashboardActions::ExtendStudy(const ActionBody& body) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const int64_t trials, body.Number("trials"));
  request.set_budget(trials);
  ASSIGN_OR_RETURN(const StudySummary study, Edit(edits_, &StudyEdits::ChangeStudy, request));
  return StudyAnswer(study);
}

absl::StatusOr<Json> DashboardActions::EnqueueTrial(const ActionBody& body) {
  EnqueueTrialRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(*request.mutable_set(), body.Values("values"));
  ASSIGN_OR_RETURN(*request.mutable_request_id(), body.OptionalText("request_id"));
  ASSIGN_OR_RETURN(const TrialRecord trial, Edit(edits_, &StudyEdits::EnqueueTrial, request));
  return TrialAnswer(request.study(), trial);
}

absl::StatusOr<Json> DashboardActions::RetryTrial(const ActionBody& body) {
  RetryTrialRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const int64_t number, body.Number("trial"));
  request.set_number(number);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), body.OptionalText("request_id"));
  ASSIGN_OR_RETURN(const TrialRecord trial, Edit(edits_, &StudyEdits::RetryTrial, request));
  return TrialAnswer(request.study(), trial);
}

absl::StatusOr<Json> DashboardActions::DrainWorker(const ActionBody& body) {
  DrainWorkerRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), body.Text("name"));
  ASSIGN_OR_RETURN(const ListWorkersResponse drained,
                   WaitFor<ListWorkersResponse>([&](CommittedEdits::Answer<ListWorkersResponse> answer) {
                     edits_.DrainWorkers(request, std::move(answer));
                   }));
  Json workers = Json::array();
  for (const WorkerRecord& worker : drained.worker()) {
    workers.push_back({{"name", worker.name()}, {"running", worker.running()}});
  }
  Json answer;
  answer["workers"] = std::move(workers);
  return answer;
}

}  // namespace parzen
