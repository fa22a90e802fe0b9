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
  std::string message;
  for (int i = 0; i < 4000; ++i) message += "ü";
  const std::string cut = ToGrpc(absl::InternalError(message)).error_message();
  EXPECT_THAT(message, StartsWith(cut.substr(0, cut.size() - 3)));
  EXPECT_EQ((cut.size() - 3) % 2, 0u);
  // Each of its bytes travels as three.
  EXPECT_LE(3 * (cut.size() - 3) + 3, kMaxStatusMessageBytes);
}

}  // namespace
}  // namespace parzen
