// Every kind of parameter through its axis and back, at the places where rounding bites.
#include "studies/axis.h"

#include <cmath>
#include <limits>
#include <map>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr int64_t kLargestWhole = int64_t{1} << 53;  // what a study file allows

Distribution Float(double low, double high) { return FloatDistribution{low, high, false, {}}; }
Distribution LogFloat(double low, double high) { return FloatDistribution{low, high, true, {}}; }
Distribution Steps(double low, double high, double step) { return FloatDistribution{low, high, false, step}; }
Distribution Int(int64_t low, int64_t high, int64_t step = 1) { return IntDistribution{low, high, false, step}; }
Distribution LogInt(int64_t low, int64_t high) { return IntDistribution{low, high, true, 1}; }
Distribution Categories(int64_t count) {
  CategoricalDistribution categories;
  categories.choices.resize(count);
  for (int64_t i = 0; i < count; ++i) categories.choices[i] = i;
  return categories;
}

struct Kind {
  const char* name;
  Distribution distribution;
};

std::vector<Kind> Kinds() {
  return {{"Float", Float(-1.7, 3.1)},
          {"WideFloat", Float(-8e307, 8e307)},
          {"NarrowFloat", Float(1, std::nextafter(1.0, 2))},
          {"TinyFloat", Float(0, 5e-324)},
          {"LogFloat", LogFloat(1e-5, 10)},
          {"WideLogFloat", LogFloat(1e-300, 1e300)},
          {"TenthSteps", Steps(0.1, 0.9, 0.1)},
          {"ThirdSteps", Steps(-1, 1, 1.0 / 3)},
          {"FineSteps", Steps(0, 1, 1e-12)},
          {"LargeSteps", Steps(1e15, 1e15 + 1000, 7)},
          {"Int", Int(-3, 12)},
          {"SteppedInt", Int(-5, 25, 6)},
          {"HugeInt", Int(-kLargestWhole, kLargestWhole)},
          {"HugeSteppedInt", Int(-kLargestWhole, kLargestWhole, int64_t{1} << 50)},
          {"LogInt", LogInt(1, 1000)},
          {"HugeLogInt", LogInt(1, kLargestWhole)},
          {"TwoCategories", Categories(2)},
          {"ManyCategories", Categories(1000)},
          {"OneFloat", Float(0.3, 0.3)},
          {"OneLogFloat", LogFloat(0.3, 0.3)},
          {"OneStep", Steps(0.3, 0.3, 0.1)},
          {"OneInt", Int(7, 7)},
          {"OneLogInt", LogInt(1, 1)},
          {"OneCategory", Categories(1)}};
}

class AxisTest : public testing::TestWithParam<Kind> {
 protected:
  const Distribution& distribution() const { return GetParam().distribution; }
  const Axis axis_{GetParam().distribution};

  // Values all over the distribution, ends included.
  std::vector<double> Values() const {
    std::vector<double> values = {NearestValue(distribution(), -kInfinity), NearestValue(distribution(), kInfinity)};
    RandomStream random(1, 0, "values");
    for (int i = 0; i < 300; ++i) values.push_back(axis_.FromUnit(random.Uniform()));
    return values;
  }

  // In units in the last place that a logarithm and its reverse may lose on a continuous axis.
  bool IsSame(double value, double original) const {
    const auto* const floats = std::get_if<FloatDistribution>(&distribution());
    const auto* const ints = std::get_if<IntDistribution>(&distribution());
    const bool is_exact = floats != nullptr ? !floats->log : ints == nullptr || !ints->log || original < 1e14;
    if (is_exact) return value == original;
    // The rounding of a logarithm as large as 700 is an error of as many units in its power.
    const double units = 4 + std::abs(std::log(original));
    return std::abs(value - original) <= units * (std::nextafter(original, kInfinity) - original);
  }
};

TEST_P(AxisTest, EveryValueComesBack) {
  for (const double value : Values()) {
    EXPECT_PRED2([this](double a, double b) { return IsSame(a, b); }, axis_.FromScale(axis_.ToScale(value)), value);
  }
}

