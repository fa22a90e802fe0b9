// Codes keep the order of the values, lose nothing while values are few, and cut many values evenly.
#include "worker/binned_features.h"

#include <algorithm>
#include <limits>
#include <map>

#include "base/random_stream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"

namespace parzen {
namespace {

using testing::ElementsAre;

FeatureMatrix Column(const std::vector<float>& values) {
  return Eigen::Map<const FeatureMatrix>(values.data(), static_cast<int64_t>(values.size()), 1);
}

std::vector<int> Codes(const BinnedFeatures& binned, int feature = 0) {
  return {binned.column(feature), binned.column(feature) + binned.rows()};
}

FeatureMatrix NormalNumbers(int rows, int features) {
  RandomStream stream(3, 0, "normal numbers");
  FeatureMatrix matrix(rows, features);
  for (float& value : matrix.reshaped()) value = static_cast<float>(stream.Normal());
  return matrix;
}

// A value has a code <= bin exactly when it is <= threshold(bin).
void ExpectThresholdsDivideCodes(const BinnedFeatures& binned, const FeatureMatrix& features, int feature) {
  for (int bin = 0; bin + 1 < binned.bins(feature); ++bin) {
    for (int64_t row = 0; row < binned.rows(); ++row) {
      ASSERT_EQ(binned.column(feature)[row] <= bin, features(row, feature) <= binned.threshold(feature, bin))
          << "row " << row << " bin " << bin;
    }
  }
}

TEST(BinnedFeaturesTest, EachOfFewValuesHasItsOwnCodeInOrder) {
  const BinnedFeatures binned(Column({7, -2, 7, .5, -2, 100}));
  EXPECT_THAT(Codes(binned), ElementsAre(2, 0, 2, 1, 0, 3));
  EXPECT_EQ(binned.bins(0), 4);
}

TEST(BinnedFeaturesTest, ThresholdsLieHalfWayBetweenNeighbours) {
  const BinnedFeatures binned(Column({4, 1, 10}));
  EXPECT_EQ(binned.threshold(0, 0), 2.5f);
  EXPECT_EQ(binned.threshold(0, 1), 7.0f);
}

TEST(BinnedFeaturesTest, ConstantFeatureHasOneCode) {
  const BinnedFeatures binned(Column({3, 3, 3}));
  EXPECT_EQ(binned.bins(0), 1);
  EXPECT_THAT(Codes(binned), ElementsAre(0, 0, 0));
}

TEST(BinnedFeaturesTest, MinusZeroIsZero) { EXPECT_EQ(BinnedFeatures(Column({-0.f, 0.f})).bins(0), 1); }

TEST(BinnedFeaturesTest, NeighbouringFloatsAreStillToldApart) {
  const float one = 1, next = std::nextafter(1.f, 2.f);
  const FeatureMatrix features = Column({next, one});
  const BinnedFeatures binned(features);
  EXPECT_THAT(Codes(binned), ElementsAre(1, 0));
  ExpectThresholdsDivideCodes(binned, features, 0);
}

TEST(BinnedFeaturesTest, InfinitiesAreOrderedLikeNumbers) {
  const float infinity = std::numeric_limits<float>::infinity();
  const FeatureMatrix features = Column({infinity, 0, -infinity, 5});
  const BinnedFeatures binned(features);
  EXPECT_THAT(Codes(binned), ElementsAre(3, 1, 0, 2));
  ExpectThresholdsDivideCodes(binned, features, 0);
}

TEST(BinnedFeaturesTest, TwoHundredFiftySixValuesLoseNothing) {
  std::vector<float> values(256);
  for (int i = 0; i < 256; ++i) values[i] = static_cast<float>((i * 97) % 256) * .1f;
  const BinnedFeatures binned(Column(values));
  ASSERT_EQ(binned.bins(0), 256);
  for (int i = 0; i < 256; ++i) EXPECT_EQ(binned.column(0)[i], (i * 97) % 256);
}

TEST(BinnedFeaturesTest, ManyValuesAreCutIntoBinsOfNearlyEqualSize) {
  const BinnedFeatures binned(NormalNumbers(10240, 1));
  ASSERT_EQ(binned.bins(0), 256);
  std::map<int, int> sizes;
  for (const int code : Codes(binned)) ++sizes[code];
  for (const auto& [code, size] : sizes) EXPECT_EQ(size, 40) << "code " << code;
}

TEST(BinnedFeaturesTest, FrequentValueAmongManyKeepsABinOfItsOwn) {
  FeatureMatrix features = NormalNumbers(5000, 1);
  for (int row = 0; row < 5000; row += 2) features(row, 0) = 0;
  const BinnedFeatures binned(features);
  const int zero = binned.column(0)[0];
  for (int row = 1; row < 5000; row += 2) {
    if (features(row, 0) > 0) {
      EXPECT_GT(binned.column(0)[row], zero);
    }
  }
  EXPECT_GT(binned.bins(0), 200);
}

TEST(BinnedFeaturesTest, ThresholdsDivideManyValuesAsTheCodesDo) {
  const FeatureMatrix features = NormalNumbers(2000, 2);
  const BinnedFeatures binned(features);
  ExpectThresholdsDivideCodes(binned, features, 0);
  ExpectThresholdsDivideCodes(binned, features, 1);
}

TEST(BinnedFeaturesTest, CodesAreTheSameForAnyNumberOfThreads) {
  const tbb::global_control three(tbb::global_control::max_allowed_parallelism, 3);
  const FeatureMatrix features = NormalNumbers(1500, 300);
  const BinnedFeatures here(features);
  for (const int threads : {1, 3}) {
    tbb::task_arena(threads).execute([&] {
      const BinnedFeatures there(features);
      for (const int feature : {0, 63, 64, 299}) EXPECT_EQ(Codes(here, feature), Codes(there, feature));
    });
  }
}

}  // namespace
}  // namespace parzen
