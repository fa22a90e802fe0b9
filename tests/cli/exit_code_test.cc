#include "cli/exit_code.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

TEST(ExitCodeTest, DoneIsZero) { EXPECT_EQ(ExitCode(absl::OkStatus()), 0); }

TEST(ExitCodeTest, WhatTheUserAskedForWronglyIsTwo) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kInvalidArgument, absl::StatusCode::kNotFound, absl::StatusCode::kAlreadyExists,
        absl::StatusCode::kFailedPrecondition, absl::StatusCode::kPermissionDenied, absl::StatusCode::kOutOfRange}) {
    EXPECT_EQ(ExitCode(absl::Status(code, "")), 2) << absl::StatusCodeToString(code);
  }
}

TEST(ExitCodeTest, UnreachableCoordinatorIsThree) { EXPECT_EQ(ExitCode(absl::UnavailableError("")), 3); }

TEST(ExitCodeTest, EverythingElseIsOne) {
  for (const absl::StatusCode code :
       {absl::StatusCode::kAborted, absl::StatusCode::kCancelled, absl::StatusCode::kUnknown,
        absl::StatusCode::kDeadlineExceeded, absl::StatusCode::kResourceExhausted, absl::StatusCode::kInternal,
        absl::StatusCode::kDataLoss, absl::StatusCode::kUnimplemented, absl::StatusCode::kUnauthenticated}) {
    EXPECT_EQ(ExitCode(absl::Status(code, "")), 1) << absl::StatusCodeToString(code);
  }
}

}  // namespace
}  // namespace parzen
