#include "coordinator/first_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parzen {
namespace {

using testing::HasSubstr;
using Verdict = FirstBytes::Verdict;

const std::string kPlain("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
const std::string kTls("\x16\x03\x01\x00\x05hello", 10);

TEST(FirstBytesTest, EachBeginningIsAwaitedWholeAndThenBelongs) {
  for (const auto& [whole, encrypted] : {std::pair(kPlain, false), std::pair(kTls, true)}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const FirstBytes first = JudgeFirstBytes(whole.substr(0, size), encrypted);
      EXPECT_EQ(first.verdict, Verdict::kMore) << size;
      EXPECT_GT(first.awaited, size);
      EXPECT_LE(first.awaited, whole.size());
    }
    EXPECT_EQ(JudgeFirstBytes(whole, encrypted).verdict, Verdict::kBelongs);
    EXPECT_EQ(JudgeFirstBytes(whole + "more", encrypted).verdict, Verdict::kBelongs);
  }
}

TEST(FirstBytesTest, TheOtherBeginningIsNamed) {
  EXPECT_THAT(JudgeFirstBytes(kPlain, true).why, HasSubstr("does not encrypt"));
  EXPECT_THAT(JudgeFirstBytes(kTls, false).why, HasSubstr("it encrypts"));
}

TEST(FirstBytesTest, AnythingElseIsWrongFromItsFirstStrangeByte) {
  for (const char* other : {"G", "PRI * HTTP/1", "\xff", "SSH-2.0"}) {
    EXPECT_EQ(JudgeFirstBytes(other, false).verdict, Verdict::kWrong) << other;
    EXPECT_EQ(JudgeFirstBytes(other, true).verdict, Verdict::kWrong) << other;
  }
}

TEST(FirstBytesTest, ARecordLongerThanTlsAllowsIsWrong) {
  EXPECT_EQ(JudgeFirstBytes("\x16\x03\x01\xff\xff", true).verdict, Verdict::kWrong);
}

TEST(FirstBytesTest, APrefaceWithoutSettingsIsWrong) {
  std::string other = kPlain;
  other[27] = 1;
  EXPECT_EQ(JudgeFirstBytes(other, false).verdict, Verdict::kWrong);
}

}  // namespace
}  // namespace parzen
