// How a connection begins: what its first bytes say about who is there. Pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace parzen {

struct FirstBytes {
  enum class Verdict {
    kMore,     // fits so far; at least `awaited` bytes are needed to say more
    kBelongs,  // begins as it should
    kWrong,    // does not; `why`
  };
  Verdict verdict = Verdict::kMore;
  size_t awaited = 0;
  std::string why;
};

// No beginning of a connection is longer: TLS's first record, with its head.
inline constexpr size_t kLongestBeginning = 5 + (16 << 10) + 256;

// `encrypted`: the whole of TLS's first message must be there; otherwise HTTP/2's preface and the head of its settings.
FirstBytes JudgeFirstBytes(absl::string_view bytes, bool encrypted);

}  // namespace parzen
