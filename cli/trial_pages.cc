#include "cli/trial_pages.h"

#include <utility>

#include "base/status_macros.h"

namespace parzen {
namespace {

constexpr int32_t kPage = 500;

}  // namespace

absl::StatusOr<StudySummary> WholeStudy(StudySource& source, const std::string& study) {
  GetStudyRequest request;
  request.set_study(study);
  request.set_system_attributes(true);
  return source.GetStudy(request);
}

TrialPages::TrialPages(StudySource& source, std::string study) : source_(source) {
  request_.set_study(std::move(study));
  request_.set_limit(kPage);
  request_.set_distributions(true);
  request_.set_steps(true);
  request_.set_system_attributes(true);
}

absl::StatusOr<TrialRecord*> TrialPages::Next() {
  while (position_ == page_.trial_size()) {
    if (!more_) return nullptr;
    RETURN_IF_ERROR(ReadPage());
  }
  return page_.mutable_trial(position_++);
}

absl::Status TrialPages::ReadPage() {
  absl::StatusOr<ListTrialsResponse> page = source_.ListTrials(request_);
  // Trials of many steps make an answer too large for one message.
  while (absl::IsResourceExhausted(page.status()) && request_.limit() > 1) {
    request_.set_limit(request_.limit() / 2);
    page = source_.ListTrials(request_);
  }
  RETURN_IF_ERROR(page.status());
  page_ = *std::move(page);
  position_ = 0;
  more_ = page_.more() && page_.trial_size() > 0;
  if (page_.trial_size() > 0) request_.set_from_number(page_.trial(page_.trial_size() - 1).number() + 1);
  return absl::OkStatus();
}

}  // namespace parzen
