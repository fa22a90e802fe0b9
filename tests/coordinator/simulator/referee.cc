#include "tests/coordinator/simulator/referee.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr char kAcknowledged[] = "an acknowledged result is in the database";
constexpr char kFinal[] = "a final trial never changes";
constexpr char kBudget[] = "the budget is exact";
constexpr char kOneAttempt[] = "a trial has one attempt at a time";
constexpr char kQuarantine[] = "a trial that killed slots of two workers is given to no third";
constexpr char kGaps[] = "trials are numbered without gaps";
constexpr char kSameTrial[] = "the same request gets the same trial";
constexpr char kStale[] = "a stale end is refused and kept";
constexpr char kPruned[] = "a pruned trial is PRUNED";
constexpr char kWork[] = "a slot that asks gets work while there is some";
constexpr char kDrained[] = "a worker that is drained gets no more trials";
constexpr char kHeard[] = "a worker that can be heard keeps its trials";
constexpr char kDisappear[] = "studies do not disappear";

bool IsFinalName(absl::string_view state) { return state == "COMPLETE" || state == "PRUNED" || state == "FAIL"; }

}  // namespace

std::string Referee::Name(const Study& study, int64_t number) const {
  return absl::StrCat("trial ", number, " of ", study.name);
}

int64_t Referee::trials() const {
  int64_t count = 0;
  for (const auto& [id, study] : studies_) count += static_cast<int64_t>(study.trials.size());
  return count;
}

void Referee::Reported(const TrialEnd& end) { reported_.emplace(end.lease().token(), end); }

void Referee::Handled(ConnectionId stream, const WorkerMessage& message) {
  if (message.has_hello()) {
    // A worker is served on its last stream alone.
    std::vector<ConnectionId> replaced;
    for (const auto& [other, worker] : workers_) {
      if (other != stream && worker.worker_id() == message.hello().worker_id()) replaced.push_back(other);
    }
    for (const ConnectionId other : replaced) Disconnected(other);
    workers_[stream] = message.hello();
    if (drained_.contains(message.hello().worker_id())) workers_[stream].set_draining(true);
  }
  if (message.has_draining()) Drained(stream);
  if (message.has_request() && !workers_[stream].draining()) {
    open_requests_.emplace(message.request().request_id(), stream);
  }
}

void Referee::Drained(ConnectionId stream) {
  workers_[stream].set_draining(true);
  std::erase_if(open_requests_, [&](const auto& request) { return request.second == stream; });
}

void Referee::Disconnected(ConnectionId stream) {
  workers_.erase(stream);
  std::erase_if(open_requests_, [&](const auto& request) { return request.second == stream; });
}

void Referee::Touched(const std::string& study, int64_t trials) {
  for (auto& [id, known] : studies_) {
    if (known.name != study) continue;
    known.touched = true;
    known.elsewhere += trials;
  }
}

void Referee::Promised(const std::string& study, int64_t number, double value) {
  for (const auto& [id, known] : studies_) {
    if (known.name != study) continue;
    const bool is_there = number < static_cast<int64_t>(known.trials.size()) &&
                          known.trials[number].state == "COMPLETE" && known.trials[number].value == value;
    if (!is_there && !deleted_.contains(study)) world_.Broken(kAcknowledged, Name(known, number));
    ++results_;
    return;
  }
}

void Referee::Committed(const Dispatcher& dispatcher, const std::vector<OutgoingMessage>& outbox) {
  absl::Status status = LookAtStudies();
  if (status.ok()) status = LookAtTrials();
  if (status.ok()) status = LookAtLosses();
  for (const OutgoingMessage& outgoing : outbox) {
    if (outgoing.message.has_drain()) {
      Drained(outgoing.connection);
      drained_.insert(workers_[outgoing.connection].worker_id());
    }
    if (outgoing.message.has_assignment()) CheckMayGet(outgoing);
    if (status.ok()) status = CheckAnswer(outgoing.message);
  }
  if (!status.ok()) return world_.Broken("the referee can read the database", status.ToString());
  for (const auto& [request_id, stream] : open_requests_) {
    const std::optional<std::string> study = WorkFor(dispatcher, workers_[stream]);
    if (study.has_value()) world_.Broken(kWork, absl::StrCat(request_id, " waits, and ", *study, " has a trial to do"));
  }
}

