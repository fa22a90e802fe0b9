#include "coordinator/watched_feed.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "base/status_macros.h"
#include "studies/reports/study_json.h"

namespace parzen {
namespace {

// Of the time, plots take one part in so many.
constexpr int kPlotsShare = 40;

std::string EventText(absl::string_view kind, int64_t position, const std::string& data) {
  return absl::StrCat("id: ", position, "\nevent: ", kind, "\ndata: ", data, "\n\n");
}

}  // namespace

absl::Status WatchedFeed::Look(StudyReader& reader) {
  if (!study_mutex_.TryLock()) return absl::OkStatus();
  const absl::Status status = LookNow(reader);
  study_mutex_.Unlock();
  return status;
}

absl::Status WatchedFeed::LookNow(StudyReader& reader) {
  const absl::StatusOr<WatchedStudy::Changes> changes = study_.Look(reader);
  looked_ = changes.status();
  if (absl::IsNotFound(looked_)) {
    const absl::MutexLock lock(&mutex_);
    gone_ = true;
  }
  if (!changes.ok() || !changes->any()) return looked_;
  // Whoever has what was before cannot go on from it.
  std::string data = changes->everything ? "" : JsonText(study_.ChangesJson(*changes));
  const absl::MutexLock lock(&mutex_);
  ++position_;
  if (changes->everything) {
    events_.clear();
    event_bytes_ = 0;
    return absl::OkStatus();
  }
  events_.push_back({position_, EventText("changes", position_, data)});
  event_bytes_ += events_.back().text.size();
  while (events_.size() > kMostEvents || event_bytes_ > kMostEventBytes) {
    event_bytes_ -= events_.front().text.size();
    events_.pop_front();
  }
  return absl::OkStatus();
}

void WatchedFeed::MakePlots(absl::Duration now) {
  const int64_t position = this->position();
  const bool is_due = plots_position_ < 0 || now - plots_made_ >= kPlotsShare * plots_took_;
  if (plots_position_ == position || !is_due) return;
  const absl::Duration begun = ReadClock().steady;
  const nlohmann::ordered_json plots = PlotsJson(study_.snapshot(), [this] { return !is_closed(); });
  for (const auto& plot : plots.items()) {
    std::string text = JsonText(plot.value());
    MadePlot& made = plots_[plot.key()];
    if (made.text != text) made = {std::move(text), position};
  }
  plots_position_ = position;
  plots_took_ = ReadClock().steady - begun;
  plots_made_ = now;
}

std::string WatchedFeed::PlotsAfter(int64_t after) const {
  std::string text = "{";
  for (const auto& [name, made] : plots_) {
    if (made.position <= after) continue;
    absl::StrAppend(&text, text.size() > 1 ? "," : "", JsonText(name), ":", made.text);
  }
  return text + "}";
}

absl::StatusOr<std::string> WatchedFeed::WholeText(absl::Duration now) {
  const absl::MutexLock lock(&study_mutex_);
  RETURN_IF_ERROR(looked_);
  const int64_t position = this->position();
  if (whole_position_ != position) {
    whole_ = JsonText(study_.WholeJson());
    whole_.pop_back();  // the object's end
    whole_position_ = position;
  }
  MakePlots(now);
  return absl::StrCat(whole_, ",\"position\":", position, ",\"plots_position\":", plots_position_,
                      ",\"plots\":", PlotsAfter(-1), "}");
}

absl::StatusOr<std::string> WatchedFeed::PlotsText(absl::Duration now, int64_t after) {
  const absl::MutexLock lock(&study_mutex_);
  RETURN_IF_ERROR(looked_);
  MakePlots(now);
  if (after > plots_position_) after = -1;  // it is of another feed
  return absl::StrCat("{\"position\":", plots_position_, ",\"plots\":", PlotsAfter(after), "}");
}

bool WatchedFeed::NextEvents(int64_t& position, absl::Duration patience, std::string& text) {
  const absl::MutexLock lock(&mutex_);
  const auto has_news = [&]()
                            ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || gone_ || position_ != position; };
  mutex_.AwaitWithTimeout(absl::Condition(&has_news), patience);
  if (closed_) return false;
  if (gone_) {
    if (position < 0) return false;
    text = EventText("gone", position_, "{}");
    position = -1;  // that was the last
    return true;
  }
  if (position_ == position) return true;
  const bool goes_on = position < position_ && !events_.empty() && events_.front().position <= position + 1;
  if (goes_on) {
    for (const Event& event : events_) {
      if (event.position > position) text += event.text;
    }
  } else {
    text = EventText("again", position_, "{}");
  }
  position = position_;
  return true;
}

bool WatchedFeed::is_closed() {
  const absl::MutexLock lock(&mutex_);
  return closed_;
}

void WatchedFeed::Close() {
  const absl::MutexLock lock(&mutex_);
  closed_ = true;
}

int64_t WatchedFeed::position() {
  const absl::MutexLock lock(&mutex_);
  return position_;
}

bool WatchedFeed::is_gone() {
  const absl::MutexLock lock(&mutex_);
  return gone_;
}

void WatchedFeed::Want(absl::Duration now) {
  const absl::MutexLock lock(&mutex_);
  wanted_ = now;
}

absl::Duration WatchedFeed::wanted() {
  const absl::MutexLock lock(&mutex_);
  return wanted_;
}

}  // namespace parzen
