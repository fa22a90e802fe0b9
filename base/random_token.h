// Names that nobody can guess and that never come twice: lease tokens, request ids. Threads: any.
#pragma once

#include <random>
#include <string>

#include "absl/strings/str_format.h"

namespace parzen {

// 128 random bits from the operating system, as 32 hexadecimal digits.
inline std::string RandomToken() {
  std::random_device device;
  std::string token;
  for (int i = 0; i < 4; ++i) absl::StrAppendFormat(&token, "%08x", device());
  return token;
}

}  // namespace parzen