std::optional<std::string> Referee::WorkFor(const Dispatcher& dispatcher, const Hello& worker) const {
  for (const auto& [id, known] : studies_) {
    const RunningStudy* const study = dispatcher.FindStudy(known.name);
    if (study == nullptr || study->stored().stopped) continue;
    if (!study->needs().labels.empty() && worker.label().empty()) continue;
    const bool waits = study->OldestWaiting().has_value() && !known.crashed;
    if (waits || study->WantsNewTrial()) return known.name;
  }
  return std::nullopt;
}

absl::Status Referee::LookAtStudies() {
  ASSIGN_OR_RETURN(
      Statement & query,
      store_.database().Prepare("SELECT s.study_id, s.study_name, p.created, p.budget, p.space_finished, p.stopped "
                                "FROM studies s JOIN parzen_studies p ON p.study_id = s.study_id"));
  std::set<int64_t> gone;
  for (const auto& [id, study] : studies_) gone.insert(id);
  const auto check_gone = [&](const Study& study) {
    if (!deleted_.contains(study.name)) world_.Broken(kDisappear, study.name);
  };
  RETURN_IF_ERROR(query.ForEach([&] {
    const int64_t id = query.Int(0);
    Study& study = studies_[id];
    gone.erase(id);
    // SQLite gives the ids of what was deleted to what comes next.
    if (study.name != query.Text(1) || study.created != query.Text(2)) {
      if (!study.name.empty()) check_gone(study);
      study = {};
      study.name = query.Text(1);
      study.created = query.Text(2);
    }
    budgets_[id] = query.Int(3);
    study.space_finished = query.Int(4) != 0;
    study.stopped = query.Int(5) != 0;
    study.crashed = false;
    return absl::OkStatus();
  }));
  for (const int64_t id : gone) {
    check_gone(studies_[id]);
    studies_.erase(id);
  }
  return absl::OkStatus();
}

absl::Status Referee::LookAtTrials() {
  ASSIGN_OR_RETURN(
      Statement & query,
      store_.database().Prepare(
          "SELECT t.study_id, t.number, t.trial_id, t.state, (SELECT count(*) FROM parzen_attempts a WHERE "
          "a.trial_id = t.trial_id AND a.state = 'OPEN'), EXISTS (SELECT 1 FROM parzen_attempts a "
          "WHERE a.trial_id = t.trial_id AND a.state = 'CRASHED'), (SELECT count(DISTINCT worker_id) FROM "
          "parzen_attempts a WHERE a.trial_id = t.trial_id AND a.state = 'CRASHED'), "
          "EXISTS (SELECT 1 FROM parzen_progress p WHERE p.trial_id = t.trial_id AND NOT p.promoted) "
          "FROM trials t ORDER BY t.study_id, t.number"));
  struct Counts {
    int64_t seen = 0, final = 0, held = 0;
  };
  std::map<int64_t, Counts> counts;
  for (const auto& [id, study] : studies_) counts[id] = {};
  RETURN_IF_ERROR(query.ForEach([&]() -> absl::Status {
    const auto study = studies_.find(query.Int(0));
    if (study == studies_.end()) return absl::OkStatus();
    Counts& count = counts[study->first];
    if (query.Int(1) != count.seen) world_.Broken(kGaps, Name(study->second, count.seen));
    const Trial trial{query.Int(2), query.Text(3), std::nullopt};
    count.final += IsFinalName(trial.state);
    study->second.crashed |= trial.state == "WAITING" && query.Int(5) != 0;
    const bool paused = trial.state == "WAITING" && query.Int(7) != 0;
    count.held += paused || (trial.state == "RUNNING" && query.Int(4) > 0);
    if (!IsFinalName(trial.state) && query.Int(6) > 1) world_.Broken(kQuarantine, Name(study->second, query.Int(1)));
    return LookAtTrial(study->second, count.seen++, trial, query.Int(4));
  }));
  for (auto& [id, study] : studies_) {
    const Counts& count = counts[id];
    if (count.seen < static_cast<int64_t>(study.trials.size())) world_.Broken(kGaps, Name(study, count.seen));
    CheckBudget(study, budgets_[id], count.final, count.held);
  }
  budget_was_set_ = false;
  return absl::OkStatus();
}

