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

TEST(MakeSamplerTest, AStudyThatNamesNoSamplerGetsTpe) {
  SampledStudy unnamed(kOneNumber);
  SampledStudy tpe(std::string(kOneNumber) + "search { sampler { tpe {} } }");
  SampledStudy random(std::string(kOneNumber) + "search { sampler { random {} } }");
  const std::vector<Point> points = unnamed.Rest(40);
  EXPECT_EQ(points, tpe.Rest(40));
  EXPECT_NE(points, random.Rest(40));
}

TEST(MakeSamplerTest, ANamedSamplerIsTheOneThatIsMade) {
  SampledStudy grid(std::string(kOneNumber) + "search { sampler { grid {} } }");
  EXPECT_EQ(grid.sampler().TotalPoints(), 5);
}

TEST(MakeSamplerTest, WhatHasAnEndIsNotRepeatedUnlessTheStudySaysSo) {
  const std::string spec =
      "train { random_forest {} } parameter { name: \"t\" sets: \"random_forest.trees\" int { low: 1 high: 20 } }";
  SampledStudy distinct(spec + "search { sampler { random {} } }");
  EXPECT_EQ(distinct.sampler().TotalPoints(), 20);
  EXPECT_EQ(distinct.Rest(100).size(), 20u);
  SampledStudy repeating(spec + "search { sampler { random {} } avoid_duplicates: false }");
  EXPECT_EQ(repeating.sampler().TotalPoints(), std::nullopt);
  EXPECT_EQ(repeating.Rest(100).size(), 100u);
}

TEST(MakeSamplerTest, OnlySamplersThatLearnAreDividedIntoBrackets) {
  // A bracket's grid of its own would give every point again.
  SampledStudy grid(std::string(kOneNumber) + "search { sampler { grid {} } }");
  grid.Divide([](int64_t number) { return static_cast<int32_t>(number % 2); });
  EXPECT_EQ(grid.Rest(100).size(), 5u);
}

}  // namespace
}  // namespace parzen
