// Messages kept in a column as text proto, so that people can read them in the sqlite3 shell. Pure functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace parzen {

std::string ToTextColumn(const google::protobuf::Message& message);

// FailedPrecondition, starting with `what`, for text that this program does not understand: a newer one wrote it, or it
// is damaged.
absl::Status ParseTextColumn(const std::string& text, absl::string_view what, google::protobuf::Message& message);

}  // namespace parzen
