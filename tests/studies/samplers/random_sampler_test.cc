// Draws are uniform in each parameter's own scale; the chances are checked against bounds that a right sampler meets
// for the seed used here, and a wrong one does not.
#include <cmath>
#include <functional>
#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/studies/samplers/sampler_fixture.h"

namespace parzen {
namespace {

constexpr int kDraws = 4000;

// Draws are independent only where points may come again.
constexpr char kRandom[] = " search { sampler { random {} } avoid_duplicates: false }";

// The values drawn for a parameter with this domain.
std::vector<double> Draw(const std::string& sets, const std::string& domain, int draws = kDraws) {
  SampledStudy study("train { random_forest {} } parameter { name: \"p\" sets: \"" + sets + "\" " + domain + " }" +
                     kRandom);
  std::vector<double> values;
  for (const Point& point : study.Rest(draws)) values.push_back(*point[0]);
  return values;
}

std::map<double, double> Shares(const std::vector<double>& values) {
  std::map<double, double> shares;
  for (const double value : values) shares[value] += 1.0 / values.size();
  return shares;
}

double ShareBelow(const std::vector<double>& values, double bound) {
  int below = 0;
  for (const double value : values) below += value < bound;
  return static_cast<double>(below) / values.size();
}

TEST(RandomSamplerTest, AFloatIsUniformOverItsRange) {
  const std::vector<double> values = Draw("split.validation", "float { low: 0.2 high: 0.6 }");
  for (const double share : {0.25, 0.5, 0.75}) EXPECT_NEAR(ShareBelow(values, 0.2 + 0.4 * share), share, 0.03);
}

TEST(RandomSamplerTest, ALogFloatIsUniformInTheLogarithm) {
  const std::vector<double> values = Draw("split.validation", "float { low: 1e-4 high: 0.1 log: true }");
  EXPECT_NEAR(ShareBelow(values, 1e-3), 1.0 / 3, 0.03);
  EXPECT_NEAR(ShareBelow(values, 1e-2), 2.0 / 3, 0.03);
}

TEST(RandomSamplerTest, AWholeNumberGetsTheSameChanceEverywhere) {
  const std::map<double, double> shares = Shares(Draw("random_forest.trees", "int { low: 3 high: 11 step: 4 }"));
  EXPECT_THAT(shares, testing::ElementsAre(testing::Key(3), testing::Key(7), testing::Key(11)));
  for (const auto& [value, share] : shares) EXPECT_NEAR(share, 1.0 / 3, 0.03) << value;
}

TEST(RandomSamplerTest, ALogIntHasHalfAStepOfRoomAtBothEnds) {
  const std::map<double, double> shares = Shares(Draw("random_forest.trees", "int { low: 1 high: 4 log: true }"));
  const double width = std::log(4.5) - std::log(0.5);
  for (const auto& [value, share] : shares) {
    EXPECT_NEAR(share, (std::log(value + 0.5) - std::log(value - 0.5)) / width, 0.03) << value;
  }
  EXPECT_EQ(shares.size(), 4u);
}

TEST(RandomSamplerTest, AStepGetsTheSameChanceEverywhere) {
  const std::map<double, double> shares = Shares(Draw("split.validation", "float { low: 0.1 high: 0.5 step: 0.1 }"));
  EXPECT_THAT(shares, testing::ElementsAre(testing::Key(0.1), testing::Key(0.2), testing::Key(0.3), testing::Key(0.4),
                                           testing::Key(0.5)));
  for (const auto& [value, share] : shares) EXPECT_NEAR(share, 0.2, 0.03) << value;
}

TEST(RandomSamplerTest, ACategoryGetsTheSameChanceAsTheOthers) {
  const std::map<double, double> shares =
      Shares(Draw("random_forest.max_features", "categorical { choice: \"sqrt\" choice: \"log2\" choice: \"all\" }"));
  EXPECT_EQ(shares.size(), 3u);
  for (const auto& [value, share] : shares) EXPECT_NEAR(share, 1.0 / 3, 0.03) << value;
}

TEST(RandomSamplerTest, ARangeOfOneValueGivesIt) {
  EXPECT_THAT(Draw("split.validation", "float { low: 0.3 high: 0.3 }", 5), testing::Each(0.3));
  EXPECT_THAT(Draw("split.validation", "float { low: 0.3 high: 0.3 log: true }", 5), testing::Each(0.3));
  EXPECT_THAT(Draw("random_forest.trees", "int { low: 7 high: 7 log: true }", 5), testing::Each(7));
}

TEST(RandomSamplerTest, ParametersAreDrawnIndependently) {
  SampledStudy study(R"(
    train { transform { scale {} } random_forest {} }
    parameter { name: "a" sets: "transform[0].scale.subtract" float { low: -1 high: 1 } }
    parameter { name: "b" sets: "transform[0].scale.divide_by" float { low: 1 high: 3 } }
    search { sampler { random {} } } )");
  double covariance = 0;
  for (const Point& point : study.Rest(kDraws)) covariance += *point[0] * (*point[1] - 2) / kDraws;
  EXPECT_NEAR(covariance, 0, 0.02);  // each has variance 1/3
}

TEST(RandomSamplerTest, AddingAParameterLeavesTheOthersValuesAsTheyWere) {
  const std::string first =
      R"(train { random_forest {} } parameter { name: "a" sets: "random_forest.trees" int { low: 1 high: 9 } })";
  const std::string second = R"( parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 9 } })";
  const std::vector<Point> alone = SampledStudy(first + kRandom).Rest(20);
  const std::vector<Point> together = SampledStudy(first + second + kRandom).Rest(20);
  for (size_t i = 0; i < alone.size(); ++i) EXPECT_EQ(alone[i][0], together[i][0]);
}

TEST(RandomSamplerTest, AParameterThatIsAbsentDoesNotShiftTheOnesAfterIt) {
  const std::string format = R"(
    train { random_forest {} }
    parameter { name: "a" sets: "random_forest.trees" int { low: 1 high: 9 } }
    parameter { name: "b" sets: "random_forest.max_depth" int { low: 1 high: 9 } when { parameter: "a" at_least: %s } }
    parameter { name: "c" sets: "random_forest.min_samples_leaf" int { low: 1 high: 9 } } )";
  const auto with_bound = [&](const std::string& bound) {
    return std::string(format).replace(format.find("%s"), 2, bound);
  };
  const std::vector<Point> often = SampledStudy(with_bound("1") + kRandom).Rest(20);
  const std::vector<Point> seldom = SampledStudy(with_bound("9") + kRandom).Rest(20);
  for (size_t i = 0; i < often.size(); ++i) EXPECT_EQ(often[i][2], seldom[i][2]);
}

}  // namespace
}  // namespace parzen
