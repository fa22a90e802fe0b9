// Reading the bytes of data files, plain and gzip, whole and damaged.
#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/data_folder.h"
#include "worker/datasets/data_file.h"

namespace parzen {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class DataFileTest : public testing::Test {
 protected:
  std::string Read(absl::string_view bytes, int64_t max_bytes = kMaxDataFileBytes) {
    const auto read = ReadDataFile(folder_.Write("data.bin", bytes), max_bytes);
    return read.ok() ? *read : read.status().ToString();
  }
  std::string Named(absl::string_view message) { return absl::StrCat(folder_.Path("data.bin"), ": ", message); }

  DataFolder folder_;
};

// Compresses badly, so that it can be cut in many places.
std::string Noise(int bytes) {
  std::string noise;
  for (uint32_t i = 1, word = 1; i <= static_cast<uint32_t>(bytes); ++i) {
    word = word * 1664525 + 1013904223;
    noise.push_back(static_cast<char>(word >> 24));
  }
  return noise;
}

TEST_F(DataFileTest, PlainBytesComeBackAsTheyAre) {
  EXPECT_EQ(Read("some bytes"), "some bytes");
  EXPECT_EQ(Read(""), "");
}

TEST_F(DataFileTest, GzipIsToldByItsBytesAndNotByItsName) { EXPECT_EQ(Read(Gzipped(Noise(5000))), Noise(5000)); }

TEST_F(DataFileTest, GzipMembersInARowAreOneFile) {
  EXPECT_EQ(Read(Gzipped("first, ") + Gzipped("") + Gzipped("last")), "first, last");
}

TEST_F(DataFileTest, GzipOfManyTimesItsSizeIsUnpacked) {
  const std::string zeros(3000000, '\0');
  EXPECT_TRUE(Read(Gzipped(zeros)) == zeros);
}

TEST_F(DataFileTest, GzipCutAnywhereNamesTheFileAndItsLastByte) {
  const std::string packed = Gzipped(Noise(300));
  for (size_t length = 2; length < packed.size(); ++length) {
    EXPECT_THAT(
        Read(packed.substr(0, length)),
        StartsWith(absl::StrCat("INVALID_ARGUMENT: ", Named("truncated gzip: the file ends at byte "), length)));
  }
}

TEST_F(DataFileTest, GzipWithAWrongChecksumIsCorrupt) {
  std::string packed = Gzipped(Noise(300));
  packed[packed.size() - 8] ^= 1;
  EXPECT_THAT(Read(packed), AllOf(HasSubstr(Named(absl::StrCat("corrupt gzip at byte ", packed.size() - 4))),
                                  HasSubstr("incorrect data check")));
}

TEST_F(DataFileTest, GzipWithAWrongLengthIsCorrupt) {
  std::string packed = Gzipped(Noise(300));
  packed[packed.size() - 1] ^= 1;
  EXPECT_THAT(Read(packed), HasSubstr("incorrect length check"));
}

TEST_F(DataFileTest, GzipWithAFlippedBitIsNeverReadAsOtherBytes) {
  const std::string bytes = Noise(300), packed = Gzipped(bytes);
  for (size_t at = 2; at < packed.size(); ++at) {
    std::string damaged = packed;
    damaged[at] ^= 0x10;
    EXPECT_THAT(Read(damaged), AnyOf(StartsWith("INVALID_ARGUMENT: "), bytes)) << "byte " << at;
  }
}

TEST_F(DataFileTest, BytesAfterTheGzipDataAreCountedAndPlaced) {
  const std::string packed = Gzipped("data");
  EXPECT_THAT(Read(packed + "junk"), HasSubstr(Named(absl::StrCat("4 bytes that are not gzip follow the end of the "
                                                                  "gzip data at byte ",
                                                                  packed.size()))));
}

TEST_F(DataFileTest, FileOfExactlyTheLimitIsReadAndALargerOneIsNot) {
  EXPECT_EQ(Read("12345", 5), "12345");
  EXPECT_THAT(Read("123456", 5), HasSubstr(Named("has more than 5 bytes")));
}

TEST_F(DataFileTest, GzipIsUnpackedUpToTheLimitAndNotBeyond) {
  const std::string zeros(9000, '\0');
  EXPECT_EQ(Read(Gzipped(zeros), 9000), zeros);
  EXPECT_THAT(Read(Gzipped(zeros), 8999), HasSubstr(Named("unpacks to more than 8999 bytes")));
}

TEST_F(DataFileTest, MissingFileIsNotFoundByItsPath) {
  EXPECT_EQ(ReadDataFile(folder_.Path("absent.gz")).status().ToString(),
            absl::StrCat("NOT_FOUND: ", folder_.Path("absent.gz"), ": there is no such file"));
}

TEST_F(DataFileTest, MissingRelativePathIsCalledRelative) {
  EXPECT_THAT(ReadDataFile("absent.gz").status().ToString(),
              AllOf(HasSubstr("absent.gz"), HasSubstr("a relative path")));
}

TEST_F(DataFileTest, FolderIsNotADataFile) {
  EXPECT_THAT(ReadDataFile(folder_.Path(".")).status().ToString(), HasSubstr("is a folder; name a data file"));
}

TEST_F(DataFileTest, PipeIsRefusedWithoutWaitingForItsWriter) {
  ASSERT_EQ(mkfifo(folder_.Path("pipe").c_str(), 0600), 0);
  EXPECT_THAT(ReadDataFile(folder_.Path("pipe")).status().ToString(), HasSubstr("not a regular file"));
}

TEST_F(DataFileTest, EmptyNameIsRefused) { EXPECT_THAT(ReadDataFile("").status().ToString(), HasSubstr("empty name")); }

}  // namespace
}  // namespace parzen
