// What whoever has the token may do on the dashboard, for browsers and programs.
//
//   GET  /api/actions        {"actions": whether there are any, "token": "right", "wrong" or "none" was sent}
//
//   POST                     body                              answer
//   /api/study/stop          {"name", "now"?}                  {"name", "stopped", "finished", "budget", "counts"}
//   /api/study/resume        {"name"}                          the same
//   /api/study/extend        {"name", "trials"}: in all        the same, and "lowered_from" where there were more, or
//                                                              (0) no limit
//   /api/study/enqueue       {"name", "values", "request_id"?} {"name", "trial", "state"}
//   /api/trial/retry         {"name", "trial", "request_id"?}  the same, of the trial that waits
//   /api/worker/drain        {"name"}                          {"workers": [{"name", "running"}]}
//
// Each asks with `Authorization: Bearer TOKEN` and a body of application/json, and is the edit of query.proto that the
// command line asks for over gRPC: the same checks, the same bounds on calls, done by the commit loop and answered
// after the commit. There is no cookie, so no other page can act for whoever has the token. The log has a line for each
// action that was done, and for what is refused: who, what, and why.
//
// Errors, {"error": why}: 400 the request says what cannot be; 401 no token, or a wrong one; 403 there are no actions
// here; 404 no such study, trial or worker; 409 it is in no state for that, or the request_id was used for something
// else; 415 another body than JSON; 429 called too often; 503 it could not be stored; and those of http.h.
//
// What happens when things fail:
//   the coordinator dies between commit   whoever asked hears nothing, and asks again: what stops, resumes, extends or
//   and answer, or the answer is lost     drains changes nothing the second time; of what adds a trial, the same
//                                         request_id is answered with the trial that it has added
//   an action is repeated                 the same
//   the study is deleted meanwhile        404, and nothing is done
//   the disk is full, the file is locked  503 with why: nothing was changed, and the page stays as it is
//   the token was changed                 401: the page forgets the one it has, and asks for the other
// Threads: any.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/action_body.h"
#include "coordinator/call_gate.h"
#include "coordinator/committed_edits.h"
#include "coordinator/http.h"
#include "coordinator/refusal_log.h"
#include "nlohmann/json_fwd.hpp"

namespace parzen {

class DashboardActions {
 public:
  // Borrows all. Requires: a token.
  DashboardActions(std::string token, CommittedEdits& edits, CallGate& gate, RefusalLog& log)
      : token_(std::move(token)), edits_(edits), gate_(gate), log_(log) {}

  // Borrow; until the edits' commit loop has ended and answered.
  std::vector<HttpRoute> Routes();
  // The same where nothing can be changed: the page hears so, and each action is refused with `why`. Borrows the log.
  static std::vector<HttpRoute> Refused(const std::string& why, RefusalLog& log);

 private:
  struct Action {
    const char* path;
    std::vector<std::string> members;  // that its body may have
    absl::StatusOr<nlohmann::ordered_json> (DashboardActions::*act)(const ActionBody& body, const std::string& peer);
  };
  static const std::vector<Action>& All();

  enum class Token { kNone, kWrong, kRight };

  // The answer, unless whoever asks calls too often.
  HttpPage Admit(const HttpRequest& request, const std::function<HttpPage()>& answer);
  Token TokenOf(const HttpRequest& request) const;
  HttpPage Tell(const HttpRequest& request);
  HttpPage Act(const HttpRequest& request, const Action& action);
  // Whether whoever asks may not act, or has sent no JSON; `refusal` is then the answer.
  bool IsRefused(const HttpRequest& request, HttpPage& refusal);

  // `peer`: whoever asks, for the log.
  absl::StatusOr<nlohmann::ordered_json> StopStudy(const ActionBody& body, const std::string& peer);
  absl::StatusOr<nlohmann::ordered_json> ResumeStudy(const ActionBody& body, const std::string& peer);
  absl::StatusOr<nlohmann::ordered_json> ExtendStudy(const ActionBody& body, const std::string& peer);
  absl::StatusOr<nlohmann::ordered_json> EnqueueTrial(const ActionBody& body, const std::string& peer);
  absl::StatusOr<nlohmann::ordered_json> RetryTrial(const ActionBody& body, const std::string& peer);
  absl::StatusOr<nlohmann::ordered_json> DrainWorker(const ActionBody& body, const std::string& peer);

  const std::string token_;
  CommittedEdits& edits_;
  CallGate& gate_;
  RefusalLog& log_;
};

}  // namespace parzen
