#include "coordinator/dashboard.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "coordinator/watched_feed.h"
#include "studies/problem.h"
#include "studies/reports/page.h"
#include "studies/reports/study_json.h"

namespace parzen {
namespace {

using Json = nlohmann::ordered_json;

constexpr absl::Duration kShortestPause = absl::Milliseconds(500);
// Of the time, looking takes one part in so many.
constexpr int kLookingShare = 40;
// Who asks more often gets the same list again.
constexpr absl::Duration kOldestList = absl::Seconds(1);
constexpr absl::Duration kForgetAfter = absl::Minutes(1);
// A stream that has nothing to say says so: else nobody would notice that the browser has gone.
constexpr int kSilentSeconds = 10;
constexpr char kJson[] = "application/json";

HttpPage ErrorPage(const absl::Status& status) {
  const int code = absl::IsNotFound(status) ? 404 : absl::IsInvalidArgument(status) ? 400 : 503;
  return {code, absl::StrCat(JsonText({{"error", std::string(status.message())}}), "\n"), kJson};
}

// The position from which on somebody wants to hear, where it is said.
absl::StatusOr<std::optional<int64_t>> AfterOf(const HttpRequest& request) {
  const auto after = request.parameters.find("after");
  if (after == request.parameters.end()) return std::nullopt;
  int64_t position = 0;
  if (absl::SimpleAtoi(after->second, &position) && position >= 0) return position;
  return absl::InvalidArgumentError(absl::StrCat(request.path,
                                                 ": after must be the \"position\" of an earlier answer, ",
                                                 "a whole number, and is ", Quoted(after->second)));
}

// As the page knows it: bytes that are no UTF-8 are U+FFFD there.
std::string ShownName(const std::string& name) { return Json::parse(JsonText(name)).get<std::string>(); }

Json WorkerJson(const WorkerRecord& worker) {
  return {{"worker_id", worker.worker_id()}, {"name", worker.name()},       {"host", worker.host()},
          {"slots", worker.slots()},         {"threads", worker.threads()}, {"running", worker.running()},
          {"connected", worker.connected()}, {"ended", worker.ended()},     {"draining", worker.draining()},
          {"version", worker.version()}};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Dashboard>> Dashboard::Open(const std::string& db, Follows follows) {
  std::optional<FileIdentity> file;
  if (follows == Follows::kPath) {
    ASSIGN_OR_RETURN(file, FileIdentity::Of(db));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<StudyReader> reader, StudyReader::Open(db));
  return std::unique_ptr<Dashboard>(new Dashboard(std::move(reader), std::move(file)));
}

Dashboard::Dashboard(std::unique_ptr<StudyReader> reader, std::optional<FileIdentity> file)
    : reader_(std::move(reader)), file_(std::move(file)) {
  {
    const absl::MutexLock lock(&reader_mutex_);
    LetReadsEnd();
  }
  looker_ = std::thread([this] { LookForChanges(); });
}

Dashboard::~Dashboard() { Stop(); }

void Dashboard::LetReadsEnd() {
  reader_->SetGoesOn([this] { return !gives_up_.load(); });
}

void Dashboard::Stop() {
  {
    const absl::MutexLock lock(&mutex_);
    stopping_ = true;
    gives_up_.store(true);
    for (const auto& [name, feed] : feeds_) feed->Close();
  }
  if (looker_.joinable()) looker_.join();
}

absl::Status Dashboard::Reopen(const std::function<absl::Status()>& reopen_others) {
  gives_up_.store(true);
  const absl::MutexLock lock(&reader_mutex_);
  reader_->Close();
  absl::Status status = reopen_others();
  if (status.ok()) status = reader_->Reopen();
  LetReadsEnd();
  const absl::MutexLock stopping_lock(&mutex_);
  if (!stopping_) gives_up_.store(false);
  return status;
}

std::vector<HttpRoute> Dashboard::Routes() {
  return {
      {"/",
       [](const HttpRequest&) {
         return HttpPage{200, LivePage(), "text/html; charset=utf-8"};
       }},
      {"/api/studies", [this](const HttpRequest&) { return Studies(); }},
      {"/api/workers", [this](const HttpRequest&) { return Workers(); }},
      {"/api/study", [this](const HttpRequest& request) { return Study(request); }},
      {"/api/study/plots", [this](const HttpRequest& request) { return Plots(request); }},
      {"/api/study/space", [this](const HttpRequest& request) { return Space(request); }},
      {"/api/study/events", [this](const HttpRequest& request) { return Events(request); }},
  };
}

HttpPage Dashboard::Studies() {
  const absl::MutexLock lock(&reader_mutex_);
  const absl::Duration now = ReadClock().steady;
  if (now - studies_read_ < kOldestList) return {200, studies_, kJson};
  const absl::StatusOr<ListStudiesResponse> studies = reader_->ListStudies({});
  if (!studies.ok()) return ErrorPage(studies.status());
  Json list = Json::array();
  for (const StudySummary& study : studies->study()) list.push_back(SummaryJson(study));
  studies_ = JsonText(list);
  studies_read_ = now;
  return {200, studies_, kJson};
}

HttpPage Dashboard::Workers() {
  const absl::MutexLock lock(&reader_mutex_);
  const absl::StatusOr<ListWorkersResponse> workers = reader_->ListWorkers({});
  if (!workers.ok()) return ErrorPage(workers.status());
  Json list = Json::array();
  for (const WorkerRecord& worker : workers->worker()) list.push_back(WorkerJson(worker));
  return {200, JsonText(list), kJson};
}

absl::StatusOr<std::string> Dashboard::NameIn(const HttpRequest& request) {
  constexpr absl::string_view kReplacement = "\xef\xbf\xbd";
  const auto named = request.parameters.find("name");
  if (named == request.parameters.end() || named->second.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("which study? say ", request.path, "?name=NAME, with a name that /api/studies lists"));
  }
  const std::string& name = named->second;
  if (!absl::StrContains(name, kReplacement)) return name;
  ListStudiesRequest asked;
  asked.set_outline(true);
  const absl::MutexLock lock(&reader_mutex_);
  ASSIGN_OR_RETURN(const ListStudiesResponse studies, reader_->ListStudies(asked));
  std::string found = name;
  for (const StudySummary& study : studies.study()) {
    if (study.name() == name) return name;
    if (found == name && ShownName(study.name()) == name) found = study.name();
  }
  return found;
}

HttpPage Dashboard::Study(const HttpRequest& request) {
  const absl::StatusOr<std::shared_ptr<WatchedFeed>> feed = FeedOf(request);
  if (!feed.ok()) return ErrorPage(feed.status());
  absl::StatusOr<std::string> text = (*feed)->WholeText(ReadClock().steady);
  return text.ok() ? HttpPage{200, *std::move(text), kJson} : ErrorPage(text.status());
}

HttpPage Dashboard::Plots(const HttpRequest& request) {
  const absl::StatusOr<std::optional<int64_t>> after = AfterOf(request);
  if (!after.ok()) return ErrorPage(after.status());
  const absl::StatusOr<std::shared_ptr<WatchedFeed>> feed = FeedOf(request);
  if (!feed.ok()) return ErrorPage(feed.status());
  absl::StatusOr<std::string> text = (*feed)->PlotsText(ReadClock().steady, after->value_or(-1));
  return text.ok() ? HttpPage{200, *std::move(text), kJson} : ErrorPage(text.status());
}

HttpPage Dashboard::Space(const HttpRequest& request) {
  const absl::StatusOr<std::string> name = NameIn(request);
  if (!name.ok()) return ErrorPage(name.status());
  GetStudyRequest asked;
  asked.set_study(*name);
  asked.set_outline(true);
  const absl::MutexLock lock(&reader_mutex_);
  const absl::StatusOr<StudySummary> study = reader_->GetStudy(asked);
  return study.ok() ? HttpPage{200, JsonText(SpaceJson(*study)), kJson} : ErrorPage(study.status());
}

HttpPage Dashboard::Events(const HttpRequest& request) {
  const absl::StatusOr<std::optional<int64_t>> after = AfterOf(request);
  if (!after.ok()) return ErrorPage(after.status());
  const absl::StatusOr<std::shared_ptr<WatchedFeed>> feed = FeedOf(request);
  if (!feed.ok()) return ErrorPage(feed.status());
  int64_t position = 0;
  if (!absl::SimpleAtoi(request.last_event_id, &position)) {
    position = after->value_or((*feed)->position());
  }
  HttpPage page;
  page.media_type = "text/event-stream";
  page.stream = [feed = *feed, position, silent = 0](std::string& piece) mutable {
    feed->Want(ReadClock().steady);
    if (!feed->NextEvents(position, absl::Seconds(1), piece)) return false;
    silent = piece.empty() ? silent + 1 : 0;
    if (silent < kSilentSeconds) return true;
    piece = ": still here\n\n";
    silent = 0;
    return true;
  };
  return page;
}

absl::StatusOr<std::shared_ptr<WatchedFeed>> Dashboard::FeedOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::string name, NameIn(request));
  const Now now = ReadClock();
  {
    const absl::MutexLock lock(&mutex_);
    const auto known = feeds_.find(name);
    if (known != feeds_.end() && known->second->is_gone()) {
      feeds_.erase(known);  // there may be another of its name
    } else if (known != feeds_.end()) {
      known->second->Want(now.steady);
      return known->second;
    }
    if (stopping_) return absl::UnavailableError("the dashboard is stopping");
    if (feeds_.size() >= kMostFeeds) {
      return absl::ResourceExhaustedError(
          absl::StrCat(kMostFeeds, " studies are watched already; try again in a minute"));
    }
  }
  auto feed = std::make_shared<WatchedFeed>(name, absl::ToUnixMicros(now.wall));
  feed->Want(now.steady);
  {
    const absl::MutexLock lock(&reader_mutex_);
    RETURN_IF_ERROR(feed->Look(*reader_));
  }
  feed->Want(ReadClock().steady);  // that may have taken a while
  const absl::MutexLock lock(&mutex_);
  if (stopping_) feed->Close();
  return feeds_.emplace(name, std::move(feed)).first->second;  // somebody else may have been faster
}

