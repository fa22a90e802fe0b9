#include "coordinator/dashboard_actions.h"

#include <functional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/clock.h"
#include "base/log.h"
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
constexpr char kWrongToken[] = "the token is not the one that --http-token names";

// The answer to what is refused, with a line in the log.
HttpPage Refuse(const HttpRequest& request, int status, absl::string_view why, RefusalLog& log) {
  log.Add("an action", absl::StrCat(request.peer, ": ", request.path, ": ", why), ReadClock().steady);
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

std::vector<HttpRoute> DashboardActions::Refused(const std::string& why, RefusalLog& log) {
  std::vector<HttpRoute> routes = {{kTold, [](const HttpRequest&) {
                                      return HttpPage{200, JsonText({{"actions", false}, {"token", "none"}}), kJson};
                                    }}};
  for (const Action& action : All()) {
    routes.push_back({action.path, [why, &log](const HttpRequest& request) { return Refuse(request, 403, why, log); },
                      HttpMethod::kPost});
  }
  return routes;
}

HttpPage DashboardActions::Admit(const HttpRequest& request, const std::function<HttpPage()>& answer) {
  const absl::Status entered =
      gate_.Enter(absl::StrCat("http:", request.peer), request.body.size(), ReadClock().steady);
  if (!entered.ok()) return Refuse(request, 429, entered.message(), log_);
  const absl::Cleanup leave = [this] { gate_.Leave(); };
  return answer();
}

DashboardActions::Token DashboardActions::TokenOf(const HttpRequest& request) const {
  if (request.authorization.empty()) return Token::kNone;
  return IsBearerOf(request.authorization, token_) ? Token::kRight : Token::kWrong;
}

HttpPage DashboardActions::Tell(const HttpRequest& request) {
  const Token token = TokenOf(request);
  if (token == Token::kWrong) {
    log_.Add("an action", absl::StrCat(request.peer, ": ", request.path, ": ", kWrongToken), ReadClock().steady);
  }
  const char* const name = token == Token::kNone ? "none" : token == Token::kRight ? "right" : "wrong";
  return {200, JsonText({{"actions", true}, {"token", name}}), kJson};
}

bool DashboardActions::IsRefused(const HttpRequest& request, HttpPage& refusal) {
  if (const Token token = TokenOf(request); token != Token::kRight) {
    refusal =
        Refuse(request, 401,
               token == Token::kWrong ? kWrongToken
                                      : "say `Authorization: Bearer TOKEN`, with the token that --http-token names",
               log_);
    refusal.headers = {{"WWW-Authenticate", "Bearer"}};
    return true;
  }
  if (!IsJson(request.content_type)) {
    refusal = Refuse(request, 415, "the body must be JSON: say `Content-Type: application/json`", log_);
    return true;
  }
  return false;
}

HttpPage DashboardActions::Act(const HttpRequest& request, const Action& action) {
  HttpPage refusal;
  if (IsRefused(request, refusal)) return refusal;
  const absl::StatusOr<ActionBody> body = ActionBody::Read(request.body, action.members);
  if (!body.ok()) return Refuse(request, 400, body.status().message(), log_);
  const absl::StatusOr<Json> answer = (this->*action.act)(*body, request.peer);
  if (!answer.ok()) return Refuse(request, HttpStatusOf(answer.status()), answer.status().message(), log_);
  return {200, absl::StrCat(JsonText(*answer), "\n"), kJson};
}

absl::StatusOr<Json> DashboardActions::StopStudy(const ActionBody& body, const std::string& peer) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const bool now, body.OptionalFlag("now"));
  request.set_stopped(true);
  request.set_release_running(now);
  ASSIGN_OR_RETURN(const StudySummary study, Edit(edits_, &StudyEdits::ChangeStudy, request));
  Log(spdlog::level::info,
      now ? "action of {peer}: study \"{study}\" is stopped, and its running trials are taken back"
          : "action of {peer}: study \"{study}\" is stopped",
      {{"peer", peer}, {"study", study.name()}});
  return StudyAnswer(study);
}

