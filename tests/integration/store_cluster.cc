#include "tests/integration/store_cluster.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/notification.h"
#include "base/status_macros.h"
#include "google/protobuf/text_format.h"
#include "rpc/grpc_status.h"
#include "studies/store/sqlite.h"

namespace parzen {
namespace {

constexpr char kStudy[] = "torture";

// Comes back within milliseconds, where a real worker takes a second.
std::shared_ptr<grpc::Channel> Dial(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 5);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// A value that no other attempt has, so that a result under the wrong trial is seen.
double ValueOf(const Lease& lease) {
  uint64_t bits = 0;
  for (const char c : lease.token()) bits = bits * 31 + static_cast<unsigned char>(c);
  return static_cast<double>(bits % 1000003) + static_cast<double>(lease.trial_id()) / 1048576;
}

void SetDeadline(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kPatience));
  context.set_wait_for_ready(true);
}

}  // namespace

void Ledger::Acknowledged(const std::string& token, const AcknowledgedEnd& end) {
  absl::MutexLock lock(&mutex_);
  ends_[token] = end;
}

void Ledger::Refused(const std::string& what) {
  absl::MutexLock lock(&mutex_);
  refusals_.push_back(what);
}

bool Ledger::WaitForEnds(size_t ends, absl::Duration patience) const {
  absl::MutexLock lock(&mutex_);
  const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ends_.size() >= ends; };
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), patience);
}

size_t Ledger::ends() const {
  absl::MutexLock lock(&mutex_);
  return ends_.size();
}

std::map<std::string, AcknowledgedEnd> Ledger::all() const {
  absl::MutexLock lock(&mutex_);
  return ends_;
}

std::vector<std::string> Ledger::refusals() const {
  absl::MutexLock lock(&mutex_);
  return refusals_;
}

Reporter::Reporter(std::string address, std::string name, Ledger& ledger)
    : address_(std::move(address)), name_(std::move(name)), ledger_(ledger), request_id_(NewRequest()) {
  thread_ = std::thread([this] { Run(); });
}

Reporter::~Reporter() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
  }
  thread_.join();
}

std::string Reporter::NewRequest() { return absl::StrCat(name_, "/", requests_++); }

void Reporter::Run() {
  const auto stub = WorkerService::NewStub(Dial(address_));
  for (;;) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      context_ = &context;
    }
    const auto stream = stub->Work(&context);
    Talk(*stream);
    context.TryCancel();
    const grpc::Status status = stream->Finish();
    // What an honest worker is told: the coordinator went away, or cannot write at the moment.
    if (status.error_code() == grpc::StatusCode::INVALID_ARGUMENT) ledger_.Refused(status.error_message());
    absl::MutexLock lock(&mutex_);
    context_ = nullptr;
  }
}

void Reporter::Talk(Stream& stream) {
  WorkerMessage hello;
  hello.mutable_hello()->set_worker_id(name_);
  hello.mutable_hello()->set_name(name_);
  hello.mutable_hello()->set_host("here");
  hello.mutable_hello()->set_slots(1);
  hello.mutable_hello()->set_threads(1);
  // One whose end was sent is not worked on any more; the end is repeated.
  if (holds_ && !step_done_) *hello.mutable_hello()->add_held() = lease_;
  CoordinatorMessage message;
  if (!stream.Write(hello) || !stream.Read(&message) || !message.has_welcome()) return;
  while (Speak(stream)) {
    if (!stream.Read(&message)) return;
    Hear(message);
  }
}

bool Reporter::Speak(Stream& stream) {
  WorkerMessage message;
  if (!holds_) {
    message.mutable_request()->set_request_id(request_id_);
  } else if (!step_done_) {
    *message.mutable_report()->mutable_lease() = lease_;
    message.mutable_report()->set_step(1);
    message.mutable_report()->set_value(-ValueOf(lease_));
  } else {
    *message.mutable_end()->mutable_lease() = lease_;
    MetricValue& metric = *message.mutable_end()->mutable_result()->add_metric();
    metric.set_name("value");
    metric.set_value(ValueOf(lease_));
  }
  return stream.Write(message);
}

void Reporter::Hear(const CoordinatorMessage& message) {
  if (message.has_assignment()) {
    lease_ = message.assignment().lease();
    holds_ = true;
    step_done_ = false;
  } else if (message.has_verdict()) {
    step_done_ = true;
  } else if (message.has_end_ack() && message.end_ack().lease().token() == lease_.token() && holds_) {
    if (message.end_ack().counted()) {
      ledger_.Acknowledged(lease_.token(), {lease_.trial_id(), ValueOf(lease_)});
    } else {
      ledger_.Refused(absl::StrCat("an end was not counted: ", lease_.ShortDebugString()));
    }
    holds_ = false;
    request_id_ = NewRequest();
  } else if (message.has_drop()) {
    ledger_.Refused(absl::StrCat("dropped: ", message.drop().ShortDebugString()));
    holds_ = false;
    request_id_ = NewRequest();
  }
}

StoreCluster::StoreCluster(std::string folder)
    : folder_(std::move(folder)), db_(folder_ + "/s.db"), address_(absl::StrCat("unix:", FreshFolder(), "/socket")) {}