TEST_P(AxisTest, EveryUnitValueGivesOneOfTheValues) {
  std::vector<double> units = {
      0, 1, std::nextafter(0.0, 1), std::nextafter(1.0, 0), std::nextafter(1.0, 2), 0.5, -1e-17, -kInfinity, kInfinity};
  RandomStream random(2, 0, "units");
  for (int i = 0; i < 300; ++i) units.push_back(random.Uniform(-0.5, 1.5));
  for (const double unit : units) {
    const double value = axis_.FromUnit(unit);
    EXPECT_TRUE(Contains(distribution(), value)) << unit << " gives " << value;
    EXPECT_EQ(NearestValue(distribution(), value), value) << unit;
  }
}

TEST_P(AxisTest, EveryPlaceGivesOneOfTheValues) {
  for (const double place : {-kInfinity, -1e300, -1.0, 0.0, 0.3, axis_.low(), axis_.high(), 1e300, kInfinity}) {
    EXPECT_TRUE(Contains(distribution(), axis_.FromScale(place))) << place;
  }
}

TEST_P(AxisTest, TheEndsAreTheSmallestAndTheLargestValue) {
  EXPECT_EQ(axis_.FromUnit(0), NearestValue(distribution(), -kInfinity));
  EXPECT_EQ(axis_.FromUnit(1), NearestValue(distribution(), kInfinity));
  EXPECT_EQ(axis_.FromScale(axis_.low()), axis_.FromUnit(0));
  EXPECT_EQ(axis_.FromScale(axis_.high()), axis_.FromUnit(1));
}

TEST_P(AxisTest, UnitsRiseWithTheValues) {
  double last = 0;
  for (int i = 0; i <= 1000; ++i) {
    const double unit = axis_.ToUnit(axis_.FromUnit(i / 1000.0));
    EXPECT_GE(unit, last);
    EXPECT_LE(unit, 1);
    last = unit;
  }
}

TEST_P(AxisTest, AValueOwnsThePlacesOfItsCellAndNoOthers) {
  for (const double value : Values()) {
    const Axis::Interval cell = axis_.Cell(value);
    ASSERT_LE(cell.low, cell.high);
    EXPECT_GE(axis_.ToScale(value), cell.low);
    EXPECT_LE(axis_.ToScale(value), cell.high);
    const double width = cell.high - cell.low;
    if (!axis_.count().has_value()) {
      EXPECT_EQ(width, 0);
    }
    // Some values lie too close together to point between them.
    if (width <= 1e3 * std::numeric_limits<double>::epsilon() * std::abs(axis_.ToScale(value))) continue;
    for (const double share : {0.01, 0.5, 0.99}) {
      EXPECT_EQ(axis_.FromScale(std::lerp(cell.low, cell.high, share)), value) << share;
    }
    if (cell.low > axis_.low()) {
      EXPECT_LT(axis_.FromScale(cell.low - 0.01 * width), value);
    }
    if (cell.high < axis_.high()) {
      EXPECT_GT(axis_.FromScale(cell.high + 0.01 * width), value);
    }
  }
}

TEST_P(AxisTest, OnlyOneValueMakesAnAxisSingle) {
  const std::string name = GetParam().name;
  EXPECT_EQ(axis_.single(), name.rfind("One", 0) == 0);
  if (axis_.single()) {
    EXPECT_EQ(axis_.FromUnit(0), axis_.FromUnit(1));
    EXPECT_GE(axis_.ToUnit(axis_.FromUnit(0)), 0);
    EXPECT_LE(axis_.ToUnit(axis_.FromUnit(0)), 1);
  } else {
    EXPECT_LT(axis_.low(), axis_.high());
    EXPECT_LT(axis_.FromUnit(0), axis_.FromUnit(1));
  }
}

