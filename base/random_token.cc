#include "base/random_token.h"

#include <unistd.h>

#include <cstdlib>

#include "absl/strings/escaping.h"

namespace parzen {

std::string RandomToken() {
  // Not std::random_device: each one asks the processor what it can do, which takes a virtual machine 10 us.
  char bytes[16];
  if (getentropy(bytes, sizeof(bytes)) != 0) std::abort();
  return absl::BytesToHexString(absl::string_view(bytes, sizeof(bytes)));
}

}  // namespace parzen
