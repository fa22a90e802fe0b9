#include <cmath>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "studies/importance/grid_density.h"
#include "tests/studies/importance/importance_fixture.h"

namespace parzen {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void ExpectNear(const std::map<std::string, double>& got, const std::map<std::string, double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (const auto& [name, number] : expected) EXPECT_NEAR(got.at(name), number, 1e-9) << name;
}

TEST(PedAnovaTest, AgreesWithOptunaOnAStudyOfEveryKindOfParameter) {
  ExpectNear(Shares(GoldenStudy(), "ped_anova {}"), GoldenNumbers("ped_anova_default"));
}

TEST(PedAnovaTest, AgreesWithOptunaBeforeSharesAreTaken) {
  ExpectNear(Amounts(GoldenStudy(), "ped_anova {}"), GoldenNumbers("ped_anova_raw"));
}

TEST(PedAnovaTest, AgreesWithOptunaAgainstTheWholeSpace) {
  ExpectNear(Shares(GoldenStudy(), "ped_anova { evaluate_on_local: false }"), GoldenNumbers("ped_anova_global"));
}

// Half of the trials have x in [0, 1], half in [0, 10], and only the first half can be good.
ImportanceData TwoRanges() {
  ImportanceData data;
  ImportanceColumn x{"x", {Axis(Float(0, 1)), Axis(Float(0, 10))}, {}, {}};
  for (int i = 0; i < 200; ++i) {
    const bool narrow = i % 2 == 0;
    const double unit = (i / 2 + 0.5) / 100;
    x.domain.push_back(narrow ? 0 : 1);
    x.value.push_back(narrow ? unit : 10 * unit);
    data.target.push_back(narrow ? unit : 5 + unit);
  }
  data.columns.push_back(x);
  return data;
}

TEST(PedAnovaTest, EachRangeOfAParameterIsARegimeOfItsOwn) {
  const ImportanceData both = TwoRanges();
  ImportanceData first;
  ImportanceColumn x{"x", {Axis(Float(0, 1))}, {}, {}};
  for (size_t i = 0; i < both.target.size(); i += 2) {
    x.domain.push_back(0);
    x.value.push_back(both.columns[0].value[i]);
    first.target.push_back(both.target[i]);
  }
  first.columns.push_back(x);
  // All 20 best trials are in the first regime: alpha = 1, beta = 1/2, and the squared quantile is 1/100 instead of
  // 1/25.
  const double alone = Amounts(first, "ped_anova { target_quantile: 0.2 }").at("x");
  EXPECT_NEAR(Amounts(both, "ped_anova {}").at("x"), alone * 2 / 4, 1e-12);
}

TEST(PedAnovaTest, TrialsOutsideTheRegionDoNotCount) {
  ImportanceData data = RandomStudy({{"x", Float(0, 1)}, {"y", Float(0, 1)}}, 300,
                                    [](absl::Span<const double> u) { return u[0] < 0.5 ? u[1] : 10 + u[0]; });
  // x decides who is among the better half; within it only y matters.
  EXPECT_GT(Shares(data, "ped_anova {}").at("x"), 0.1);
  EXPECT_LT(Shares(data, "ped_anova { region_quantile: 0.4 }").at("x"), 0.05);
}

TEST(PedAnovaTest, ATargetThatIsNotInsideTheRegionIsAnError) {
  const auto result =
      EvaluateImportance(GoldenStudy(), Evaluator("ped_anova { target_quantile: 0.5 region_quantile: 0.5 }"), 0);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("must be below region_quantile (0.5)"));
}

TEST(ValueGridTest, AGridHasAsManyPlacesAsThereAreValuesAndAtMostFifty) {
  const auto size = [](const Distribution& distribution) { return ValueGrid(Axis(distribution)).size(); };
  EXPECT_EQ(size(Float(0, 1)), 50u);
  EXPECT_EQ(size(LogFloat(1e-5, 1)), 50u);
  EXPECT_EQ(size(Int(1, 9, 2)), 5u);
  EXPECT_EQ(size(Int(0, 1000)), 50u);
  EXPECT_EQ(size(SteppedFloat(0, 1, 0.25)), 5u);
  EXPECT_EQ(size(LogInt(1, 1024)), 11u);
  EXPECT_EQ(size(Categories(70)), 70u);
}

TEST(ValueGridTest, ValuesCountAtTheNearestPlaceAndStrangersAtTheEnds) {
  const Axis axis(Int(1, 9, 2));
  const ValueGrid grid(axis);
  std::vector<size_t> places;
  for (const double value : {1, 3, 5, 7, 9, -50, 50}) places.push_back(grid.PlaceOf(value));
  EXPECT_THAT(places, ElementsAre(0, 1, 2, 3, 4, 0, 4));
}

TEST(GridDensityTest, ADensitySumsToOneAndIsHighestWhereTheValuesAre) {
  for (const bool ordered : {true, false}) {
    const std::vector<double> density = GridDensity({0, 0, 7, 1, 0, 0}, ordered);
    double sum = 0;
    for (const double place : density) sum += place;
    EXPECT_NEAR(sum, 1, 1e-12);
    EXPECT_EQ(std::max_element(density.begin(), density.end()) - density.begin(), 2);
  }
}

}  // namespace
}  // namespace parzen
