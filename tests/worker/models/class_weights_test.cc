// What rows of each class count, by hand.
#include "worker/models/class_weights.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/worker/models/fitted.h"

namespace parzen {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ClassWeightsTest : public testing::Test {
 protected:
  // Of four classes: six rows of a, none of b, three of c and one of d.
  absl::StatusOr<std::vector<double>> Weights(absl::string_view options) {
    const auto read = ReadClassWeights("svm", ModelSpec(absl::StrCat("svm { ", options, " }")).svm());
    EXPECT_TRUE(read.ok()) << read.status();
    return WeightsOfClasses(*read, rows_, names_);
  }

  const std::vector<std::string> names_ = {"a", "b", "c", "d"};
  const TrainingRows rows_{Table({{0, 0}, {0, 2}, {0, 0}, {0, 0}, {0, 3}, {0, 2}, {0, 0}, {0, 2}, {0, 0}, {0, 0}}), 4};
};

TEST_F(ClassWeightsTest, EqualRowsCountOne) { EXPECT_THAT(*Weights(""), ElementsAre(1, 1, 1, 1)); }

TEST_F(ClassWeightsTest, BalancedClassesCountAlikeTogether) {
  EXPECT_THAT(*Weights("class_weight: BALANCED"), ElementsAre(10 / 18., 1, 10 / 9., 10 / 3.));
}

TEST_F(ClassWeightsTest, NamedClassesCountTheirWeightTimesThat) {
  const std::string of = R"(weight_of { name: "c" weight: 3 } weight_of { name: "b" weight: .5 } )";
  EXPECT_THAT(*Weights(of), ElementsAre(1, .5, 3, 1));
  EXPECT_THAT(*Weights(of + "class_weight: BALANCED"), ElementsAre(10 / 18., .5, 10 / 9. * 3, 10 / 3.));
}

TEST_F(ClassWeightsTest, RowsAlwaysCountSomething) {
  EXPECT_GT((*Weights(R"(class_weight: BALANCED weight_of { name: "a" weight: 5e-324 })"))[0], 0);
}

TEST_F(ClassWeightsTest, UnknownClassesAreNamed) {
  EXPECT_THAT(Weights(R"(weight_of { name: "e" weight: 3 })").status().ToString(),
              HasSubstr("INVALID_ARGUMENT: svm.weight_of[0].name: \"e\" is no class of the dataset"));
}

}  // namespace
}  // namespace parzen
