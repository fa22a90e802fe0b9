#include "tests/coordinator/simulator/client.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(5);
constexpr absl::Duration kPause = absl::Seconds(1);

template <typename Request>
bool SetsBudget(const Request&) {
  return false;
}
bool SetsBudget(const CreateStudyRequest&) { return true; }
bool SetsBudget(const ChangeStudyRequest& request) { return request.has_budget(); }

}  // namespace

Client::Client(World& world, const Scenario& scenario, SimulatedCoordinator& coordinator, Store& store,
               Referee& referee)
    : world_(world),
      scenario_(scenario),
      coordinator_(coordinator),
      store_(store),
      referee_(referee),
      random_(world.Random(0, "client")) {}

template <typename Request, typename Reply>
void Client::Call(EditMethod<Request, Reply> edit, const Request& request,
                  std::function<void(const absl::StatusOr<Reply>& reply)> on_reply) {
  auto result = std::make_shared<absl::StatusOr<Reply>>(absl::UnavailableError("no answer"));
  const auto answer = [on_reply, answered = std::make_shared<bool>(false)](const absl::StatusOr<Reply>& reply) {
    if (!std::exchange(*answered, true)) on_reply(reply);
  };
  const bool answer_is_lost = world_.now() < scenario_.calm && Chance(random_, 0.1);
  coordinator_.Submit(
      [=, this](Dispatcher& dispatcher, Now now) {
        *result = (StudyEdits(store_, &dispatcher).*edit)(request, now);
        if (SetsBudget(request)) referee_.BudgetWasSet();
        world_.Say("coordinator: edit { ", world_.traced() ? request.ShortDebugString() : "", " } ",
                   result->status().ToString());
        return store_.transaction_status();
      },
      [=, this](const absl::Status& committed) {
        if (answer_is_lost) return world_.Count("answer to an edit lost");
        answer(committed.ok() ? *result : absl::StatusOr<Reply>(committed));
      });
  world_.events().After(kPatience, [answer] { answer(absl::UnavailableError("no answer")); });
}

void Client::Begin() {
  for (size_t i = 0; i < scenario_.studies.size(); ++i) {
    world_.events().At(scenario_.studies[i].created, [this, i] { CreateUntilDone(i, [] {}); });
  }
}

void Client::CreateUntilDone(size_t index, std::function<void()> then) {
  CreateStudyRequest request;
  *request.mutable_spec() = scenario_.studies[index].spec;
  Call<CreateStudyRequest, StudySummary>(
      &StudyEdits::CreateStudy, request, [=, this](const absl::StatusOr<StudySummary>& reply) {
        if (reply.ok()) return then();
        if (!absl::IsUnavailable(reply.status()) && !absl::IsResourceExhausted(reply.status())) {
          world_.Broken("everything comes to an end", absl::StrCat("a study is refused: ", reply.status().ToString()));
        }
        world_.events().After(kPause, [=, this] { CreateUntilDone(index, then); });
      });
}

void Client::Edit() {
  const size_t index = random_.Below(scenario_.studies.size());
  const std::string& study = scenario_.studies[index].spec.name();
  switch (random_.Below(13)) {
    case 0:
      Change(study, [release = Chance(random_, 0.5)](ChangeStudyRequest& request) {
        request.set_stopped(true);
        request.set_release_running(release);
      });
      world_.events().After(DurationAround(random_, absl::Seconds(5)), [=, this] {
        Change(study, [](ChangeStudyRequest& request) { request.set_stopped(false); });
      });
      return;
    case 1:
    case 2:
      return Extend(study);
    case 3:
    case 4:
      return Enqueue(study);
    case 5:
    case 6:
      return Retry(study);
    case 7:
      return Chance(random_, 0.3) ? Delete(index) : CreateUntilDone(index, [] {});
    case 8:
      return Cancel(study);
    default:
      return Ask(study);
  }
}

void Client::Change(const std::string& study, const std::function<void(ChangeStudyRequest& request)>& what) {
  ChangeStudyRequest request;
  request.set_study(study);
  what(request);
  Call<ChangeStudyRequest, StudySummary>(&StudyEdits::ChangeStudy, request, [](const absl::StatusOr<StudySummary>&) {});
}

// By a few trials; now and then there are to be fewer.
void Client::Extend(const std::string& study) {
  const int64_t more = static_cast<int64_t>(random_.Below(6)) - 2;
  const RunningStudy* const known =
      coordinator_.dispatcher() == nullptr ? nullptr : coordinator_.dispatcher()->FindStudy(study);
  if (known == nullptr || known->stored().budget + more > 40) return;
  const int64_t budget = known->stored().budget + more;
  Change(study, [budget](ChangeStudyRequest& request) { request.set_budget(budget); });
}

void Client::Enqueue(const std::string& study) {
  EnqueueTrialRequest request;
  request.set_study(study);
  request.set_request_id(absl::StrCat("add-", ++additions_));
  FixedValue& value = *request.add_set();
  value.set_parameter("x");
  value.set_value("1");
  AddUntilAnswered(&StudyEdits::EnqueueTrial, request);
}

void Client::Retry(const std::string& study) {
  RetryTrialRequest request;
  request.set_study(study);
  request.set_request_id(absl::StrCat("add-", ++additions_));
  request.set_number(static_cast<int64_t>(random_.Below(15)));
  AddUntilAnswered(&StudyEdits::RetryTrial, request);
}

