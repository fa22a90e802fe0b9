// The secret of those who may change things over HTTP: the first line of a file. Whoever can read the file, or what
// goes over a network that is not encrypted, has it. Threads: any.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace parzen {

// A token is as RFC 6750 (section 2.1) has it: letters, digits, and -._~+/=.
inline constexpr size_t kLeastTokenBytes = 16;
inline constexpr size_t kMostTokenBytes = 512;

struct HttpToken {
  std::string text;
  bool is_new = false;  // the file was made
};

// What the file says, without blanks at the line's end. A file that is not there is made, for its owner alone, with 256
// random bits; of two who make it at once, both get the same. InvalidArgument: no token, a short one, or none that a
// header can carry. PermissionDenied: the file cannot be read or made, others than this process's user (and root) own
// it, or its mode lets them read or write it. Names the file and what would be right, never what is in it.
absl::StatusOr<HttpToken> ReadOrMakeHttpToken(const std::string& path);

// Whether an Authorization header's value is "Bearer TOKEN" with this token. How long it takes does not depend on where
// they differ. Requires: a token.
bool IsBearerOf(absl::string_view authorization, absl::string_view token);

}  // namespace parzen
