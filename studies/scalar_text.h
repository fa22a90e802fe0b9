// One value of a study file, as it stands in the text, against the type of its field. Pure functions.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace parzen {

// Reads `text`, a scalar as text proto spells it, into the field; a repeated field gets one more value.
// InvalidArgument says what the field expects and what was found: "expects a whole number, found \"abc\"".
absl::Status SetScalar(const google::protobuf::FieldDescriptor& field, const std::string& text,
                       google::protobuf::Message& message);

// What a field expects, for errors: "a whole number", "one of GINI, ENTROPY", "{ ... }".
std::string Expected(const google::protobuf::FieldDescriptor& field);

// What was found, for errors: "\"abc\"", or "the text \"abc\"" for a quoted one.
std::string Found(absl::string_view text);

}  // namespace parzen
