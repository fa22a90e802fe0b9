#include "coordinator/http_token.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace parzen {
namespace {

using testing::HasSubstr;
using testing::Not;

class HttpTokenTest : public testing::Test {
 protected:
  HttpTokenTest() { std::filesystem::create_directories(folder_); }
  ~HttpTokenTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path_, std::ios::binary) << text;
    EXPECT_EQ(chmod(path_.c_str(), mode), 0);
  }
  absl::Status Refusal() const { return ReadOrMakeHttpToken(path_).status(); }
  // Of a file with this text.
  std::string TokenOf(const std::string& text) const {
    Write(text);
    const absl::StatusOr<HttpToken> token = ReadOrMakeHttpToken(path_);
    EXPECT_TRUE(token.ok()) << token.status();
    EXPECT_FALSE(token.ok() && token->is_new);
    return token.ok() ? token->text : "";
  }

  static inline int counter_ = 0;
  const std::string folder_ = absl::StrCat(testing::TempDir(), "/token_", getpid(), "_", counter_++);
  const std::string path_ = folder_ + "/token";
};

TEST_F(HttpTokenTest, AFileThatIsNotThereIsMadeForItsOwnerAlone) {
  const absl::StatusOr<HttpToken> made = ReadOrMakeHttpToken(path_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(made->is_new);
  EXPECT_EQ(made->text.size(), 64u) << "256 bits";
  struct stat info = {};
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  const absl::StatusOr<HttpToken> again = ReadOrMakeHttpToken(path_);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->text, made->text);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "nothing else is left there";
}

TEST_F(HttpTokenTest, TwoFilesHaveTwoTokens) {
  EXPECT_NE(ReadOrMakeHttpToken(path_)->text, ReadOrMakeHttpToken(path_ + "2")->text);
}

TEST_F(HttpTokenTest, TheFirstLineCounts) {
  EXPECT_EQ(TokenOf("0123456789abcdef"), "0123456789abcdef");
  EXPECT_EQ(TokenOf("0123456789abcdef\nsecond line"), "0123456789abcdef");
  EXPECT_EQ(TokenOf("-._~+/=ABCabc123 \r\n"), "-._~+/=ABCabc123");
  EXPECT_EQ(TokenOf(std::string(kMostTokenBytes, 'x') + "\n").size(), kMostTokenBytes);
}

TEST_F(HttpTokenTest, AFileThatOthersMayUseIsRefused) {
  for (const mode_t mode : {0640, 0604, 0660, 0622, 0601}) {
    Write("0123456789abcdef", mode);
    const absl::Status refusal = Refusal();
    EXPECT_TRUE(absl::IsPermissionDenied(refusal)) << std::oct << mode;
    EXPECT_THAT(std::string(refusal.message()), HasSubstr("chmod 600"));
    EXPECT_THAT(std::string(refusal.message()), HasSubstr(path_));
  }
  EXPECT_EQ(chmod(path_.c_str(), 0400), 0);
  EXPECT_TRUE(Refusal().ok());
}

TEST_F(HttpTokenTest, WhatIsNoTokenIsRefusedAndNotRepeated) {
  for (const std::string& text : {std::string(), std::string("\n0123456789abcdef"), std::string("0123456789abcde"),
                                  std::string("0123456789 abcdef"), std::string("0123456789äabcdef"),
                                  std::string(kMostTokenBytes + 1, 'x'), std::string("0123456789abcdef\0x", 18)}) {
    Write(text);
    const absl::Status refusal = Refusal();
    EXPECT_TRUE(absl::IsInvalidArgument(refusal)) << text;
    EXPECT_THAT(std::string(refusal.message()), HasSubstr(absl::StrCat(kLeastTokenBytes, " to ", kMostTokenBytes)));
    EXPECT_THAT(std::string(refusal.message()), Not(HasSubstr("0123456789")));
  }
}

TEST_F(HttpTokenTest, WhatIsNoFileIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(ReadOrMakeHttpToken(folder_).status()));
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  EXPECT_TRUE(absl::IsInvalidArgument(Refusal())) << "and nobody waits for its writer";
}

TEST_F(HttpTokenTest, WithoutItsFolderItSaysWhy) {
  const absl::Status refusal = ReadOrMakeHttpToken(folder_ + "/none/token").status();
  EXPECT_TRUE(absl::IsPermissionDenied(refusal));
  EXPECT_THAT(std::string(refusal.message()), HasSubstr("No such file or directory"));
}

TEST(BearerTest, OnlyTheWholeTokenIsRight) {
  const std::string token = "0123456789abcdef";
  EXPECT_TRUE(IsBearerOf("Bearer 0123456789abcdef", token));
  EXPECT_TRUE(IsBearerOf("bearer  0123456789abcdef ", token));
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0",
                            "Bearer 0123456789abcdeF", "Basic 0123456789abcdef", "0123456789abcdef"}) {
    EXPECT_FALSE(IsBearerOf(wrong, token)) << wrong;
  }
}

}  // namespace
}  // namespace parzen
