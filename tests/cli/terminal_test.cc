#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

TEST(DisplayWidthTest, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth("plain"), 5u);
  EXPECT_EQ(DisplayWidth("Größe"), 5u);
  EXPECT_EQ(DisplayWidth("模型"), 4u);
  EXPECT_EQ(DisplayWidth("e\xcc\x81"), 1u);  // e with a combining accent
  EXPECT_EQ(DisplayWidth("🌲"), 2u);
}

TEST(DisplayWidthTest, BrokenUtf8TakesOneColumnAByte) { EXPECT_EQ(DisplayWidth("a\xff\xe6z"), 4u); }

TEST(PrintableTest, TextStaysAsItIs) { EXPECT_EQ(Printable("Größe 模型 🌲 \\n"), "Größe 模型 🌲 \\n"); }

TEST(PrintableTest, ControlCharactersBecomeEscapes) {
  EXPECT_EQ(Printable("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(Printable("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\x9b");  // the one-byte form of ESC [
}

TEST(PrintableTest, DirectionOverridesBecomeEscapes) {
  EXPECT_EQ(Printable("\xe2\x80\xae\xe2\x81\xa6"), "\\u202e\\u2066");
}

TEST(PrintableTest, BrokenUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(Printable("a\xffz"), "a\xef\xbf\xbdz");
  EXPECT_EQ(Printable("\xc0\x80"), "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  EXPECT_EQ(Printable("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
  EXPECT_EQ(Printable("\xe6\xa8"), "\xef\xbf\xbd\xef\xbf\xbd");                  // cut short
}

TEST(FitColumnsTest, TextThatFitsIsNotCut) { EXPECT_EQ(FitColumns("Größe", 5), "Größe"); }

TEST(FitColumnsTest, LongerTextEndsWithAnEllipsis) {
  EXPECT_EQ(FitColumns("Größen", 5), "Größ…");
  EXPECT_EQ(FitColumns("abc", 1), "…");
}

TEST(FitColumnsTest, WideCharacterIsNotHalved) { EXPECT_EQ(FitColumns("模型模型", 4), "模…"); }

}  // namespace
}  // namespace parzen
