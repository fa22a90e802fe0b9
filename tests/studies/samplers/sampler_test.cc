#include "studies/samplers/sampler.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

constexpr char kOneNumber[] = R"(
  train { random_forest {} }
  parameter { name: "trees" sets: "random_forest.trees" int { low: 1 high: 100 } } )";

TEST(MakeSamplerTest, EveryMemberOfTheOneofHasASampler) {
  std::vector<std::string> members;
  const google::protobuf::OneofDescriptor* kind = SamplerSpec::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < kind->field_count(); ++i) members.push_back(kind->field(i)->name());
  EXPECT_THAT(Registry<SamplerFactory>::Global().Names(), testing::UnorderedElementsAreArray(members));
}

TEST(MakeSamplerTest, AStudyThatNamesNoSamplerGetsTheRandomOne) {
  SampledStudy unnamed(kOneNumber);
  SampledStudy random(std::string(kOneNumber) + "search { sampler { random {} } }");
  EXPECT_EQ(unnamed.Rest(20), random.Rest(20));
  EXPECT_EQ(unnamed.sampler().TotalPoints(), std::nullopt);
}

TEST(MakeSamplerTest, ANamedSamplerIsTheOneThatIsMade) {
  SampledStudy grid(std::string(kOneNumber) + "search { sampler { grid {} } }");
  EXPECT_EQ(grid.sampler().TotalPoints(), 5);
}

}  // namespace
}  // namespace parzen
