#include "rpc/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace parzen {
namespace {

using testing::HasSubstr;

TEST(CoordinatorAddressTest, HostWithPortAndSocketPathAreAddresses) {
  for (const char* const address : {"127.0.0.1:7717", "localhost:1", "[::1]:65535", "unix:/run/parzen", "unix:s"}) {
    EXPECT_TRUE(CheckCoordinatorAddress(address).ok()) << address;
  }
}

TEST(CoordinatorAddressTest, AnythingElseIsRefusedWithWhatWouldBeRight) {
  for (const char* const address : {"", "localhost", ":7717", "host:", "host:0", "host:65536", "host:http", "unix:"}) {
    const absl::Status status = CheckCoordinatorAddress(address);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << address;
    EXPECT_THAT(std::string(status.message()), HasSubstr("HOST:PORT or unix:PATH"));
  }
}

TEST(CoordinatorAddressTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(std::string(CheckCoordinatorAddress("10.0.0.5").message()), HasSubstr("it has no port"));
  EXPECT_THAT(std::string(CheckCoordinatorAddress(":7717").message()), HasSubstr("it has no host"));
}

TEST(CoordinatorAddressTest, SocketPathHasAtMostWhatTheKernelTakes) {
  EXPECT_TRUE(CheckCoordinatorAddress("unix:" + std::string(107, 'x')).ok());
  EXPECT_FALSE(CheckCoordinatorAddress("unix:" + std::string(108, 'x')).ok());
}

}  // namespace
}  // namespace parzen
