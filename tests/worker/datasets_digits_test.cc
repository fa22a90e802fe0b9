// The drawn digits: the same for ever, whoever draws them, and neither trivial nor hopeless.
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tbb/global_control.h"
#include "tbb/task_arena.h"
#include "tests/worker/data_folder.h"

namespace parzen {
namespace {

using testing::Each;
using testing::HasSubstr;

Dataset Drawn(absl::string_view options) {
  const DataFolder unused;
  auto dataset = LoadFrom(unused, absl::StrCat("digits { ", options, " }"));
  EXPECT_TRUE(dataset.ok()) << dataset.status();
  return *std::move(dataset);
}

std::string DrawError(absl::string_view options) {
  const DataFolder unused;
  return LoadError(unused, absl::StrCat("digits { ", options, " }"));
}

// FNV-1a over the grey values, row by row.
uint64_t Checksum(const FeatureMatrix& images) {
  uint64_t hash = 0xcbf29ce484222325;
  for (Eigen::Index i = 0; i < images.size(); ++i) {
    hash = (hash ^ static_cast<uint64_t>(images.data()[i])) * 0x100000001b3;
  }
  return hash;
}

TEST(DigitsTest, DefaultIsTenThousandToLearnFromAndTwoThousandToTest) {
  const Dataset digits = Drawn("");
  EXPECT_EQ(digits.train.rows(), 10000);
  EXPECT_EQ(digits.test.rows(), 2000);
  EXPECT_EQ(digits.train.features.cols(), 28 * 28);
  EXPECT_EQ(digits.image_height, 28);
  EXPECT_EQ(digits.image_width, 28);
  EXPECT_EQ(digits.classes(), 10);
}

TEST(DigitsTest, FirstImagesNeverChange) {
  const Dataset digits = Drawn("train: 100 test: 100");
  EXPECT_EQ(Checksum(digits.train.features), 14340709082378887129u);
  EXPECT_EQ(Checksum(digits.test.features), 12600145075040406561u);
}

TEST(DigitsTest, SameForAnyNumberOfThreads) {
  const tbb::global_control two(tbb::global_control::max_allowed_parallelism, 2);
  Dataset by_one, by_two;
  tbb::task_arena(1).execute([&] { by_one = Drawn("train: 300 test: 20"); });
  tbb::task_arena(2).execute([&] { by_two = Drawn("train: 300 test: 20"); });
  EXPECT_EQ(by_one.train.features, by_two.train.features);
  EXPECT_EQ(by_one.train.labels, by_two.train.labels);
  EXPECT_EQ(by_one.test.features, by_two.test.features);
}

TEST(DigitsTest, LargerDatasetBeginsWithTheSmallerOne) {
  const Dataset small = Drawn("train: 33 test: 5"), large = Drawn("train: 200 test: 50");
  EXPECT_EQ(small.train.features, large.train.features.topRows(33));
  EXPECT_EQ(small.test.features, large.test.features.topRows(5));
}

TEST(DigitsTest, AnotherSeedDrawsOtherImages) {
  EXPECT_NE(Drawn("train: 10").train.features, Drawn("train: 10 seed: 1").train.features);
}

TEST(DigitsTest, TestImagesAreNotTrainingImages) {
  const Dataset digits = Drawn("train: 100 test: 100");
  EXPECT_NE(digits.train.features, digits.test.features);
}

TEST(DigitsTest, EveryDigitIsEquallyFrequentAndTheOrderIsMixed) {
  const Dataset digits = Drawn("train: 1000 test: 0");
  std::vector<int> count(10), first(10);
  for (size_t i = 0; i < digits.train.labels.size(); ++i) {
    ++count[digits.train.labels[i]];
    if (i % 10 == 0) ++first[digits.train.labels[i]];
  }
  EXPECT_THAT(count, Each(100));
  EXPECT_THAT(first, Each(testing::AllOf(testing::Gt(0), testing::Lt(30))));
}

TEST(DigitsTest, PixelsAreWholeGreyLevelsFromPaperToInk) {
  const FeatureMatrix pixels = Drawn("train: 200 test: 0").train.features;
  EXPECT_EQ(pixels, pixels.array().round().matrix());
  EXPECT_EQ(pixels.minCoeff(), 0);
  EXPECT_GT(pixels.maxCoeff(), 240);
  EXPECT_LE(pixels.maxCoeff(), 255);
}

TEST(DigitsTest, NearestMeanImageIsRightForMostDigitsButFarFromAll) {
  const Dataset digits = Drawn("train: 4000 test: 1000");
  FeatureMatrix means = FeatureMatrix::Zero(10, 28 * 28);
  for (int row = 0; row < 4000; ++row) means.row(digits.train.labels[row]) += digits.train.features.row(row) / 400;
  int right = 0;
  for (int row = 0; row < 1000; ++row) {
    Eigen::Index nearest = 0;
    (means.rowwise() - digits.test.features.row(row)).rowwise().squaredNorm().minCoeff(&nearest);
    right += nearest == digits.test.labels[row];
  }
  EXPECT_GT(right, 600);
  EXPECT_LT(right, 850);
}

TEST(DigitsTest, CountsOutsideTheirRangeAreErrors) {
  EXPECT_THAT(DrawError("train: 9"), HasSubstr("dataset.digits.train: 9 is not between 10 and 1000000"));
  EXPECT_THAT(DrawError("train: 1000001"), HasSubstr("dataset.digits.train: 1000001"));
  EXPECT_THAT(DrawError("test: -1"), HasSubstr("dataset.digits.test: -1 is not between 0 and 1000000"));
}

}  // namespace
}  // namespace parzen
