#include "base/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace parzen {
namespace {

using IntFactory = std::function<int()>;

TEST(RegistryTest, UnknownNameSuggestsTheClosestOne) {
  Registry<IntFactory> registry;
  registry.Add("random_forest", [] { return 1; });
  registry.Add("svm", [] { return 2; });
  EXPECT_EQ((*registry.Find("svm"))(), 2);
  EXPECT_THAT(std::string(registry.Find("randm_forest").status().message()), testing::HasSubstr("\"random_forest\"?"));
}

TEST(RegistryTest, NamesComeInAlphabeticalOrder) {
  Registry<IntFactory> registry;
  registry.Add("b", [] { return 1; });
  registry.Add("a", [] { return 2; });
  EXPECT_THAT(registry.Names(), testing::ElementsAre("a", "b"));
}

TEST(RegistryDeathTest, NameThatIsTakenEndsTheProgram) {
  Registry<IntFactory> registry;
  registry.Add("a", [] { return 1; });
  EXPECT_DEATH(registry.Add("a", [] { return 2; }), "registered twice: a");
}

}  // namespace
}  // namespace parzen
