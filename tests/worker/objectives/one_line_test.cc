#include "worker/objectives/one_line.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

TEST(OneLineTest, LineEndsBecomeBars) { EXPECT_EQ(OneLine("\n a\nb \r\n"), "a | b"); }

TEST(OneLineTest, WhatCannotBePrintedIsAQuestionMark) { EXPECT_EQ(OneLine("a\x1b[1mb\x7f"), "a?[1mb?"); }

TEST(OneLineTest, CharactersStayAndBrokenOnesDoNot) {
  EXPECT_EQ(OneLine("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  EXPECT_EQ(OneLine("\xc3"), "?");
  EXPECT_EQ(OneLine("\xa9z"), "?z");
  EXPECT_EQ(OneLine("\xc0\xaf"), "??");            // an overlong slash
  EXPECT_EQ(OneLine("\xed\xa0\x80"), "???");       // a surrogate
  EXPECT_EQ(OneLine("\xf4\x90\x80\x80"), "????");  // beyond U+10FFFF
}

TEST(OneLineTest, QuotesAreCutBetweenCharacters) {
  EXPECT_EQ(QuotedLine("short"), "\"short\"");
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\xe2\x82\xac";
  const std::string quoted = QuotedLine(euros);
  EXPECT_LT(quoted.size(), 210u);
  EXPECT_EQ(quoted.find('?'), std::string::npos);
  EXPECT_EQ(quoted.substr(quoted.size() - 4), "...\"");
}

}  // namespace
}  // namespace parzen
