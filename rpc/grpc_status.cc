#include "rpc/grpc_status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace parzen {
namespace {

// gRPC percent-encodes every byte outside printable ASCII as three.
size_t EncodedSize(char c) { return c >= 0x20 && c <= 0x7e && c != '%' ? 1 : 3; }

std::string CutToFit(absl::string_view message) {
  constexpr absl::string_view kEllipsis = "...";
  size_t encoded = 0;
  size_t cut = 0;  // the last character's start at which the ellipsis still fits
  for (size_t i = 0; i < message.size(); ++i) {
    const bool inside_character = (static_cast<unsigned char>(message[i]) & 0xc0) == 0x80;
    if (!inside_character && encoded <= kMaxStatusMessageBytes - kEllipsis.size()) cut = i;
    encoded += EncodedSize(message[i]);
    if (encoded > kMaxStatusMessageBytes) return absl::StrCat(message.substr(0, cut), kEllipsis);
  }
  return std::string(message);
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), CutToFit(status.message()));
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const int code = status.error_code();
  const bool canonical = code > 0 && code <= static_cast<int>(absl::StatusCode::kUnauthenticated);
  return absl::Status(canonical ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
                      status.error_message());
}

}  // namespace parzen
