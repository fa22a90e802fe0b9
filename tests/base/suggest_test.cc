#include "base/suggest.h"

#include <gtest/gtest.h>

namespace parzen {
namespace {

const std::vector<std::string> kNames = {"max_depth", "max_features", "trees"};

TEST(SuggestTest, MisspeltNameFindsTheOneThatWasMeant) {
  EXPECT_EQ(ClosestName("max_detph", kNames), "max_depth");
  EXPECT_EQ(ClosestName("Trees", kNames), "trees");
  EXPECT_EQ(ClosestName("maxfeatures", kNames), "max_features");
}

TEST(SuggestTest, NameUnlikeAllOthersFindsNone) {
  EXPECT_EQ(ClosestName("learning_rate", kNames), "");
  EXPECT_EQ(SuggestName("learning_rate", kNames), "; known: max_depth, max_features, trees");
}

TEST(SuggestTest, HostileLengthIsNotCompared) { EXPECT_EQ(ClosestName(std::string(1 << 20, 'x'), kNames), ""); }

}  // namespace
}  // namespace parzen
