#include "base/file_digest.h"

#include <gtest/gtest.h>

#include <fstream>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

std::string Write(const std::string& bytes) {
  const std::string path = absl::StrCat(testing::TempDir(), "/digest_", bytes.size());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

// Reference: the examples of FIPS 180-4, and the well-known digest of nothing.
TEST(FileDigestTest, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(DigestFile(Write("abc"))->sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(DigestFile(Write(""))->sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(DigestFile(Write(std::string(1000000, 'a')))->sha256,
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(FileDigestTest, CountsTheBytesOverManyPieces) {
  EXPECT_EQ(DigestFile(Write(std::string(3 << 20, 'x')))->bytes, 3 << 20);
}

TEST(FileDigestTest, FileThatIsNotThereIsNamed) {
  const absl::Status status = DigestFile("/no/such/file").status();
  EXPECT_NE(status.message().find("/no/such/file"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace parzen
