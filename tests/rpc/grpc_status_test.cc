#include "rpc/grpc_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parzen {
namespace {

using testing::EndsWith;
using testing::SizeIs;
using testing::StartsWith;

TEST(GrpcStatusTest, EveryCanonicalCodeSurvivesTheRoundTrip) {
  for (int code = 0; code <= static_cast<int>(absl::StatusCode::kUnauthenticated); ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "why: ü\n100 %");
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(GrpcStatusTest, CodeThatIsNotCanonicalBecomesUnknown) {
  EXPECT_EQ(FromGrpc(grpc::Status(static_cast<grpc::StatusCode>(99), "odd")), absl::UnknownError("odd"));
}

TEST(GrpcStatusTest, MessageThatJustFitsIsNotCut) {
  const std::string message(kMaxStatusMessageBytes, 'x');
  EXPECT_EQ(ToGrpc(absl::InternalError(message)).error_message(), message);
}

TEST(GrpcStatusTest, LongerMessageIsCutAndSaysSo) {
  const std::string cut = ToGrpc(absl::InternalError(std::string(kMaxStatusMessageBytes + 1, 'x'))).error_message();
  EXPECT_THAT(cut, SizeIs(kMaxStatusMessageBytes));
  EXPECT_THAT(cut, EndsWith("x..."));
}

TEST(GrpcStatusTest, CutFallsBetweenCharacters) {
  for (size_t padding = 0; padding < 4; ++padding) {
    std::string message(padding, 'x');
    for (int i = 0; i < 4000; ++i) message += "ü";
    const std::string sent = ToGrpc(absl::InternalError(message)).error_message();
    const std::string cut = sent.substr(0, sent.size() - 3);
    EXPECT_THAT(message, StartsWith(cut));
    EXPECT_EQ((cut.size() - padding) % 2, 0u);
    EXPECT_LE(padding + 3 * (cut.size() - padding) + 3, kMaxStatusMessageBytes);  // each byte of ü travels as three
  }
}

}  // namespace
}  // namespace parzen
