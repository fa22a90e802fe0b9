#include "worker/split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace parzen {
namespace {

using testing::AnyOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

SplitSpec Share(double validation, bool stratified = true, int64_t seed = 42) {
  SplitSpec spec;
  spec.set_validation(validation);
  spec.set_stratified(stratified);
  spec.set_seed(seed);
  return spec;
}

// Class c appears counts[c] times, the classes dealt in turn.
std::vector<int32_t> LabelsWith(std::vector<int> counts) {
  std::vector<int32_t> labels;
  const int total = std::accumulate(counts.begin(), counts.end(), 0);
  for (size_t c = 0; static_cast<int>(labels.size()) < total; c = (c + 1) % counts.size()) {
    if (counts[c]-- > 0) labels.push_back(static_cast<int32_t>(c));
  }
  return labels;
}

std::vector<int> CountsOf(const std::vector<int64_t>& rows, const std::vector<int32_t>& labels, int classes) {
  std::vector<int> counts(static_cast<size_t>(classes));
  for (const int64_t row : rows) ++counts[static_cast<size_t>(labels[static_cast<size_t>(row)])];
  return counts;
}

TEST(SplitTest, EveryRowIsInExactlyOnePartAndPartsAscend) {
  for (const bool stratified : {true, false}) {
    const auto labels = LabelsWith({30, 50, 21});
    const auto split = SplitRows(labels, 3, Share(.3, stratified));
    ASSERT_TRUE(split.ok()) << split.status();
    EXPECT_TRUE(std::is_sorted(split->train.begin(), split->train.end()));
    EXPECT_TRUE(std::is_sorted(split->validation.begin(), split->validation.end()));
    std::vector<int64_t> all = split->train;
    all.insert(all.end(), split->validation.begin(), split->validation.end());
    std::sort(all.begin(), all.end());
    std::vector<int64_t> expected(101);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(all, expected);
    EXPECT_EQ(split->validation.size(), 30u);
  }
}

TEST(SplitTest, EachClassKeepsItsShare) {
  const auto labels = LabelsWith({100, 40, 10});
  EXPECT_THAT(CountsOf(SplitRows(labels, 3, Share(.2))->validation, labels, 3), ElementsAre(20, 8, 2));
}

TEST(SplitTest, LargestRemaindersFillTheTotal) {
  // A tenth of 3, 18 and 19 rows is .3, 1.8 and 1.9; a tenth of 40 is 4.
  const auto labels = LabelsWith({3, 18, 19});
  EXPECT_THAT(CountsOf(SplitRows(labels, 3, Share(.1))->validation, labels, 3), ElementsAre(0, 2, 2));
}

TEST(SplitTest, EqualRemaindersGoToTheFirstClasses) {
  const auto labels = LabelsWith({5, 5, 5, 5});
  EXPECT_THAT(CountsOf(SplitRows(labels, 4, Share(.1))->validation, labels, 4), ElementsAre(1, 1, 0, 0));
}

TEST(SplitTest, ClassWithoutRowsIsNoTrouble) {
  const auto labels = LabelsWith({10, 0, 10});
  EXPECT_THAT(CountsOf(SplitRows(labels, 3, Share(.5))->validation, labels, 3), ElementsAre(5, 0, 5));
}

TEST(SplitTest, SameSeedGivesTheSameRowsAndAnotherSeedOthers) {
  const auto labels = LabelsWith({50, 50});
  EXPECT_EQ(SplitRows(labels, 2, Share(.2))->validation, SplitRows(labels, 2, Share(.2))->validation);
  EXPECT_NE(SplitRows(labels, 2, Share(.2))->validation, SplitRows(labels, 2, Share(.2, true, 43))->validation);
}

TEST(SplitTest, RowsAreDrawnFromEverywhere) {
  const auto split = SplitRows(LabelsWith({500, 500}), 2, Share(.5));
  const auto in_first_half = std::lower_bound(split->validation.begin(), split->validation.end(), 500);
  EXPECT_NEAR(static_cast<double>(in_first_half - split->validation.begin()), 250, 50);
}

TEST(SplitTest, UnstratifiedSplitIgnoresClasses) {
  const auto one_class = SplitRows(std::vector<int32_t>(50, 0), 2, Share(.2, false));
  const auto two_classes = SplitRows(LabelsWith({25, 25}), 2, Share(.2, false));
  EXPECT_EQ(one_class->validation, two_classes->validation);
}

TEST(SplitTest, PartWithoutRowsIsAnError) {
  EXPECT_THAT(SplitRows(LabelsWith({1, 1}), 2, Share(.1)).status().ToString(),
              HasSubstr("split.validation: 0.1 of 2 training rows leaves none for validation; choose a larger share"));
  EXPECT_THAT(SplitRows(LabelsWith({1, 1}), 2, Share(.9)).status().ToString(),
              HasSubstr("leaves none to learn from; choose a smaller share"));
  EXPECT_FALSE(SplitRows({}, 2, Share(.5)).ok());
}

TEST(SplitTest, ShareOutsideZeroToOneIsAnError) {
  for (const double share : {0., 1., -1., 2., std::nan("")}) {
    EXPECT_THAT(SplitRows(LabelsWith({9, 9}), 2, Share(share)).status().ToString(),
                HasSubstr("is not between 0 and 1"));
  }
}

SplitSpec Folds(int folds, bool stratified = true) {
  SplitSpec spec;
  spec.set_folds(folds);
  spec.set_stratified(stratified);
  return spec;
}

TEST(FoldTest, EveryRowIsLeftOutInExactlyOnePart) {
  const auto labels = LabelsWith({30, 50, 21});
  for (const bool stratified : {true, false}) {
    std::vector<int> left_out(101, 0);
    for (int fold = 0; fold < 7; ++fold) {
      const auto split = SplitFold(labels, 3, Folds(7, stratified), fold);
      ASSERT_TRUE(split.ok()) << split.status();
      EXPECT_TRUE(std::is_sorted(split->train.begin(), split->train.end()));
      EXPECT_TRUE(std::is_sorted(split->validation.begin(), split->validation.end()));
      EXPECT_EQ(split->train.size() + split->validation.size(), 101u);
      for (const int64_t row : split->validation) {
        ++left_out[static_cast<size_t>(row)];
        EXPECT_FALSE(std::binary_search(split->train.begin(), split->train.end(), row));
      }
    }
    EXPECT_THAT(left_out, Each(1));
  }
}

TEST(FoldTest, PartsAndTheirClassesDifferByOneRowAtMost) {
  const auto labels = LabelsWith({10, 13, 6});
  for (int fold = 0; fold < 4; ++fold) {
    const auto split = SplitFold(labels, 3, Folds(4), fold);
    EXPECT_THAT(split->validation.size(), AnyOf(7u, 8u));
    EXPECT_THAT(CountsOf(split->validation, labels, 3), ElementsAre(AnyOf(2, 3), AnyOf(3, 4), AnyOf(1, 2)));
  }
}

TEST(FoldTest, RegressionIsDividedWithoutClasses) {
  EXPECT_EQ(SplitFold(std::vector<int32_t>(20, 0), 0, Folds(5), 4)->validation.size(), 4u);
}

TEST(FoldTest, SeedDecidesWhichRowsGoWhere) {
  const auto labels = LabelsWith({40, 40});
  SplitSpec other = Folds(5);
  other.set_seed(43);
  EXPECT_EQ(SplitFold(labels, 2, Folds(5), 2)->validation, SplitFold(labels, 2, Folds(5), 2)->validation);
  EXPECT_NE(SplitFold(labels, 2, Folds(5), 2)->validation, SplitFold(labels, 2, other, 2)->validation);
}

TEST(FoldTest, PartsThatCannotBeMadeAreErrors) {
  const auto labels = LabelsWith({2, 2});
  EXPECT_EQ(SplitFold(labels, 2, Folds(4), 3)->validation.size(), 1u);
  EXPECT_THAT(SplitFold(labels, 2, Folds(5), 0).status().ToString(),
              HasSubstr("split.folds: 4 training rows cannot be divided into 5 parts"));
  EXPECT_THAT(SplitFold(labels, 2, Folds(1), 0).status().ToString(),
              HasSubstr("split.folds: 1 parts leave none to learn from"));
  EXPECT_THAT(SplitFold(labels, 2, Folds(2), 2).status().ToString(), HasSubstr("there is no part 2 of 2"));
}

}  // namespace
}  // namespace parzen