std::vector<std::shared_ptr<WatchedFeed>> Dashboard::Feeds() {
  std::vector<std::shared_ptr<WatchedFeed>> feeds;
  const absl::Duration now = ReadClock().steady;
  const absl::MutexLock lock(&mutex_);
  std::erase_if(feeds_, [&](const auto& entry) {
    const bool is_in_use = entry.second.use_count() > 1;  // a request is being answered, a stream is open
    const bool is_forgotten = !is_in_use && now - entry.second->wanted() > kForgetAfter;
    if (is_forgotten) entry.second->Close();
    return is_forgotten || entry.second->is_gone();
  });
  for (const auto& [name, feed] : feeds_) feeds.push_back(feed);
  return feeds;
}

void Dashboard::FollowThePath() {
  if (!file_.has_value() || file_->Look() != FileFate::kReplaced) return;
  absl::StatusOr<FileIdentity> other = FileIdentity::Of(file_->path());
  if (!other.ok()) return;
  reader_->Close();
  if (reader_->Reopen().ok()) file_ = *std::move(other);
  LetReadsEnd();
  studies_read_ = -absl::InfiniteDuration();
}

absl::Status Dashboard::LookOnce(absl::Duration& took) {
  absl::Status status;
  took = absl::ZeroDuration();
  {
    const absl::MutexLock lock(&reader_mutex_);
    FollowThePath();
  }
  for (const std::shared_ptr<WatchedFeed>& feed : Feeds()) {
    const absl::MutexLock lock(&reader_mutex_);
    const absl::Duration begun = ReadClock().steady;  // waiting for others is no work
    const absl::Status looked = feed->Look(*reader_);
    took += ReadClock().steady - begun;
    if (!absl::IsNotFound(looked) && !absl::IsCancelled(looked)) status.Update(looked);
  }
  return status;
}

void Dashboard::LookForChanges() {
  bool was_read = true;
  for (;;) {
    absl::Duration took;
    const absl::Status status = LookOnce(took);
    if (was_read && !status.ok()) spdlog::warn("the dashboard cannot read: {}", std::string(status.message()));
    was_read = status.ok();
    const absl::Duration pause = std::max(kShortestPause, kLookingShare * took);
    const absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), pause);
    if (stopping_) return;
  }
}

}  // namespace parzen
