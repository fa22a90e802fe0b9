#include "coordinator/first_bytes.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace parzen {
namespace {

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kFrameHead = 9;
constexpr size_t kRecordHead = 5;
constexpr char kHandshakeRecord = 0x16;
constexpr char kSettingsFrame = 0x04;

uint8_t Byte(absl::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

FirstBytes More(size_t awaited) { return {FirstBytes::Verdict::kMore, awaited, ""}; }
FirstBytes Belongs() { return {FirstBytes::Verdict::kBelongs, 0, ""}; }
FirstBytes Wrong(const char* why) { return {FirstBytes::Verdict::kWrong, 0, why}; }

bool LooksLikeTls(absl::string_view bytes) {
  return bytes[0] == kHandshakeRecord && (bytes.size() < 2 || bytes[1] == 0x03);
}

bool LooksLikePreface(absl::string_view bytes) {
  const size_t common = std::min(bytes.size(), kPreface.size());
  return bytes.substr(0, common) == kPreface.substr(0, common);
}

}  // namespace

FirstBytes JudgeFirstBytes(absl::string_view bytes, bool encrypted) {
  if (bytes.empty()) return More(1);
  if (encrypted) {
    if (!LooksLikeTls(bytes)) {
      return Wrong(LooksLikePreface(bytes) ? "it does not encrypt, and here only TLS is spoken"
                                           : "what it sends is not TLS");
    }
    if (bytes.size() < kRecordHead) return More(kRecordHead);
    const size_t whole = kRecordHead + (size_t{Byte(bytes, 3)} << 8 | Byte(bytes, 4));
    if (whole > kLongestBeginning) return Wrong("what it sends is not TLS");
    return bytes.size() < whole ? More(whole) : Belongs();
  }
  if (!LooksLikePreface(bytes)) {
    return Wrong(LooksLikeTls(bytes) ? "it encrypts, and this coordinator was started without --tls"
                                     : "what it sends is not gRPC");
  }
  if (bytes.size() < kPreface.size() + kFrameHead) return More(kPreface.size() + kFrameHead);
  return bytes[kPreface.size() + 3] == kSettingsFrame ? Belongs() : Wrong("what it sends is not gRPC");
}

}  // namespace parzen
