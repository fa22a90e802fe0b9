#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace parzen {
namespace {

constexpr char32_t kReplacement = 0xfffd;

// Reads the character at `at` and moves `at` behind it; U+FFFD and one byte for anything that is not UTF-8.
char32_t NextCharacter(absl::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(at++);
  if (lead < 0x80) return lead;
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4 || at + more > text.size()) return kReplacement;
  char32_t character = lead & (0x3f >> more);
  for (int i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return kReplacement;
    character = character << 6 | (byte(at + i) & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < kSmallest[more] || character > 0x10ffff || surrogate) return kReplacement;
  at += more;
  return character;
}

using Range = std::pair<char32_t, char32_t>;

template <size_t n>
bool IsIn(const Range (&ranges)[n], char32_t character) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](const Range& range) { return character >= range.first && character <= range.second; });
}

size_t CharacterWidth(char32_t character) {
  constexpr Range kZeroWidth[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x64b, 0x65f},
                                  {0x200b, 0x200f}, {0x20d0, 0x20f0}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
  constexpr Range kWide[] = {{0x1100, 0x115f},   {0x2e80, 0xa4cf},   {0xac00, 0xd7a3},  {0xf900, 0xfaff},
                             {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                             {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
  if (character < 0x300) return 1;
  if (IsIn(kZeroWidth, character)) return 0;
  return IsIn(kWide, character) ? 2 : 1;
}

// Characters that move the cursor, change colours or turn the direction of what follows.
bool IsControl(char32_t character) {
  constexpr Range kControl[] = {{0, 0x1f},        {0x7f, 0x9f},     {0x200e, 0x200f},
                                {0x2028, 0x202e}, {0x2066, 0x2069}, {0xfeff, 0xfeff}};
  return IsIn(kControl, character);
}

std::string Escape(char32_t character) {
  switch (character) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return absl::StrFormat(character < 0x100 ? "\\x%02x" : "\\u%04x", static_cast<uint32_t>(character));
  }
}

}  // namespace

bool IsTerminal(int descriptor) {
  const char* const term = std::getenv("TERM");
  return isatty(descriptor) != 0 && term != nullptr && absl::string_view(term) != "dumb";
}

bool UseColour(int descriptor) {
  const char* const no_colour = std::getenv("NO_COLOR");
  return IsTerminal(descriptor) && (no_colour == nullptr || *no_colour == '\0');
}

size_t TerminalColumns(int descriptor) {
  winsize size{};
  constexpr size_t kUsual = 80;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsual;
}

size_t TerminalRows(int descriptor) {
  winsize size{};
  constexpr size_t kUsual = 24;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 ? size.ws_row : kUsual;
}

size_t DisplayWidth(absl::string_view text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) width += CharacterWidth(NextCharacter(text, at));
  return width;
}

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    const char32_t character = NextCharacter(text, at);
    if (IsControl(character)) {
      printable += Escape(character);
    } else if (character == kReplacement) {
      printable += "\xef\xbf\xbd";
    } else {
      absl::StrAppend(&printable, text.substr(start, at - start));
    }
  }
  return printable;
}

std::string FitColumns(absl::string_view text, size_t columns) {
  if (DisplayWidth(text) <= columns) return std::string(text);
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t start = at;
    width += CharacterWidth(NextCharacter(text, at));
    if (width > columns - 1) return absl::StrCat(text.substr(0, start), "…");
  }
  return std::string(text);
}

std::string CountOf(int64_t count, absl::string_view noun) {
  return absl::StrCat(count, " ", noun, count == 1 ? "" : "s");
}

}  // namespace parzen