std::vector<std::string> StoreCluster::CoordinatorCommand() const {
  // With the dashboard, whose connection to the file is one more.
  return {ParzenBinary(), "coordinator", "--db", db_, "--listen", address_, "--http", "127.0.0.1:0"};
}

std::unique_ptr<Process> StoreCluster::StartCoordinator() const {
  auto coordinator = std::make_unique<Process>(CoordinatorCommand());
  coordinator->WaitForLine("listening on ");
  return coordinator;
}

void StoreCluster::AddReporters(int count) {
  for (int i = 0; i < count; ++i) {
    reporters_.push_back(std::make_unique<Reporter>(address_, absl::StrCat("reporter-", added_++), ledger_));
  }
}

absl::Status StoreCluster::PutStudy(int64_t trials) const {
  CreateStudyRequest request;
  const std::string text = absl::StrCat(R"(name: ")", kStudy, R"("
    objective { direction: MINIMIZE }
    function { noop {} }
    parameter { name: "x" float { low: 0 high: 1 } }
    parameter { name: "y" int { low: 1 high: 1000 } }
    search { sampler { random {} } seed: 3 trials: )",
                                        trials, " }");
  if (!google::protobuf::TextFormat::ParseFromString(text, request.mutable_spec())) {
    return absl::InternalError("the study's text is wrong");
  }
  const auto stub = StudyService::NewStub(Dial(address_));
  grpc::ClientContext context;
  SetDeadline(context);
  StudySummary reply;
  return FromGrpc(stub->CreateStudy(&context, request, &reply));
}

absl::StatusOr<StudySummary> StoreCluster::GetStudy() const {
  const auto stub = StudyService::NewStub(Dial(address_));
  grpc::ClientContext context;
  SetDeadline(context);
  GetStudyRequest request;
  request.set_study(kStudy);
  StudySummary reply;
  RETURN_IF_ERROR(FromGrpc(stub->GetStudy(&context, request, &reply)));
  return reply;
}

absl::Status StoreCluster::WaitUntilFinished() const {
  absl::Status status = absl::DeadlineExceededError("the study does not finish");
  WaitUntil([&] {
    const absl::StatusOr<StudySummary> study = GetStudy();
    if (!study.ok()) status = study.status();
    if (study.ok() && study->finished()) status = absl::OkStatus();
    return status.ok() || !study.ok();
  });
  return status;
}

void StoreCluster::ExpectFileHoldsEverything(int64_t budget) const {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(Rows(db_, "PRAGMA integrity_check"), Lines{"ok"});
  EXPECT_EQ(Rows(db_, "SELECT count(*), min(number), max(number), count(DISTINCT number) FROM trials"),
            Lines{absl::StrCat(budget, "|0|", budget - 1, "|", budget)});
  EXPECT_EQ(Rows(db_, "SELECT DISTINCT state FROM trials"), Lines{"COMPLETE"});
  EXPECT_EQ(
      Rows(db_, "SELECT trial_id FROM parzen_attempts WHERE state = 'ENDED' GROUP BY trial_id HAVING count(*) > 1"),
      Lines{});
  EXPECT_EQ(Rows(db_, "SELECT trial_id FROM trial_values GROUP BY trial_id HAVING count(*) <> 1"), Lines{});

  std::map<std::string, std::string> stored;  // token -> trial and value
  for (const std::string& row :
       Rows(db_,
            "SELECT token || '|' || trial_id || '|' || printf('%!.17g', value) FROM parzen_attempts "
            "JOIN trial_values USING (trial_id) WHERE parzen_attempts.state = 'ENDED'")) {
    stored[row.substr(0, row.find('|'))] = row.substr(row.find('|') + 1);
  }
  size_t missing = 0;
  for (const auto& [token, end] : ledger_.all()) {
    const std::string& row = stored[token];
    const size_t bar = row.find('|');
    const bool same = bar != std::string::npos && row.substr(0, bar) == absl::StrCat(end.trial_id) &&
                      std::stod(row.substr(bar + 1)) == end.value;
    missing += !same;
  }
  EXPECT_EQ(missing, 0u) << "acknowledged ends that the file does not hold, of " << ledger_.ends();
}

bool WaitUntil(const std::function<bool()>& done, absl::Duration patience) {
  constexpr absl::Duration kPause = absl::Milliseconds(10);
  const absl::Time deadline = absl::Now() + patience;
  const absl::Notification never;
  while (!done()) {
    if (absl::Now() > deadline) return false;
    never.WaitForNotificationWithTimeout(kPause);
  }
  return true;
}

std::vector<std::string> Rows(const std::string& db, const std::string& sql) {
  absl::StatusOr<Database> database = Database::Open(db, Database::Mode::kReadOnly);
  if (!database.ok()) return {database.status().ToString()};
  const absl::StatusOr<std::reference_wrapper<Statement>> query = database->Prepare(sql);
  if (!query.ok()) return {query.status().ToString()};
  std::vector<std::string> rows;
  const absl::Status read = query->get().ForEach([&] {
    std::vector<std::string> columns;
    for (int i = 0; i < query->get().Columns(); ++i) columns.push_back(query->get().Text(i));
    rows.push_back(absl::StrJoin(columns, "|"));
    return absl::OkStatus();
  });
  if (!read.ok()) rows = {read.ToString()};
  return rows;
}

}  // namespace parzen
