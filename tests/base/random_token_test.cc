#include "base/random_token.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace parzen {
namespace {

TEST(RandomTokenTest, TokensAreHexadecimalAndAllDifferent) {
  std::set<std::string> tokens;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = RandomToken();
    EXPECT_EQ(token.size(), 32u);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos) << token;
    tokens.insert(token);
  }
  EXPECT_EQ(tokens.size(), 1000u);
}

}  // namespace
}  // namespace parzen