TEST_P(AxisTest, ValuesThatTheAxisDoesNotContainHavePlacesToo) {
  for (const double value : {-1e308, -1e6, -0.5, 0.0, 5e-324, 0.123, 1e6, 1e308}) {
    EXPECT_TRUE(std::isfinite(axis_.ToScale(value))) << value;
    EXPECT_FALSE(std::isnan(axis_.Cell(value).low) || std::isnan(axis_.Cell(value).high)) << value;
    const double unit = axis_.ToUnit(value);
    EXPECT_TRUE(unit >= 0 && unit <= 1) << value << " is at " << unit;
  }
}

TEST_P(AxisTest, AFixedAxisHasItsValueOnly) {
  for (const double value : Values()) {
    const Axis fixed(distribution(), value);
    EXPECT_TRUE(fixed.single());
    EXPECT_EQ(fixed.count(), 1);
    EXPECT_EQ(fixed.ordered(), axis_.ordered());
    for (const double unit : {0.0, 0.4, 1.0}) EXPECT_EQ(fixed.FromUnit(unit), value);
    for (const double place : {-kInfinity, fixed.low(), fixed.high(), kInfinity})
      EXPECT_EQ(fixed.FromScale(place), value);
    const double unit = fixed.ToUnit(value);
    EXPECT_TRUE(unit >= 0 && unit <= 1);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryKind, AxisTest, testing::ValuesIn(Kinds()),
                         [](const auto& info) { return std::string(info.param.name); });

// All values in order; the scale from one end to the other without gaps.
void ExpectTiles(const Distribution& distribution) {
  const Axis axis(distribution);
  double value = NearestValue(distribution, -kInfinity);
  double edge = axis.low();
  for (int64_t i = 0; i < *axis.count(); ++i) {
    const Axis::Interval cell = axis.Cell(value);
    EXPECT_NEAR(cell.low, edge, 1e-12 * (1 + std::abs(edge))) << value;
    edge = cell.high;
    if (i + 1 < *axis.count()) {
      const double next = axis.FromScale(cell.high + 1e-3 * (cell.high - cell.low));
      EXPECT_GT(next, value);
      value = next;
    }
  }
  EXPECT_EQ(edge, axis.high());
  EXPECT_EQ(value, NearestValue(distribution, kInfinity));
}

TEST(AxisCellTest, CellsCoverTheScaleWithoutGaps) {
  ExpectTiles(Steps(0.1, 0.9, 0.1));
  ExpectTiles(Steps(-1, 1, 0.25));
  ExpectTiles(Int(-3, 12));
  ExpectTiles(Int(-5, 25, 6));
  ExpectTiles(LogInt(1, 500));
  ExpectTiles(Categories(40));
}

TEST(AxisCellTest, EqualCellsHaveEqualChances) {
  for (const Distribution& distribution : {Steps(0.1, 0.5, 0.1), Int(3, 11, 2), Categories(5)}) {
    const Axis axis(distribution);
    std::map<double, int> counts;
    for (int i = 0; i < 1000; ++i) ++counts[axis.FromUnit((i + 0.5) / 1000)];
    EXPECT_THAT(counts, testing::Each(testing::Pair(testing::_, 200)));
    EXPECT_EQ(counts.size(), 5u);
  }
}

TEST(AxisScaleTest, ALogarithmicScaleIsTheLogarithm) {
  const Axis axis(LogFloat(1e-4, 1));
  EXPECT_EQ(axis.ToScale(1e-3), std::log(1e-3));
  EXPECT_NEAR(axis.ToUnit(1e-3), 0.25, 1e-15);
  EXPECT_NEAR(axis.FromUnit(0.5), 1e-2, 1e-16);
}

TEST(AxisScaleTest, AValueBeyondAnOrderedScaleKeepsItsPlace) {
  EXPECT_EQ(Axis(Float(0, 1)).ToScale(7), 7);
  EXPECT_EQ(Axis(LogFloat(0.1, 1)).ToScale(10), std::log(10));
  EXPECT_EQ(Axis(LogFloat(0.1, 1)).ToScale(-3), std::log(0.1));
  EXPECT_EQ(Axis(Categories(3)).ToScale(7), 3);
}

}  // namespace
}  // namespace parzen