void Referee::CheckMayGet(const OutgoingMessage& assignment) {
  const std::string& request_id = assignment.message.assignment().request_id();
  if (given_.contains(request_id)) return;  // before it was drained, perhaps
  const std::string& worker_id = workers_[assignment.connection].worker_id();
  if (drained_.contains(worker_id)) world_.Broken(kDrained, absl::StrCat(worker_id, ": ", request_id));
}

absl::Status Referee::LookAtLosses() {
  ASSIGN_OR_RETURN(Statement & query,
                   store_.database().Prepare("SELECT token FROM parzen_attempts WHERE state = 'LOST' AND "
                                             "reason LIKE 'no sign of life%'"));
  return query.ForEach([&] {
    const std::string token = query.Text(0);
    if (lost_.insert(token).second && is_heard_(token)) world_.Broken(kHeard, token);
    return absl::OkStatus();
  });
}

absl::Status Referee::LookAtTrial(Study& study, int64_t number, Trial found, int64_t open_attempts) {
  if (number >= static_cast<int64_t>(study.trials.size())) study.trials.resize(number + 1);
  Trial& known = study.trials[number];
  if (IsFinalName(known.state)) {
    if (known.state != found.state || known.trial_id != found.trial_id) {
      world_.Broken(kFinal, absl::StrCat(Name(study, number), " was ", known.state, ", is ", found.state));
    }
  } else if (IsFinalName(found.state)) {
    ASSIGN_OR_RETURN(found.value, ValueOf(found.trial_id));
    known = std::move(found);
  } else {
    known = std::move(found);
  }
  const bool runs = known.state == "RUNNING";
  const bool one = open_attempts == 1 || (open_attempts == 0 && study.touched);
  if (runs ? !one : open_attempts > 0) {
    world_.Broken(kOneAttempt, absl::StrCat(Name(study, number), " is ", known.state, " with ", open_attempts));
  }
  return absl::OkStatus();
}

void Referee::CheckBudget(Study& study, int64_t budget, int64_t final, int64_t held) {
  if (budget != study.budget || budget_was_set_) {
    study.budget = budget;
    study.most = std::max(budget, final + held);
  }
  if (final + held > study.most + study.elsewhere) {
    world_.Broken(kBudget, absl::StrCat(study.name, " has ", final, " final trials and ", held, " running of ",
                                        study.most, " + ", study.elsewhere));
  }
}

absl::StatusOr<std::optional<double>> Referee::ValueOf(int64_t trial_id) {
  std::optional<double> value;
  ASSIGN_OR_RETURN(Statement & query,
                   store_.database().Prepare("SELECT value FROM trial_values WHERE trial_id = ? AND objective = 0"));
  RETURN_IF_ERROR(query.BindInt(1, trial_id).ForEach([&] {
    value = query.Double(0);
    return absl::OkStatus();
  }));
  return value;
}

absl::Status Referee::CheckAnswer(const CoordinatorMessage& message) {
  if (message.has_end_ack()) return CheckEndAck(message.end_ack());
  if (message.has_assignment()) return CheckAssignment(message.assignment());
  if (message.has_drop() && message.drop().has_request_id()) open_requests_.erase(message.drop().request_id());
  if (!message.has_verdict() || !message.verdict().stop()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt,
                   store_.FindAttemptByToken(message.verdict().lease().token()));
  const auto study = attempt.has_value() ? studies_.find(attempt->study_id) : studies_.end();
  if (!attempt.has_value() && !deleted_.empty()) return absl::OkStatus();
  if (study == studies_.end() || study->second.trials[attempt->trial_number].state != "PRUNED") {
    world_.Broken(kPruned, message.ShortDebugString());
  }
  return absl::OkStatus();
}

