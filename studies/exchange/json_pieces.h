// JSON taken apart without changing a byte of its pieces: attributes and distributions come back exactly as they went
// in. Pure functions.
#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

// `text` as a JSON value on one line. What is no strict JSON (Python writes NaN) or would not come back to the byte is
// wrapped: {"$text": "[NaN]"}.
std::string EmbedJson(absl::string_view text);
// The reverse.
std::string ExtractJson(absl::string_view value);

// A number, which may be "inf", "-inf" or "nan" where JSON has no spelling.
std::string EmbedNumber(double number);
// InvalidArgument says what was found instead.
absl::StatusOr<double> ExtractNumber(absl::string_view value);
absl::StatusOr<int64_t> ExtractWhole(absl::string_view value);
absl::StatusOr<bool> ExtractFlag(absl::string_view value);
absl::StatusOr<std::string> ExtractText(absl::string_view value);

// Calls `on_member` with every name and value of an object, `on_element` with every element of an array, in order,
// until one fails. Requires: well-formed JSON. InvalidArgument when it is another kind of value.
absl::Status ForEachMember(
    absl::string_view object,
    const std::function<absl::Status(const std::string& name, absl::string_view value)>& on_member);
absl::Status ForEachElement(absl::string_view array, const std::function<absl::Status(absl::string_view)>& on_element);

// Tells where a value of JSON text ends, a character at a time, however deep it nests.
class JsonExtent {
 public:
  // True when `c` is no longer part of the value; `c` is then the caller's. Of a value in brackets or quotes the last
  // character is part of it: see complete().
  bool EndsBefore(char c);
  // The value is at its end: no character can follow that is part of it.
  bool complete() const { return complete_; }

 private:
  enum class Kind { kNone, kScalar, kText, kNested };
  Kind kind_ = Kind::kNone;
  int64_t depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
  bool complete_ = false;
};

}  // namespace parzen
