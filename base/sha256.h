// SHA-256, taken piece by piece. Threads: externally synchronised. Throws std::bad_alloc when there is no memory for
// it.
#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace parzen {

class Sha256 {
 public:
  Sha256();
  void Update(absl::string_view bytes);
  // The 32 bytes of the digest; begins anew.
  std::string Finish();

 private:
  void Begin();

  std::unique_ptr<evp_md_ctx_st, void (*)(evp_md_ctx_st*)> context_;
};

// The 32 bytes for one piece.
std::string Sha256Of(absl::string_view bytes);

// Whether `text` is a digest as Parzen writes it: 64 hexadecimal digits, lower case.
bool IsSha256(absl::string_view text);

}  // namespace parzen
