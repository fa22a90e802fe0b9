#include "worker/objectives/one_line.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

constexpr size_t kLongestQuote = 200;

bool IsBetween(absl::string_view text, size_t at, unsigned char low, unsigned char high) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

// Bytes of the character beyond ASCII that `text` begins with; 0 when it is none (Unicode 15, table 3-7).
size_t CharacterBytes(absl::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const auto continues = [text](size_t at) { return IsBetween(text, at, 0x80, 0xBF); };
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const bool second = IsBetween(text, 1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF);
    return second && continues(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const bool second = IsBetween(text, 1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF);
    return second && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::string OneLine(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  std::string line;
  while (!text.empty()) {
    const unsigned char c = text[0];
    size_t bytes = 1;
    if (c == '\n') {
      absl::StrAppend(&line, " | ");
    } else if (c == '\t' || c == '\r') {
      line += ' ';
    } else if (absl::ascii_isprint(c)) {
      line += text[0];
    } else if (const size_t character = CharacterBytes(text); character > 0) {
      bytes = character;
      absl::StrAppend(&line, text.substr(0, bytes));
    } else {
      line += '?';
    }
    text.remove_prefix(bytes);
  }
  return line;
}

std::string QuotedLine(absl::string_view text) {
  if (text.size() <= kLongestQuote) return absl::StrCat("\"", OneLine(text), "\"");
  size_t end = kLongestQuote;
  while (IsBetween(text, end, 0x80, 0xBF) && end > kLongestQuote - 3) --end;  // not inside a character
  return absl::StrCat("\"", OneLine(text.substr(0, end)), "...\"");
}

}  // namespace parzen
