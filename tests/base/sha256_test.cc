#include "base/sha256.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

// FIPS 180-2, appendix B.
constexpr char kAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256Test, IsTheStandardsDigest) { EXPECT_EQ(absl::BytesToHexString(Sha256Of("abc")), kAbc); }

TEST(Sha256Test, PiecesMakeTheWholesDigest) {
  Sha256 sha;
  sha.Update("a");
  sha.Update("");
  sha.Update("bc");
  EXPECT_EQ(absl::BytesToHexString(sha.Finish()), kAbc);
}

TEST(Sha256Test, BeginsAnewAfterItsEnd) {
  Sha256 sha;
  sha.Update("something else");
  sha.Finish();
  sha.Update("abc");
  EXPECT_EQ(absl::BytesToHexString(sha.Finish()), kAbc);
}

TEST(Sha256Test, DigestsAreSixtyFourSmallDigits) {
  EXPECT_TRUE(IsSha256(kAbc));
  EXPECT_FALSE(IsSha256("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_FALSE(IsSha256("ba7816"));
  EXPECT_FALSE(IsSha256("../../../etc/passwd/a414140de5dae2223b00361a396177a9cb410ff61f20"));
}

}  // namespace
}  // namespace parzen
