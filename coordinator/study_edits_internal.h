// What the files of study_edits share.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "coordinator/study_edits.h"
#include "studies/store/store.h"

namespace parzen {

// FailedPrecondition when the study is not Parzen's own: "..., so CANNOT; ...".
absl::Status CheckIsOurs(const StoredStudy& study, absl::string_view cannot);

template <typename Reply>
absl::StatusOr<Reply> StudyEdits::AllOrNothing(const std::function<absl::StatusOr<Reply>()>& edit) {
  Savepoint part(store_);
  RETURN_IF_ERROR(part.status());
  absl::StatusOr<Reply> reply = edit();
  if (reply.ok()) RETURN_IF_ERROR(part.Keep());
  return reply;
}

}  // namespace parzen