template <typename Request>
void Client::AddUntilAnswered(EditMethod<Request, TrialRecord> edit, const Request& request, int64_t number) {
  Call<Request, TrialRecord>(edit, request, [=, this](const absl::StatusOr<TrialRecord>& reply) {
    if (reply.ok() && number >= 0 && reply->number() != number && !referee_.may_disappear(request.study())) {
      world_.Broken("the same request gets the same trial", request.request_id());
    }
    const bool lost = absl::IsUnavailable(reply.status()) || absl::IsResourceExhausted(reply.status());
    // Also some that were answered: another part of their program may not know.
    if (world_.now() > scenario_.calm || (!lost && (number >= 0 || !Chance(random_, 0.2)))) return;
    world_.Count("edit repeated");
    const int64_t first = reply.ok() ? reply->number() : number;
    world_.events().After(kPause, [=, this] { AddUntilAnswered(edit, request, first); });
  });
}

void Client::Cancel(const std::string& study) {
  CancelTrialRequest request;
  request.set_study(study);
  request.set_number(static_cast<int64_t>(random_.Below(15)));
  Call<CancelTrialRequest, TrialRecord>(&StudyEdits::CancelTrial, request, [](const absl::StatusOr<TrialRecord>&) {});
}

void Client::DrainWorker(int worker) {
  coordinator_.Submit(
      [=](Dispatcher& dispatcher, Now) {
        const auto drained = dispatcher.DrainWorkers(absl::StrCat("worker-", worker));
        return absl::IsNotFound(drained.status()) ? absl::OkStatus() : drained.status();
      },
      [](const absl::Status&) {});
}

void Client::Delete(size_t index) {
  DeleteStudyRequest request;
  request.set_study(scenario_.studies[index].spec.name());
  request.set_even_if_running(true);
  referee_.MayDisappear(request.study());
  world_.Count("study deleted");
  Call<DeleteStudyRequest, DeleteStudyResponse>(
      &StudyEdits::DeleteStudy, request, [=, this](const absl::StatusOr<DeleteStudyResponse>&) {
        world_.events().After(DurationAround(random_, absl::Seconds(3)), [=, this] { CreateUntilDone(index, [] {}); });
      });
}

void Client::Ask(const std::string& study) {
  const std::string request_id = absl::StrCat("ask-", ++asks_);
  Asked& asked = asked_[request_id];
  asked.study = study;
  asked.request_id = request_id;
  asked.value = 1000 + static_cast<double>(asks_);
  // Some die before they tell.
  AskUntilAnswered(request_id, /*tell=*/Chance(random_, 0.7), [] {});
}

void Client::AskUntilAnswered(const std::string& request_id, bool tell, std::function<void()> then) {
  AskTrialRequest request;
  request.set_study(asked_[request_id].study);
  request.set_request_id(request_id);
  request.set_asker("client");
  Call<AskTrialRequest, TrialRecord>(
      &StudyEdits::AskTrial, request, [=, this](const absl::StatusOr<TrialRecord>& reply) {
        const auto found = asked_.find(request_id);
        if (found == asked_.end()) return then();
        if (absl::IsUnavailable(reply.status()) || absl::IsResourceExhausted(reply.status())) {
          world_.events().After(kPause, [=, this] { AskUntilAnswered(request_id, tell, then); });
          return;
        }
        if (!reply.ok()) {  // there is none, or it was given back meanwhile
          asked_.erase(found);
          return then();
        }
        Asked& asked = found->second;
        if (asked.number >= 0 && asked.number != reply->number() && !referee_.may_disappear(asked.study)) {
          world_.Broken("the same request gets the same trial", request_id);
        }
        asked.number = reply->number();
        if (!tell) return;
        world_.events().After(DurationAround(random_, absl::Seconds(3)),
                              [=, this] { TellUntilAnswered(request_id, then); });
      });
}

void Client::TellUntilAnswered(const std::string& request_id, std::function<void()> then) {
  const auto found = asked_.find(request_id);
  if (found == asked_.end()) return then();
  const Asked asked = found->second;
  TellTrialRequest request;
  request.set_study(asked.study);
  request.set_number(asked.number);
  request.set_state(COMPLETE);
  request.add_value(asked.value);
  Call<TellTrialRequest, TellTrialResponse>(
      &StudyEdits::TellTrial, request, [=, this](const absl::StatusOr<TellTrialResponse>& reply) {
        if (absl::IsUnavailable(reply.status()) || absl::IsResourceExhausted(reply.status())) {
          world_.events().After(kPause, [=, this] { TellUntilAnswered(request_id, then); });
          return;
        }
        if (reply.ok()) referee_.Promised(asked.study, asked.number, asked.value);
        asked_.erase(request_id);
        then();
      });
}

void Client::TidyUp() {
  const auto done = [this] { --tidying_; };
  std::vector<std::string> untold;
  for (const auto& [request_id, asked] : asked_) untold.push_back(request_id);
  for (const std::string& request_id : untold) {
    ++tidying_;
    AskUntilAnswered(request_id, /*tell=*/true, done);
  }
  for (size_t i = 0; i < scenario_.studies.size(); ++i) {
    ++tidying_;
    CreateUntilDone(i, done);  // resumes it, too
  }
}

}  // namespace parzen