absl::Status Referee::CheckEndAck(const EndAck& ack) {
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindAttemptByToken(ack.lease().token()));
  const auto reported = reported_.find(ack.lease().token());
  if (reported == reported_.end()) {
    world_.Broken(kAcknowledged, "an end that nobody reported");
    return absl::OkStatus();
  }
  if (!attempt.has_value()) {
    // It may have been deleted right after it was counted.
    if (deleted_.empty()) world_.Broken(kAcknowledged, "there is no such attempt");
    return absl::OkStatus();
  }
  if (acknowledged_.emplace(ack.lease().token(), ack.counted()).first->second != ack.counted()) {
    world_.Broken("a repeated end gets the same answer", ack.ShortDebugString());
  }
  const Study& study = studies_[attempt->study_id];
  const Trial& trial = study.trials[attempt->trial_number];
  const std::string name = Name(study, attempt->trial_number);
  if (!ack.counted()) {
    int64_t events = 0;
    ASSIGN_OR_RETURN(
        Statement & query,
        store_.database().Prepare(
            "SELECT count(*) FROM parzen_events WHERE kind = 'stale_end' AND study_id = ? AND trial_id = ?"));
    RETURN_IF_ERROR(query.BindInt(1, attempt->study_id).BindInt(2, attempt->trial_id).ForEach([&] {
      events = query.Int(0);
      return absl::OkStatus();
    }));
    if (attempt->state == OPEN || attempt->ended_by_worker || events == 0) {
      world_.Broken(kStale, absl::StrCat(name, ": attempt ", attempt->attempt, " is ",
                                         AttemptState_Name(attempt->state), ", ", events, " events"));
    }
    world_.Count("stale end refused");
    return absl::OkStatus();
  }
  const TrialEnd& end = reported->second;
  const AttemptState expected = end.has_released() || end.has_paused() ? RELEASED : end.has_crash() ? CRASHED : ENDED;
  if (attempt->state != expected) {
    world_.Broken(
        kStale, absl::StrCat(name, ": counted, attempt ", attempt->attempt, " is ", AttemptState_Name(attempt->state)));
  }
  if (!reported->second.has_result()) return absl::OkStatus();
  ++results_;
  const double value = reported->second.result().metric(0).value();
  if (trial.state != "COMPLETE" || trial.value != value) {
    world_.Broken(kAcknowledged, absl::StrCat(name, " is ", trial.state, " with ", trial.value.value_or(0),
                                              ", and was reported with ", value));
  }
  return absl::OkStatus();
}

absl::Status Referee::CheckAssignment(const Assignment& assignment) {
  open_requests_.erase(assignment.request_id());
  const std::string& token = assignment.lease().token();
  const auto [given, first] = given_.emplace(assignment.request_id(), token);
  if (!first) {
    world_.Count("request answered twice");
    ASSIGN_OR_RETURN(const std::optional<StoredAttempt> earlier, store_.FindAttemptByToken(given->second));
    // Of a study that was deleted nothing is known any more.
    if (given->second != token && earlier.has_value()) world_.Broken(kSameTrial, assignment.request_id());
    given->second = token;
    return absl::OkStatus();  // it may have ended since, right after the question
  }
  ASSIGN_OR_RETURN(const std::optional<StoredAttempt> attempt, store_.FindAttemptByToken(token));
  if (!attempt.has_value() || attempt->state != OPEN || attempt->trial_id != assignment.lease().trial_id() ||
      attempt->attempt != assignment.lease().attempt()) {
    world_.Broken(kOneAttempt, absl::StrCat("given to ", assignment.request_id(), ": ", token, " is not open"));
  }
  return absl::OkStatus();
}

}  // namespace parzen