absl::StatusOr<Json> DashboardActions::ResumeStudy(const ActionBody& body, const std::string& peer) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  request.set_stopped(false);
  ASSIGN_OR_RETURN(const StudySummary study, Edit(edits_, &StudyEdits::ChangeStudy, request));
  Log(spdlog::level::info, "action of {peer}: study \"{study}\" is resumed", {{"peer", peer}, {"study", study.name()}});
  return StudyAnswer(study);
}

absl::StatusOr<Json> DashboardActions::ExtendStudy(const ActionBody& body, const std::string& peer) {
  ChangeStudyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const int64_t trials, body.Number("trials"));
  request.set_budget(trials);
  int64_t before = 0;  // no limit
  const auto extend = [&](StudyEdits& edits, Now now) -> absl::StatusOr<StudySummary> {
    ASSIGN_OR_RETURN(before, edits.BudgetOf(request.study()));
    return edits.ChangeStudy(request, now);
  };
  ASSIGN_OR_RETURN(const StudySummary study, WaitFor<StudySummary>([&](CommittedEdits::Answer<StudySummary> answer) {
                     edits_.Submit<StudySummary>(extend, std::move(answer));
                   }));
  const bool is_lower = before == 0 || study.budget() < before;
  const std::string was = before == 0 ? std::string("no limit") : absl::StrCat(before);
  Log(spdlog::level::info,
      absl::StrCat("action of {peer}: study \"{study}\" has a budget of ", study.budget(),
                   is_lower ? ", lowered from " : ", extended from ", was),
      {{"peer", peer}, {"study", study.name()}});
  Json answer = StudyAnswer(study);
  if (is_lower) answer["lowered_from"] = before;
  return answer;
}

absl::StatusOr<Json> DashboardActions::EnqueueTrial(const ActionBody& body, const std::string& peer) {
  EnqueueTrialRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(*request.mutable_set(), body.Values("values"));
  ASSIGN_OR_RETURN(*request.mutable_request_id(), body.OptionalText("request_id"));
  ASSIGN_OR_RETURN(const TrialRecord trial, Edit(edits_, &StudyEdits::EnqueueTrial, request));
  Log(spdlog::level::info, "action of {peer}: study \"{study}\": trial {trial} is enqueued",
      {{"peer", peer}, {"study", request.study()}, {"trial", trial.number()}});
  return TrialAnswer(request.study(), trial);
}

absl::StatusOr<Json> DashboardActions::RetryTrial(const ActionBody& body, const std::string& peer) {
  RetryTrialRequest request;
  ASSIGN_OR_RETURN(*request.mutable_study(), body.Text("name"));
  ASSIGN_OR_RETURN(const int64_t number, body.Number("trial"));
  request.set_number(number);
  ASSIGN_OR_RETURN(*request.mutable_request_id(), body.OptionalText("request_id"));
  ASSIGN_OR_RETURN(const TrialRecord trial, Edit(edits_, &StudyEdits::RetryTrial, request));
  Log(spdlog::level::info,
      absl::StrCat("action of {peer}: study \"{study}\": trial ", number, " is done again, as trial {trial}"),
      {{"peer", peer}, {"study", request.study()}, {"trial", trial.number()}});
  return TrialAnswer(request.study(), trial);
}

absl::StatusOr<Json> DashboardActions::DrainWorker(const ActionBody& body, const std::string& peer) {
  DrainWorkerRequest request;
  ASSIGN_OR_RETURN(*request.mutable_name(), body.Text("name"));
  ASSIGN_OR_RETURN(const ListWorkersResponse drained,
                   WaitFor<ListWorkersResponse>([&](CommittedEdits::Answer<ListWorkersResponse> answer) {
                     edits_.DrainWorkers(request, std::move(answer));
                   }));
  Json workers = Json::array();
  for (const WorkerRecord& worker : drained.worker()) {
    workers.push_back({{"name", worker.name()}, {"running", worker.running()}});
    Log(spdlog::level::info,
        absl::StrCat("action of {peer}: worker {worker} takes no more trials; ", worker.running(), " run on"),
        {{"peer", peer}, {"worker", worker.name()}});
  }
  Json answer;
  answer["workers"] = std::move(workers);
  return answer;
}

}  // namespace parzen
